/** The figures of a machine: one if it can be read on a page, otherwise an overview and one figure for each part. */
import { type MachineId, roleOf } from '../../machines/roles.ts';
import type { ChartState } from '../state-chart/chart.ts';
import type { MarkedChart } from '../state-chart/marks.ts';
import { amendmentsText, roleNames } from '../state-chart/notation.ts';
import { type Figure, figureOf, type Selection } from './figure.ts';
import { type FittedFigure, fitToPage, fitWhole } from './fit-to-page.ts';

/** A state chart, the folder of its files, and its figures. */
export type DrawnMachine = { chart: MarkedChart; folder: string; figures: readonly FittedFigure[] };

export async function figuresOf(chart: MarkedChart): Promise<FittedFigure[]> {
  const of = chart.machine;
  const parts = partsOf(chart, of);
  const single = figure(chart, { of, folded: new Set(), isOverview: false });
  if (parts.length === 0) return [await fitToPage(single)];
  const fitted = await fitWhole(single);
  if (fitted) return [fitted];
  const folded = new Set(parts.map(({ id }) => id));
  const figures = [
    await fitToPage(figure(withoutDetails(chart), { of, folded, isOverview: true })),
    await fitToPage(figure(chart, { of, folded, isOverview: false })),
  ];
  for (const { id } of parts) figures.push(...(await partFigures(chart, id)));
  return figures;
}

/** An overview shows no guards and effects, so that it cannot show what changed in them. */
const withoutDetails = (chart: MarkedChart): MarkedChart => ({
  ...chart,
  transitions: chart.transitions.map((each) =>
    each.mark?.kind === 'difference' && each.mark.change === 'changed'
      ? { ...each, mark: { kind: 'difference', change: 'same' } }
      : each,
  ),
});

/** A part that cannot be read on a page is drawn with its own parts closed. */
async function partFigures(chart: MarkedChart, of: string): Promise<FittedFigure[]> {
  const parts = partsOf(chart, of);
  const open = await fitToPage(figure(chart, { of, folded: new Set(), isOverview: false }));
  if (open.isLegible || parts.length === 0) return [open];
  const folded = new Set(parts.map(({ id }) => id));
  const figures = [await fitToPage(figure(chart, { of, folded, isOverview: false }))];
  for (const { id } of parts) figures.push(...(await partFigures(chart, id)));
  return figures;
}

/** The states directly inside this one that contain states themselves. */
const partsOf = ({ states }: MarkedChart, of: string): ChartState[] =>
  states.filter(({ parent, kind }) => parent === of && (kind === 'compound' || kind === 'parallel'));

function figure(chart: MarkedChart, selection: Selection): Figure {
  const { of, isOverview } = selection;
  const role = roleNames[roleOf[chart.machine as MachineId]];
  const inside = chart.states.filter(({ parent }) => parent === of).map(({ name }) => name);
  const whose = role === undefined ? '' : ` of the ${role}`;
  const title = `${of}${whose}, ${chart.versions ?? amendmentsText(chart)}${isOverview ? ', overview' : ''}`;
  const description = `UML state diagram of ${of} with the states ${inside.join(', ')}.`;
  return figureOf(chart, selection, { title, description });
}
