/** The page that shows all figures and tables, as Markdown. */

import { amendedWords } from './figure/figures.ts';
import type { Drawn } from './files.ts';
import type { Chart } from './state-chart/chart.ts';
import { assumedIndex, clauseIndex, placesOf } from './tables/clauses.ts';
import { eventMatrix, holes, transitionsTable } from './tables/tables.ts';
import { endings } from './text/formats.ts';

export function page(drawn: readonly Drawn[]): string {
  const written = drawn.filter(({ chart }) => chart.amendments.length === 0);
  const charts = written.map(({ chart }) => chart);
  const machines = charts.map(({ machine }) => machine);
  return `${[
    '# The machines, drawn',
    'Everything here is computed from `machines/` by `capif draw`, and a test draws it again and compares. Clauses are those of',
    'TS 33.122 unless another specification is named. A machine that the amendments do not change is drawn once. What they change is',
    'drawn as one picture of both in [the proposed change request](change-request/changes.md), and runs that show what goes wrong as',
    '[message sequence charts](sequences/index.md). For Word, figures and tables are [an annex](annex.docx), with the amendments as',
    'revision marks.',
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
    '### From clause to transition, as written',
    clauseIndex(charts),
    '### Transitions that are assumed, as written',
    assumedIndex(charts),
  ].join('\n')}\n`;
}

function section({ chart, folder, figures }: Drawn): string[] {
  const { machine, states, transitions } = chart;
  const { pairs, unnamed } = holes(chart);
  const also = endings.map((ending) => `[${ending}](${folder}/${machine}.${ending})`).join(' \u00B7 ');
  return [
    `### ${machine}, ${amendedWords(chart)}`,
    `${states.length - 1} states, ${transitions.length} transitions. ${also}`,
    '',
    ...figures.flatMap(({ scene }) => [`![${scene.title}](${folder}/${scene.id}.svg)`, '', `*${scene.title}*`, '']),
    folded('Transitions', transitionsTable(chart)),
    folded(
      'States and events',
      `${eventMatrix(chart)}\n\u21BB: it stays. \u2013: not named there, nor around it (${unnamed} of ${pairs}).\n`,
    ),
  ];
}

const folded = (summary: string, text: string) => `<details><summary>${summary}</summary>\n\n${text}\n</details>\n`;

function counts(charts: readonly Chart[]): string {
  const places = placesOf(charts);
  const assumed = places.filter(({ transition }) => transition.source?.assumed).length;
  return `As written, ${assumed} of ${places.length} transitions are assumed: the standard does not say them.`;
}
