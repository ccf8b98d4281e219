/** The transitions of a machine as a table of the annex. */
import type { Source } from '../../machines/vocabulary.ts';
import { changesOf } from '../state-chart/changes.ts';
import type { ChartTransition, StateChart } from '../state-chart/chart.ts';
import { effectInFull, eventText, shortName } from '../state-chart/notation.ts';
import { headRow, type TableBlock, type TableRow, tableRow, type Word, wordsOf } from './blocks.ts';

/** The states in their order, each with its transitions. `since`: the version before, whose ids changed transitions keep. */
export function transitionsBlock(chart: StateChart, since: StateChart): TableBlock {
  const { machine, states, transitions } = chart;
  const oldIds = idsSince(since, chart);
  return {
    kind: 'table',
    id: `${machine} transitions`,
    widths: [58, 45, 30, 37],
    rows: [
      headRow(['Event [guard]', 'Effects', 'Target', 'Clause, and what is assumed']),
      ...states.flatMap(({ id }) => {
        const own = transitions.filter(({ from }) => from === id);
        if (own.length === 0) return [];
        const words: Word[] = [{ text: 'In ' }, { text: shortName(machine, id), face: 'bold' }];
        return [
          { id, cells: [{ style: 'TAL', words }] } satisfies TableRow,
          ...own.map((each) => transitionRow(machine, { ...each, id: oldIds.get(each.id) ?? each.id })),
        ];
      }),
    ],
  };
}

const idsSince = (since: StateChart, chart: StateChart) =>
  new Map(
    changesOf(since, chart).transitions.flatMap((each): [string, string][] =>
      each.change === 'changed'
        ? [[each.now.id, each.old.id]]
        : each.change === 'added'
          ? [[each.now.id, `${each.now.id} added`]]
          : [],
    ),
  );

function transitionRow(machine: string, { id, event, guard, effects, to, source }: ChartTransition): TableRow {
  const trigger = [eventText(event), ...(guard === undefined ? [] : [`[${guard}]`])].filter((line) => line !== '');
  const targets = to.map((target) => shortName(machine, target).split(/(?<=\.)/));
  return tableRow(id, [
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
