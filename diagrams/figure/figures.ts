/** The figures of a machine: one if it can be read on a page, else an overview and one for each part. */
import { type MachineId, roleOf } from '../../machines/roles.ts';
import { allAmendments, type Role } from '../../machines/vocabulary.ts';
import type { Chart, ChartState } from '../state-chart/chart.ts';
import type { Marks } from '../state-chart/marks.ts';
import { figureOf, type Selection } from './figure.ts';
import { type Fitted, fitted, whole } from './fit-to-page.ts';

export const roles: Record<Role, string> = {
  apiInvoker: 'API invoker',
  capifCoreFunction: 'CAPIF core function',
  apiExposingFunction: 'API exposing function',
  apiPublishingFunction: 'API publishing function',
};

export async function figuresOf(chart: Chart, marks?: Marks): Promise<Fitted[]> {
  const nothing = new Set<string>();
  const parts = partsOf(chart, chart.machine);
  const single = figure(chart, marks, { of: chart.machine, folded: nothing, isOverview: false });
  if (parts.length === 0) return [await fitted(single)];
  const fits = await whole(single);
  if (fits) return [fits];
  const folded = new Set(parts.map(({ id }) => id));
  const figures = [
    await fitted(figure(chart, withoutDetails(marks), { of: chart.machine, folded, isOverview: true })),
    await fitted(figure(chart, marks, { of: chart.machine, folded, isOverview: false })),
  ];
  for (const { id } of parts) figures.push(...(await partFigures(chart, id, marks)));
  return figures;
}

/** An overview has no guards and effects, and so not what changed in them. */
function withoutDetails(marks: Marks | undefined): Marks | undefined {
  if (marks?.kind !== 'difference') return marks;
  return { ...marks, transitions: new Map([...marks.transitions].filter(([, { change }]) => change !== 'changed')) };
}

/** A part that cannot be read on a page is drawn with its own parts closed. */
async function partFigures(chart: Chart, of: string, marks: Marks | undefined): Promise<Fitted[]> {
  const parts = partsOf(chart, of);
  const open = await fitted(figure(chart, marks, { of, folded: new Set(), isOverview: false }));
  if (open.fits || parts.length === 0) return [open];
  const folded = new Set(parts.map(({ id }) => id));
  const figures = [await fitted(figure(chart, marks, { of, folded, isOverview: false }))];
  for (const { id } of parts) figures.push(...(await partFigures(chart, id, marks)));
  return figures;
}

/** The states inside one that have states inside them, whether or not it is itself a region. */
const partsOf = ({ states }: Chart, of: string): ChartState[] =>
  states.filter(({ parent, kind }) => parent === of && (kind === 'compound' || kind === 'parallel'));

function figure(chart: Chart, marks: Marks | undefined, selection: Selection) {
  const { of, isOverview } = selection;
  const role = roles[roleOf[chart.machine as MachineId]];
  const inside = chart.states.filter(({ parent }) => parent === of).map(({ name }) => name);
  const whose = role === undefined ? '' : ` of the ${role}`;
  const versions = marks?.kind === 'difference' ? marks.words : amendedWords(chart);
  const title = `${of}${whose}, ${versions}${isOverview ? ', overview' : ''}`;
  const description = `UML state diagram of ${of} with the states ${inside.join(', ')}.`;
  return figureOf(chart, selection, { title, description, ...(marks && { marks }) });
}

export function amendedWords({ amendments }: Chart): string {
  if (amendments.length === 0) return 'as written';
  return amendments.length === allAmendments.length ? 'with all amendments' : `with ${amendments.join(', ')}`;
}
