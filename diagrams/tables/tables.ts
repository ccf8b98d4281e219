/** A machine as tables: one row for each transition, and what each state does with each event. */
import type { Chart, ChartEffect, ChartState, ChartTransition } from '../state-chart/chart.ts';
import { effectsWords, eventWords } from '../state-chart/label-text.ts';

export const columns = [
  'state',
  'event',
  'guard',
  'target',
  'effects',
  'internal',
  'clause',
  'assumed',
  'amendment',
] as const;
export type Row = Record<(typeof columns)[number], string>;

export const rowOf = ({ from, event, guard, to, effects, internal, source }: ChartTransition): Row => ({
  state: from,
  event: eventWords(event),
  guard: guard ?? '',
  target: to.join(' '),
  effects: effects.map(effectInFull).join(', '),
  internal: internal ? 'yes' : '',
  clause: source?.clause ?? '',
  assumed: source?.assumed ?? '',
  amendment: source?.amendment ?? '',
});

export const effectInFull = ({ name, params = {} }: ChartEffect) => {
  const values = Object.values(params).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return values.length > 0 ? `${name}(${values.join('; ')})` : name;
};

/** What git compares: a transition that changes is a line that changes. */
export const transitionsCsv = ({ transitions }: Chart): string =>
  csv(
    columns,
    transitions.map(rowOf).map((row) => columns.map((column) => row[column])),
  );

export function csv(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const quoted = (value: string) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return `${[heads, ...rows].map((cells) => cells.map(quoted).join(',')).join('\n')}\n`;
}

export const transitionHeads = ['in', 'event [guard]', 'to', 'effects', 'clause', 'standing'];

export const transitionsTable = ({ machine, transitions }: Chart): string =>
  markdownTable(
    transitionHeads,
    transitions.map((transition) => transitionCells(machine, transition)),
  );

export const transitionCells = (machine: string, { from, event, guard, to, effects, source }: ChartTransition) => [
  shortOf(machine, from),
  `${code(eventWords(event))}${guard ? ` [${guard}]` : ''}`,
  to.length > 0 ? to.map((target) => shortOf(machine, target)).join(', ') : '(stays)',
  effectsWords(effects),
  source?.clause ?? '',
  [source?.assumed && `assumed: ${source.assumed}`, source?.amendment && `**amendment** ${source.amendment}`]
    .filter((note) => note)
    .join('; '),
];

/**
 * Which event leads where from which state; what a state does not name, a state around it may. A dash: nobody named it,
 * so that it would be recorded as unexpected.
 */
export function eventMatrix(chart: Chart): string {
  const { machine, states, transitions } = chart;
  const leaves = states.filter(({ kind }) => kind === 'atomic');
  const events = [...new Set(transitions.map(({ event }) => event))];
  const rows = events.map((event) => [
    code(eventWords(event)),
    ...leaves.map((state) => answers(chart, state, event).join('<br>') || '\u2013'),
  ]);
  return markdownTable(['event', ...leaves.map(({ id }) => shortOf(machine, id))], rows);
}

/** The transitions of the innermost state that names the event. */
function answers({ machine, states, transitions }: Chart, state: ChartState, event: string): string[] {
  const own = transitions.filter((each) => each.from === state.id && each.event === event);
  if (own.length === 0) {
    const parent = states.find(({ id }) => id === state.parent);
    return parent ? answers({ machine, states, transitions, schema: 1, amendments: [] }, parent, event) : [];
  }
  const targets = own.map(({ to }) =>
    to.length > 0 ? to.map((target) => shortOf(machine, target)).join(' + ') : '\u21BB',
  );
  return [...new Set(targets)];
}

/** How many state and event pairs nobody named. */
export function holes(chart: Chart): { pairs: number; unnamed: number } {
  const leaves = chart.states.filter(({ kind }) => kind === 'atomic');
  const events = [...new Set(chart.transitions.map(({ event }) => event))];
  const unnamed = leaves.flatMap((state) => events.filter((event) => answers(chart, state, event).length === 0));
  return { pairs: leaves.length * events.length, unnamed: unnamed.length };
}

export const shortOf = (machine: string, id: string) => (id === machine ? machine : id.slice(machine.length + 1));
export const code = (text: string) => (text === '' ? '' : `\`${text}\``);

export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}
