/** A difference as tables: in Markdown, in CSV, and as lines for a terminal. */
import type { Change, Changes, StateChange, TransitionChange } from '../state-chart/changes.ts';
import type { ChartEffect, ChartState, ChartTransition } from '../state-chart/chart.ts';
import { detailsText, effectsText, eventText, shortName } from '../state-chart/notation.ts';
import { csv, csvColumns, csvRow, markdownTable, transitionCells, transitionHeads } from './tables.ts';

type Same = { change: 'same' };
type Different<Thing> = Exclude<Change<Thing, string>, Same>;
const differs = <Each extends { change: string }>(each: Each): each is Exclude<Each, Same> => each.change !== 'same';

/** The number of changes of each kind, for a heading. */
export function changeCounts({ states, transitions }: Changes): string {
  const counts = (all: readonly (StateChange | TransitionChange)[], what: string) =>
    (['added', 'removed', 'changed'] as const).flatMap((kind) => {
      const count = all.filter(({ change }) => change === kind).length;
      return count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'} ${kind}`];
    });
  return [...counts(states, 'state'), ...counts(transitions, 'transition')].join(', ') || 'no difference';
}

/** In Markdown: removed text is struck through, new text is bold. */
export function changesTable({ machine, states, transitions }: Changes): string {
  const heads = ['', ...transitionHeads];
  const rows = [
    ...states.filter(differs).map((each) => row(each, (state) => stateCells(machine, state))),
    ...transitions.filter(differs).map((each) => row(each, (transition) => transitionCells(machine, transition))),
  ];
  return markdownTable(heads, rows);
}

function stateCells(machine: string, state: ChartState): string[] {
  const { id, kind, entry, exit, source } = state;
  return [
    shortName(machine, id),
    `(${kind === 'atomic' ? '' : `${kind} `}state)`,
    '',
    [entryAndExit(entry, exit), detailsText(state)].filter((part) => part !== '').join('; '),
    source?.clause ?? '',
    source?.assumed ? `assumed: ${source.assumed}` : '',
  ];
}

const entryAndExit = (entry: readonly ChartEffect[], exit: readonly ChartEffect[]) =>
  [
    ...(entry.length > 0 ? [`entry / ${effectsText(entry)}`] : []),
    ...(exit.length > 0 ? [`exit / ${effectsText(exit)}`] : []),
  ].join('; ');

function row<Thing>(each: Different<Thing>, cellsOf: (thing: Thing) => string[]): string[] {
  const struck = (cell: string) => (cell === '' ? '' : `~~${cell}~~`);
  const bold = (cell: string) => (cell === '' ? '' : `**${cell.replaceAll('**', '')}**`);
  if (each.change === 'added') return ['new', ...cellsOf(each.now).map(bold)];
  if (each.change === 'removed') return ['gone', ...cellsOf(each.old).map(struck)];
  const before = cellsOf(each.old);
  const cells = cellsOf(each.now).map((cell, n) => {
    const old = before[n] ?? '';
    return cell === old ? cell : [struck(old), bold(cell)].filter((part) => part !== '').join(' ');
  });
  return ['changed', ...cells];
}

/** A row for each version of each transition that differs. */
export function changesCsv(changes: readonly Changes[]): string {
  const rows = changes.flatMap(({ machine, transitions }) =>
    transitions.filter(differs).flatMap((each) => {
      const versions = [
        ...('old' in each ? [{ version: 'old', of: each.old }] : []),
        ...('now' in each ? [{ version: 'new', of: each.now }] : []),
      ];
      return versions.map(({ version, of }) => {
        const own = csvRow(of);
        return [machine, each.change, version, ...csvColumns.map((column) => own[column])];
      });
    }),
  );
  return csv(['machine', 'change', 'version', ...csvColumns], rows);
}

/** Lines as in a diff: + new, - gone, ! changed, followed by the new version. */
export function changeLines({ machine, states, transitions }: Changes): string[] {
  const short = (id: string) => shortName(machine, id);
  const stateLine = (state: ChartState) => {
    const details = detailsText(state);
    return `${state.kind === 'atomic' ? '' : `${state.kind} `}state ${short(state.id)}${details && ` (${details})`}`;
  };
  const transitionLine = (transition: ChartTransition) => {
    const { from, event, guard, to, effects, source } = transition;
    return [
      `${short(from)}: ${eventText(event)}${guard ? ` [${guard}]` : ''}`,
      ...(effects.length > 0 ? [`/ ${effectsText(effects)}`] : []),
      ...(to.length > 0 ? [`\u2192 ${to.map(short).join(', ')}`] : []),
      ...(source
        ? [`(${source.clause}${source.assumed ? ', assumed' : ''}${source.amendment ? `, ${source.amendment}` : ''})`]
        : []),
    ].join(' ');
  };
  return [
    ...states.filter(differs).flatMap((each) => linesOfChange(each, stateLine)),
    ...transitions.filter(differs).flatMap((each) => linesOfChange(each, transitionLine)),
  ].map(printable);
}

/** A name in a file could contain a line end, or what a terminal would obey. */
const printable = (line: string) =>
  line.replaceAll(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

function linesOfChange<Thing>(each: Different<Thing>, lineOf: (thing: Thing) => string): string[] {
  if (each.change === 'added') return [`+ ${lineOf(each.now)}`];
  if (each.change === 'removed') return [`- ${lineOf(each.old)}`];
  return [
    `! ${lineOf(each.old)}`,
    `  ${lineOf(each.now)}  (${each.what.map((what) => aspectNames[what] ?? what).join(', ')})`,
  ];
}

const aspectNames: Record<string, string> = {
  to: 'target',
  source: 'clause or standing',
  internal: 'whether it leaves its state',
  historyDefault: 'where the history leads the first time',
  initialActions: 'initial actions',
  regions: 'order of regions',
};
