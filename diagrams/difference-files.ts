/** A difference as files: one figure of both versions of each machine that differs, and the tables. */
import { figuresOf } from './figure/figures.ts';
import type { FittedFigure } from './figure/fit-to-page.ts';
import { svgOf } from './scene/svg.ts';
import type { Difference } from './state-chart/difference.ts';
import { changeCounts, changesCsv, changesTable } from './tables/change-tables.ts';

export type DrawnDifference = { difference: Difference; figures: readonly FittedFigure[] };

export async function drawDifferences(differences: readonly Difference[]): Promise<DrawnDifference[]> {
  const drawn: DrawnDifference[] = [];
  for (const difference of differences) drawn.push({ difference, figures: await figuresOf(difference.chart) });
  return drawn;
}

/** `heading`: of the page with all figures and tables. */
export const differenceFiles = (drawn: readonly DrawnDifference[], heading: string): Map<string, string> =>
  new Map([
    ['changes.md', changesPage(drawn, heading)],
    ['changes.csv', changesCsv(drawn.map(({ difference }) => difference.changes))],
    ...drawn.flatMap(({ figures }) => figures.map(({ scene }): [string, string] => [`${scene.id}.svg`, svgOf(scene)])),
  ]);

function changesPage(drawn: readonly DrawnDifference[], heading: string): string {
  const sections = drawn.flatMap(({ difference: { changes }, figures }) => [
    `## ${changes.machine}`,
    `${changeCounts(changes)}.`,
    '',
    changesTable(changes),
    ...figures.flatMap(({ scene }) => [`![${scene.title}](${scene.id}.svg)`, '', `*${scene.title}*`, '']),
  ]);
  return `${[heading, '', ...(drawn.length === 0 ? ['There is no difference.'] : sections)].join('\n')}\n`;
}
