/** A machine as tables: its transitions, and the reaction of each state to each event. */
import type { ChartState, ChartTransition, StateChart } from '../state-chart/chart.ts';
import { effectInFull, effectsText, eventText, shortName } from '../state-chart/notation.ts';

export const csvColumns = [
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
type CsvRow = Record<(typeof csvColumns)[number], string>;

export const csvRow = ({ from, event, guard, to, effects, internal, source }: ChartTransition): CsvRow => ({
  state: from,
  event: eventText(event),
  guard: guard ?? '',
  target: to.join(' '),
  effects: effects.map(effectInFull).join(', '),
  internal: internal ? 'yes' : '',
  clause: source?.clause ?? '',
  assumed: source?.assumed ?? '',
  amendment: source?.amendment ?? '',
});

/** By RFC 4180. One line for each transition, so that a changed transition is a changed line. */
export const transitionsCsv = ({ transitions }: StateChart): string =>
  csv(
    csvColumns,
    transitions.map(csvRow).map((row) => csvColumns.map((column) => row[column])),
  );

export function csv(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const quoted = (value: string) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return `${[heads, ...rows].map((cells) => cells.map(asText).map(quoted).join(',')).join('\n')}\n`;
}

/** A spreadsheet would execute a cell that begins like a formula; an apostrophe makes it text. */
const asText = (value: string) => (/^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/.test(value) ? `'${value}` : value);

export const transitionHeads = ['in', 'event [guard]', 'to', 'effects', 'clause', 'standing'];

export const transitionsTable = ({ machine, transitions }: StateChart): string =>
  markdownTable(
    transitionHeads,
    transitions.map((transition) => transitionCells(machine, transition)),
  );

export const transitionCells = (machine: string, { from, event, guard, to, effects, source }: ChartTransition) => [
  shortName(machine, from),
  `${code(eventText(event))}${guard ? ` [${guard}]` : ''}`,
  to.length > 0 ? to.map((target) => shortName(machine, target)).join(', ') : '(stays)',
  effectsText(effects),
  source?.clause ?? '',
  [source?.assumed && `assumed: ${source.assumed}`, source?.amendment && `**amendment** ${source.amendment}`]
    .filter((note) => note)
    .join('; '),
];

/**
 * The targets of each event in each state, including the transitions of the states around it. A dash: the machine has no
 * such transition, and the runtime would record the event as unexpected.
 */
export function eventMatrix(chart: StateChart): string {
  const { machine, states, transitions } = chart;
  const leaves = states.filter(({ kind }) => kind === 'atomic');
  const events = [...new Set(transitions.map(({ event }) => event))];
  const rows = events.map((event) => [
    code(eventText(event)),
    ...leaves.map((state) => targetsOf(chart, state, event).join('<br>') || '\u2013'),
  ]);
  return markdownTable(['event', ...leaves.map(({ id }) => shortName(machine, id))], rows);
}

/** The targets in the innermost state that has a transition for the event. */
function targetsOf(chart: StateChart, state: ChartState, event: string): string[] {
  const { machine, states, transitions } = chart;
  const own = transitions.filter((each) => each.from === state.id && each.event === event);
  if (own.length === 0) {
    const parent = states.find(({ id }) => id === state.parent);
    return parent ? targetsOf(chart, parent, event) : [];
  }
  const targets = own.map(({ to }) =>
    to.length > 0 ? to.map((target) => shortName(machine, target)).join(' + ') : '\u21BB',
  );
  return [...new Set(targets)];
}

/** Counts the pairs of state and event without a transition. */
export function unnamedPairs(chart: StateChart): { pairs: number; unnamed: number } {
  const leaves = chart.states.filter(({ kind }) => kind === 'atomic');
  const events = [...new Set(chart.transitions.map(({ event }) => event))];
  const unnamed = leaves.flatMap((state) => events.filter((event) => targetsOf(chart, state, event).length === 0));
  return { pairs: leaves.length * events.length, unnamed: unnamed.length };
}

export const code = (text: string) => (text === '' ? '' : `\`${text}\``);

export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(inCell).join(' | ')} |`;
  return `${[line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

/** A line end would end the row, and a bar the cell. */
const inCell = (cell: string) => cell.replaceAll(/\r\n?|\n/g, ' ').replaceAll('|', '\\|');
