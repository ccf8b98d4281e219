/** All that `capif draw` makes, as files by their names: computed from the machines, and the same bytes every time. */
import { machines } from '../machines/roles.ts';
import { type Amendment, allAmendments, asWritten } from '../machines/vocabulary.ts';
import { type Chart, chartOf } from './chart.ts';
import { figuresOf } from './figures.ts';
import type { Fitted } from './fitting.ts';
import { page } from './page.ts';
import { svgOf } from './svg.ts';
import { textForms } from './text-forms.ts';

/** A chart, where its files are, and its figures. */
export type Drawn = { chart: Chart; folder: string; figures: readonly Fitted[] };

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

export function filesOf(drawn: readonly Drawn[]): Map<string, string> {
  const files = new Map<string, string>([['index.md', page(drawn)]]);
  for (const { chart, folder, figures } of drawn) {
    for (const { scene } of figures) files.set(`${folder}/${scene.id}.svg`, svgOf(scene));
    for (const [ending, text] of textForms(chart)) files.set(`${folder}/${chart.machine}.${ending}`, text);
  }
  return files;
}
