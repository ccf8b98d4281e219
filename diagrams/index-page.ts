/** The page with all figures and tables, in Markdown. */
import type { DrawnMachine } from './figure/figures.ts';
import type { StateChart } from './state-chart/chart.ts';
import { amendmentsText } from './state-chart/notation.ts';
import { assumedIndex, clauseIndex, transitionsIn } from './tables/clauses.ts';
import { eventMatrix, transitionsTable, unnamedPairs } from './tables/tables.ts';
import { fileNameOf } from './text/formats.ts';

export function indexPage(drawn: readonly DrawnMachine[]): string {
  const charts = drawn.filter(({ chart }) => chart.amendments.length === 0).map(({ chart }) => chart);
  const machines = charts.map(({ machine }) => machine);
  return `${[
    '# The machines, drawn',
    'Computed from `machines/` by `capif draw`; a test draws everything again and compares. Clauses are those of TS 33.122 unless',
    'another specification is named. A machine that the amendments do not change is drawn once. Their changes are drawn as',
    '[the proposed change request](change-request/changes.md), and runs that show the problems as',
    '[message sequence charts](sequences/index.md). [An annex](annex.docx) for Word has the figures and tables, with the amendments',
    'as revision marks. `capif draw --format all --out DIR` writes the machines in PlantUML, DOT, SCXML, JSON and CSV too.',
    '',
    machines.map((machine) => `[${machine}](#${machine.toLowerCase()})`).join(' \u00B7 '),
    '',
    ...machines.flatMap((machine) => [
      `## ${machine}`,
      ...drawn.filter(({ chart }) => chart.machine === machine).flatMap(section),
    ]),
    '## Clauses',
    counts(charts),
    '',
    '### Transitions by clause, as written',
    clauseIndex(charts),
    '### Assumed transitions, as written',
    assumedIndex(charts),
  ].join('\n')}\n`;
}

function section({ chart, folder, figures }: DrawnMachine): string[] {
  const { machine, states, transitions } = chart;
  const { pairs, unnamed } = unnamedPairs(chart);
  const [mermaid, xstate] = [fileNameOf(chart, 'mmd'), fileNameOf(chart, 'xstate-json')];
  return [
    `### ${machine}, ${amendmentsText(chart)}`,
    `${states.length - 1} states, ${transitions.length} transitions. [Mermaid](${folder}/${mermaid}) \u00B7 [XState JSON](${folder}/${xstate})`,
    '',
    ...figures.flatMap(({ scene }) => [`![${scene.title}](${folder}/${scene.id}.svg)`, '', `*${scene.title}*`, '']),
    folded('Transitions', transitionsTable(chart)),
    folded(
      'States and events',
      `${eventMatrix(chart)}\n\u21BB: the machine stays in its state. \u2013: no transition (${unnamed} of ${pairs} pairs).\n`,
    ),
  ];
}

const folded = (summary: string, text: string) => `<details><summary>${summary}</summary>\n\n${text}\n</details>\n`;

function counts(charts: readonly StateChart[]): string {
  const all = transitionsIn(charts);
  const assumed = all.filter(({ transition }) => transition.source?.assumed).length;
  return `As written, ${assumed} of ${all.length} transitions are assumed: the standard does not state them.`;
}
