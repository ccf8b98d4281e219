/** The words of a figure: transitions, effects and events in UML's notation, and how they are broken into lines. */
import type { Source } from '../../machines/vocabulary.ts';
import { type Run, run, widthOfRuns } from '../scene/scene.ts';
import type { ChartEffect, ChartState, ChartTransition } from './chart.ts';

export const textSize = 11;
export const nameSize = 12;
export const lineHeight = 13;

/** Lines of text with the space they need. */
export type Words = { lines: readonly (readonly Run[])[]; width: number; height: number };

/** XState's own names say where a delay or an end belongs; a reader wants to know what it is. */
export function eventWords(event: string): string {
  const after = /^xstate\.after\.([^.]+)\./.exec(event)?.[1];
  if (after !== undefined) return /^\d+$/.test(after) ? `after(${after} ms)` : `after(${after})`;
  const [, kind, of] = /^xstate\.(done|error)\.(?:actor|state)\.(.+)$/.exec(event) ?? [];
  return kind !== undefined && of !== undefined ? `${kind}(${of.split('.').at(-1)})` : event;
}

/** A parameter of one word says which; one that is a sentence is in the tooltip. */
export function effectWords({ name, params = {} }: ChartEffect): string {
  const words = Object.values(params).filter((value) => typeof value !== 'object' && !/\s/.test(String(value)));
  return words.length > 0 ? `${name}(${words.join(', ')})` : name;
}

export const effectsWords = (effects: readonly ChartEffect[]) => effects.map(effectWords).join(', ');

/** Everything that is known of a transition, in one sentence that is read aloud or shown on request. */
export function transitionTitle({ event, guard, effects, to, from, source }: ChartTransition): string {
  const trigger = `${eventWords(event)}${guard ? ` [${guard}]` : ''}`.trim();
  const effect = effects.length > 0 ? ` / ${effects.map(effectTitle).join(', ')}` : '';
  const towards = to.length > 0 ? `${from} to ${to.join(' and ')}` : `in ${from}`;
  return `${trigger}${effect}, ${towards}${sourceTitle(source)}`;
}

const effectTitle = ({ name, params = {} }: ChartEffect) => {
  const words = Object.values(params).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return words.length > 0 ? `${name}(${words.join('; ')})` : name;
};

export const stateTitle = ({ id, source }: ChartState) => `${id}${sourceTitle(source)}`;

function sourceTitle(source: Source | undefined): string {
  if (!source) return '';
  const { clause, assumed, amendment } = source;
  const amended = amendment ? `; only with the amendment ${amendment}` : '';
  return `; clause ${clause}${assumed ? `, assumed: ${assumed}` : ''}${amended}`;
}

/** A part of a label that is not broken unless it must be. */
export type Piece = readonly Run[];

export const eventPieces = (events: readonly string[]): Piece[] =>
  events
    .filter((event) => event !== '')
    .map((event, n, all) => [run(`${eventWords(event)}${n < all.length - 1 ? ',' : ''}`, 'bold')]);

export const effectPieces = (before: string, effects: readonly ChartEffect[]): Piece[] =>
  effects.map((effect, n) => [
    run(`${n === 0 ? before : ''}${effectWords(effect)}${n < effects.length - 1 ? ',' : ''}`, 'italic'),
  ]);

export const clausePieces = (source: Source | undefined): Piece[] =>
  source ? [[run(source.clause, 'regular', 'clause')]] : [];
export const amendmentPieces = (source: Source | undefined): Piece[] =>
  source?.amendment ? [[run(`+ ${source.amendment}`, 'regular', 'amendment')]] : [];

const gap = run(' ');

/** As many pieces on a line as fit into `most`, which a single piece may exceed. */
export function broken(pieces: readonly Piece[], most: number): Run[][] {
  const lines: Run[][] = [];
  for (const piece of pieces) {
    const line = lines.at(-1);
    const longer = line ? [...line, gap, ...piece] : [...piece];
    if (line && widthOfRuns(longer, textSize) <= most) lines[lines.length - 1] = longer;
    else lines.push([...piece]);
  }
  return lines;
}

export function wordsOf(lines: readonly (readonly Run[])[]): Words {
  const widths = lines.map((line) => widthOfRuns(line, textSize));
  return { lines, width: Math.ceil(Math.max(0, ...widths)), height: lines.length * lineHeight };
}
