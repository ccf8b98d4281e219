/** All that `capif draw` makes, as files by their names: computed from the machines, and the same bytes every time. */
import { machines } from '../machines/roles.ts';
import { type Amendment, allAmendments, asWritten } from '../machines/vocabulary.ts';
import { type DrawnDifference, differenceFiles, drawDifferences } from './difference-files.ts';
import { figuresOf } from './figure/figures.ts';
import type { Fitted } from './figure/fit-to-page.ts';
import { page } from './page.ts';
import { svgOf } from './scene/svg.ts';
import { drawnSequences } from './sequence/files.ts';
import { type Chart, chartOf } from './state-chart/chart.ts';
import type { Life } from './state-chart/coverage.ts';
import { differencesOf } from './state-chart/difference.ts';
import { amended, written } from './state-chart/versions.ts';
import { textForms } from './text/formats.ts';
import { annexFile } from './word/annex-file.ts';

/** A chart, where its files are, and its figures. */
export type Drawn = { chart: Chart; folder: string; figures: readonly Fitted[] };

export type Files = ReadonlyMap<string, string | Uint8Array>;
/** As written against amended, with revision marks. */
export const annexName = 'annex.docx';

const variants: readonly { folder: string; amendments: readonly Amendment[] }[] = [
  { folder: 'as-written', amendments: asWritten },
  { folder: 'amended', amendments: allAmendments },
];

/** Every machine as written, and with all amendments where they change it. */
export async function drawAll(): Promise<Drawn[]> {
  const drawn: Drawn[] = [];
  for (const machine of Object.values(machines)) {
    const [written, ...amended] = variants.map(({ folder, amendments }) => ({
      folder,
      chart: chartOf(machine, amendments),
    }));
    for (const each of [written, ...amended.filter(({ chart }) => written && differ(chart, written.chart))]) {
      if (each) drawn.push({ ...each, figures: await figuresOf(each.chart) });
    }
  }
  return drawn;
}

const differ = ({ states, transitions }: Chart, other: Chart) =>
  JSON.stringify([states, transitions]) !== JSON.stringify([other.states, other.transitions]);

/** What all amendments change in the machines as written: the change request that the findings propose. */
export const changeRequest = (): Promise<DrawnDifference[]> => drawDifferences(differencesOf(written(), amended()));

const changeRequestHeading = `# The proposed change request, drawn

What all amendments together change in the machines as written: \`capif diff as-written amended\`. What each of them repairs is in
[properties/findings](../../../properties/findings/README.md).`;

export function filesOf(drawn: readonly Drawn[], differences: readonly DrawnDifference[]): Files {
  const files = new Map<string, string | Uint8Array>([['index.md', page(drawn)], ...figureFiles(drawn)]);
  for (const [name, text] of drawnSequences()) files.set(`sequences/${name}`, text);
  files.set(annexName, annexFile(drawn, 'change'));
  for (const [name, text] of differenceFiles(differences, changeRequestHeading))
    files.set(`change-request/${name}`, text);
  for (const { chart, folder } of drawn) {
    for (const [ending, text] of textForms(chart)) files.set(`${folder}/${chart.machine}.${ending}`, text);
  }
  return files;
}

export const figureFiles = (drawn: readonly Drawn[]): Map<string, string> =>
  new Map(
    drawn.flatMap(({ folder, figures }) =>
      figures.map(({ scene }): [string, string] => [
        `${folder === '' ? '' : `${folder}/`}${scene.id}.svg`,
        svgOf(scene),
      ]),
    ),
  );

/** A life on the figures of its machine, under the amendments under which it was lived. */
export async function drawLife({ machine, instance, amendments, marks }: Life): Promise<Drawn> {
  const chart = chartOf(machines[machine], amendments);
  return { chart, folder: instance.replaceAll(/[^\w-]+/g, '-'), figures: await figuresOf(chart, marks) };
}
