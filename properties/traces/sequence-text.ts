/** A sequence chart in plain text: a column for each role, a line for each message, states as notes. */
import type { ReplayedRun } from './scenario.ts';
import { rolesInOrder, type SequenceEvent, type SequenceMessage, sequenceOf } from './sequence.ts';

const columns: readonly string[] = rolesInOrder;

type Arrow = { from: string; to: string; label: string; isLost: boolean };
type Row = Arrow | { over: string; note: string } | { mark: string };

export function sequenceText(run: ReplayedRun): string {
  const rows = sequenceOf(run).events.flatMap(rowsOf);
  return textOf(run.loopAt === undefined ? rows : [...rows, { mark: 'and from "loop" again, for ever' }]);
}

function rowsOf(event: SequenceEvent): Row[] {
  switch (event.kind) {
    case 'message':
      return [arrowOf(event)];
    case 'state':
      return [{ over: event.over, note: event.machine ? `(${event.machine} ${event.state})` : `(${event.state})` }];
    case 'timer':
      // A timer that is set or stopped shows in the state.
      return event.happens === 'expires' ? [{ over: event.over, note: event.words }] : [];
    case 'loop':
      return [{ mark: 'loop' }];
    default:
      return [{ over: event.over, note: event.words }];
  }
}

function arrowOf({ from, to, label, fate }: SequenceMessage): Arrow {
  const words = { arrives: label, lost: label, failed: label, late: `${label} (late)`, delayed: `${label} (delayed)` };
  const isLost = fate === 'lost' || fate === 'delayed' || fate === 'failed';
  return { from, to, label: fate === 'forged' ? `forged ${label}` : words[fate], isLost };
}

/** The columns are as far apart as the longest label needs. */
function textOf(rows: readonly Row[]): string {
  const at = (role: string) => columns.indexOf(role);
  const widthOf = (row: Row): number => {
    if ('mark' in row) return 0;
    if ('note' in row) return row.note.length + 3;
    return Math.ceil((row.label.length + 9) / Math.abs(at(row.from) - at(row.to)));
  };
  const apart = Math.max(24, ...rows.map(widthOf));
  const x = (role: string) => Math.ceil(apart / 2) + at(role) * apart;
  const width = x('apiPublishingFunction') + Math.ceil(apart / 2);

  const over = (line: string, text: string, from: number) =>
    line.slice(0, from) + text + line.slice(from + text.length);
  const centred = (line: string, role: string, text: string) => over(line, text, x(role) - Math.floor(text.length / 2));
  const lifelines = columns.reduce((line, role) => over(line, '|', x(role)), ' '.repeat(width));

  const arrow = ({ from, to, label, isLost }: Arrow): string => {
    const [left, right] = [Math.min(x(from), x(to)) + 1, Math.max(x(from), x(to))];
    const length = right - left - (isLost ? 4 : 0);
    const isRightward = x(from) < x(to);
    const tip = isLost ? 'x' : isRightward ? '>' : '<';
    const room = length - 1 - label.length - 2;
    const line = `${'-'.repeat(Math.floor(room / 2))} ${label} ${'-'.repeat(Math.ceil(room / 2))}`;
    const start = isLost && !isRightward ? left + 4 : left;
    return over(lifelines, isRightward ? line + tip : tip + line, start);
  };

  const lines = rows.map((row) => {
    if ('mark' in row) return `==== ${row.mark} ====`;
    return 'note' in row ? centred(lifelines, row.over, row.note) : arrow(row);
  });
  const title = columns.reduce((line, role) => centred(line, role, role), ' '.repeat(width));
  return `${[title, lifelines, ...lines].map((line) => line.trimEnd()).join('\n')}\n`;
}
