/** All files that `capif draw` makes, computed from the machines: the same bytes every time. */
import { machines } from '../machines/roles.ts';
import { type DrawnDifference, differenceFiles, drawDifferences } from './difference-files.ts';
import { type DrawnMachine, figuresOf } from './figure/figures.ts';
import { chartsToDraw, formatFiles } from './format-files.ts';
import { indexPage } from './index-page.ts';
import { svgOf } from './scene/svg.ts';
import { drawnSequences } from './sequence/files.ts';
import { stateChartOf } from './state-chart/chart.ts';
import type { Life } from './state-chart/coverage.ts';
import { differencesOf } from './state-chart/difference.ts';
import { withRunMarks } from './state-chart/marks.ts';
import { versionAmended, versionAsWritten } from './state-chart/versions.ts';
import { committedFormats } from './text/formats.ts';
import { annexFile } from './word/annex-file.ts';

export type Files = ReadonlyMap<string, string | Uint8Array>;

/** With revision marks from the machines as written to the amended ones. */
const annexName = 'annex.docx';

/** Every machine as written, and with all amendments if they change it. */
export async function drawAll(): Promise<DrawnMachine[]> {
  const drawn: DrawnMachine[] = [];
  for (const each of chartsToDraw()) drawn.push({ ...each, figures: await figuresOf(each.chart) });
  return drawn;
}

/** The changes of all amendments together: the change request that the findings propose. */
export const changeRequest = (): Promise<DrawnDifference[]> =>
  drawDifferences(differencesOf(versionAsWritten(), versionAmended()));

const changeRequestHeading = `# The proposed change request

The changes of all amendments together in the machines as written, as drawn by \`capif diff as-written amended\`. The findings in
[properties/findings](../../../properties/findings/README.md) tell what each amendment repairs.`;

export function filesOf(drawn: readonly DrawnMachine[], differences: readonly DrawnDifference[]): Files {
  const files = new Map<string, string | Uint8Array>([['index.md', indexPage(drawn)], ...figureFiles(drawn)]);
  for (const [name, text] of drawnSequences()) files.set(`sequences/${name}`, text);
  files.set(annexName, annexFile(drawn, 'change'));
  for (const [name, text] of differenceFiles(differences, changeRequestHeading))
    files.set(`change-request/${name}`, text);
  for (const [name, text] of formatFiles(committedFormats)) files.set(name, text);
  return files;
}

export const figureFiles = (drawn: readonly DrawnMachine[]): Map<string, string> =>
  new Map(
    drawn.flatMap(({ folder, figures }) =>
      figures.map(({ scene }): [string, string] => [
        `${folder === '' ? '' : `${folder}/`}${scene.id}.svg`,
        svgOf(scene),
      ]),
    ),
  );

/** The steps of a life on the figures of its machine. */
export async function drawLife({ machine, instance, amendments, marks }: Life): Promise<DrawnMachine> {
  const chart = withRunMarks(stateChartOf(machines[machine], amendments), marks);
  return { chart, folder: instance.replaceAll(/[^\w-]+/g, '-'), figures: await figuresOf(chart) };
}
