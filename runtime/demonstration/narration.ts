/** A run as it is told to people: who says what to whom, over which connection, and in which state the invoker then is. */

import { styleText } from 'node:util';
import { stateName } from '../../machines/steps/step.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { wrapped } from '../terminal.ts';
import type { Change } from './method-changes.ts';

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Colour for a terminal, unless NO_COLOR says otherwise (no-color.org). */
export const paintFor = (stream: { isTTY?: boolean }): Paint =>
  stream.isTTY && !process.env.NO_COLOR ? (style, text) => styleText(style, text) : (_, text) => text;

const words: { [event: string]: string } = {
  IncorrectMethodFailure: 'incorrect method',
  NoCommonMethod: 'no common method',
  NotAuthenticatedFailure: 'not authenticated',
  NotAuthorizedFailure: 'not authorized',
};

/** Turns each line of trace into the lines that tell it, if there is anything to tell. */
export function narrator(paint: Paint, columns: number): (line: TraceLine) => string[] {
  let stateBefore = '';
  return (line) => {
    const told = exchange(line, paint, columns);
    if (line.role !== 'apiInvoker') return told;
    const state = stateName(line.state);
    const [was, is] = [stateBefore.split('.')[0], state.split('.')[0]];
    stateBefore = state;
    return was === is ? told : [...told, `      ${line.instance.split('/')[0]} is ${paint('cyan', state)}`];
  };
}

/** Several lines, where one would not fit. */
function exchange({ role, instance, event, facts }: TraceLine, paint: Paint, columns: number): string[] {
  if (role === 'apiExposingFunction' && event.type === 'securityMethods.changed') {
    return [`  ${paint('yellow', 'the AEF changes its method')}, and its publisher must inform the core`];
  }
  if (role === 'apiInvoker' && event.type === 'ServiceApiUpdateNotification') {
    return [`  ${`CCF → ${instance.split('/')[0]}`.padEnd(22)} ${paint('yellow', 'SERVICE_API_UPDATE')}`];
  }
  if (!facts) return [];
  const who = `${facts.from} → ${facts.to}`.padEnd(22);
  const what = (facts.request ?? 'opens TLS').padEnd(28);
  if (facts.note && !words[event.type]) return [`  ${who} ${what} ${paint('red', facts.note)}`];
  if (!facts.proof) return [];
  const { selected } = event as { selected?: string };
  const said = [facts.status, words[event.type], selected].filter((word) => word !== undefined).join(' ');
  const by = facts.proof === 'nothing' ? `to ${facts.peer}` : `by ${facts.proof}`;
  const over = `${facts.referencePoint} ${facts.tls} ${facts.suite} ${by}`;
  const style = words[event.type] ? 'yellow' : selected ? 'green' : 'reset';
  const [line, room] = [`  ${who} ${what}`, columns - 3 - over.length];
  if (`${line} ${said}`.length <= room) return [`${line} ${paint(style, said.padEnd(20))} ${paint('dim', over)}`];
  const indent = ' '.repeat(10);
  const more = wrapped(indent + over, indent, columns).split('\n');
  return [`${line} ${paint(style, said)}`.trimEnd(), ...more.map((text) => paint('dim', text))];
}

/** One row per change. */
export function summary(changes: readonly Change[]): string {
  const header = ['change', 'result', 'refused', 'asked again', 'requests', 'ms'];
  const rows = changes.map(({ from, to, converged, refused, renegotiations, requests, ms }) => [
    `${from} → ${to}`,
    converged ? 'converged' : 'NOT CONVERGED',
    ...[refused, renegotiations, requests, ms].map(String),
  ]);
  const widths = header.map((title, n) => Math.max(title.length, ...rows.map((row) => row[n]!.length)));
  const line = (cells: string[]) =>
    cells.map((cell, n) => (n < 2 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join('   ');
  return [line(header), ...rows.map(line)].join('\n');
}
