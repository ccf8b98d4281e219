/** The transitions of a machine as a table of an annex. */
import type { Source } from '../../machines/vocabulary.ts';
import { changesOf } from '../state-chart/changes.ts';
import type { Chart, ChartTransition } from '../state-chart/chart.ts';
import { eventWords } from '../state-chart/label-text.ts';
import { effectInFull, shortOf } from '../tables/tables.ts';
import { headRow, type Row, row, type Table, type Word, wordsOf } from './blocks.ts';

/**
 * The states in their order, and below each what can happen in it. `since`: transitions have the names of those that they
 * are a change of.
 */
export function transitionsTable(chart: Chart, since: Chart): Table {
  const { machine, states, transitions } = chart;
  const names = namesSince(since, chart);
  return {
    kind: 'table',
    id: `${machine} transitions`,
    widths: [58, 45, 30, 37],
    rows: [
      headRow(['Event [guard]', 'Effects', 'Target', 'Clause, and what is assumed']),
      ...states.flatMap(({ id }) => {
        const own = transitions.filter(({ from }) => from === id);
        if (own.length === 0) return [];
        const words: Word[] = [{ text: 'In ' }, { text: shortOf(machine, id), face: 'bold' }];
        return [
          { id, cells: [{ style: 'TAL', words }] } satisfies Row,
          ...own.map((each) => transitionRow(machine, { ...each, id: names.get(each.id) ?? each.id })),
        ];
      }),
    ],
  };
}

const namesSince = (since: Chart, chart: Chart) =>
  new Map(
    changesOf(since, chart).transitions.flatMap((each): [string, string][] =>
      each.change === 'changed'
        ? [[each.now.id, each.old.id]]
        : each.change === 'added'
          ? [[each.now.id, `${each.now.id} added`]]
          : [],
    ),
  );

function transitionRow(machine: string, { id, event, guard, effects, to, source }: ChartTransition): Row {
  const trigger = [eventWords(event), ...(guard === undefined ? [] : [`[${guard}]`])].filter((line) => line !== '');
  const targets = to.map((target) => shortOf(machine, target).split(/(?<=\.)/));
  return row(id, [
    trigger.map((line) => wordsOf(line)),
    effects.map((effect) => wordsOf(effectInFull(effect))),
    targets.length === 0 ? [wordsOf('(stays)')] : targets.flat().map((part) => wordsOf(part)),
    sourceLines(source),
  ]);
}

const sourceLines = (source: Source | undefined): Word[][] =>
  source === undefined
    ? []
    : [
        wordsOf(source.clause),
        ...(source.assumed ? [wordsOf(`assumed: ${source.assumed}`)] : []),
        ...(source.amendment ? [wordsOf(`amendment: ${source.amendment}`)] : []),
      ];
