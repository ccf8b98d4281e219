/** A difference as tables: for a page, for a spreadsheet, and for a terminal. */
import type { Changes, StateChange, TransitionChange } from '../state-chart/changes.ts';
import type { ChartEffect, ChartState } from '../state-chart/chart.ts';
import { effectsWords, eventWords } from '../state-chart/label-text.ts';
import { columns, csv, markdownTable, rowOf, shortOf, transitionCells, transitionHeads } from './tables.ts';

type Same = { change: 'same' };
const differs = <Each extends { change: string }>(each: Each): each is Exclude<Each, Same> => each.change !== 'same';

/** How many of each kind, as a heading says it. */
export function counted({ states, transitions }: Changes): string {
  const counts = (all: readonly (StateChange | TransitionChange)[], what: string) =>
    (['added', 'removed', 'changed'] as const).flatMap((kind) => {
      const count = all.filter(({ change }) => change === kind).length;
      return count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'} ${kind}`];
    });
  return [...counts(states, 'state'), ...counts(transitions, 'transition')].join(', ') || 'no difference';
}

/** In Markdown: what is gone is struck through, what is new is bold. */
export function changesTable({ machine, states, transitions }: Changes): string {
  const heads = ['', ...transitionHeads];
  const rows = [
    ...states.filter(differs).map((each) => row(each, (state) => stateCells(machine, state))),
    ...transitions.filter(differs).map((each) => row(each, (transition) => transitionCells(machine, transition))),
  ];
  return markdownTable(heads, rows);
}

const stateCells = (machine: string, { id, kind, entry, exit, source }: ChartState) => [
  shortOf(machine, id),
  `(${kind === 'atomic' ? '' : `${kind} `}state)`,
  '',
  entryAndExit(entry, exit),
  source?.clause ?? '',
  source?.assumed ? `assumed: ${source.assumed}` : '',
];

const entryAndExit = (entry: readonly ChartEffect[], exit: readonly ChartEffect[]) =>
  [
    ...(entry.length > 0 ? [`entry / ${effectsWords(entry)}`] : []),
    ...(exit.length > 0 ? [`exit / ${effectsWords(exit)}`] : []),
  ].join('; ');

type Versions<Thing> = Exclude<
  { change: 'added'; now: Thing } | { change: 'removed'; old: Thing } | { change: 'changed'; old: Thing; now: Thing },
  Same
>;

function row<Thing>(each: Versions<Thing>, cellsOf: (thing: Thing) => string[]): string[] {
  const struck = (cell: string) => (cell === '' ? '' : `~~${cell}~~`);
  const bold = (cell: string) => (cell === '' ? '' : `**${cell.replaceAll('**', '')}**`);
  if (each.change === 'added') return ['new', ...cellsOf(each.now).map(bold)];
  if (each.change === 'removed') return ['gone', ...cellsOf(each.old).map(struck)];
  const before = cellsOf(each.old);
  const cells = cellsOf(each.now).map((cell, n) => {
    const old = before[n] ?? '';
    return cell === old ? cell : [struck(old), bold(cell)].filter((words) => words !== '').join(' ');
  });
  return ['changed', ...cells];
}

/** A row for each version of each transition that is not the same. */
export function changesCsv(changes: readonly Changes[]): string {
  const rows = changes.flatMap(({ machine, transitions }) =>
    transitions.filter(differs).flatMap((each) => {
      const versions = [
        ...('old' in each ? [{ version: 'old', of: each.old }] : []),
        ...('now' in each ? [{ version: 'new', of: each.now }] : []),
      ];
      return versions.map(({ version, of }) => {
        const own = rowOf(of);
        return [machine, each.change, version, ...columns.map((column) => own[column])];
      });
    }),
  );
  return csv(['machine', 'change', 'version', ...columns], rows);
}

/** A line for each, as a diff has it: + new, - gone, ! changed, with what it was and what it is. */
export function changeLines({ machine, states, transitions }: Changes): string[] {
  const short = (id: string) => shortOf(machine, id);
  const stateLine = ({ id, kind }: ChartState) => `${kind === 'atomic' ? '' : `${kind} `}state ${short(id)}`;
  const lineOf = (transition: Parameters<typeof rowOf>[0]) => {
    const { from, event, guard, to, effects, source } = transition;
    return [
      `${short(from)}: ${eventWords(event)}${guard ? ` [${guard}]` : ''}`,
      ...(effects.length > 0 ? [`/ ${effectsWords(effects)}`] : []),
      ...(to.length > 0 ? [`\u2192 ${to.map(short).join(', ')}`] : []),
      ...(source
        ? [`(${source.clause}${source.assumed ? ', assumed' : ''}${source.amendment ? `, ${source.amendment}` : ''})`]
        : []),
    ].join(' ');
  };
  return [
    ...states.filter(differs).flatMap((each) => signed(each, stateLine)),
    ...transitions.filter(differs).flatMap((each) => signed(each, lineOf)),
  ];
}

function signed<Thing>(
  each: Versions<Thing> & { what?: readonly string[] },
  lineOf: (thing: Thing) => string,
): string[] {
  if (each.change === 'added') return [`+ ${lineOf(each.now)}`];
  if (each.change === 'removed') return [`- ${lineOf(each.old)}`];
  return [
    `! ${lineOf(each.old)}`,
    `  ${lineOf(each.now)}  (${(each.what ?? []).map((what) => aspectWords[what] ?? what).join(', ')})`,
  ];
}

const aspectWords: Record<string, string> = {
  to: 'target',
  source: 'clause or standing',
  internal: 'whether it leaves its state',
};
