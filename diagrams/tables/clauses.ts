/** Tables of the transitions by clause, and of the transitions that are assumed. */
import type { ChartTransition, StateChart } from '../state-chart/chart.ts';
import { eventText, shortName } from '../state-chart/notation.ts';
import { code, markdownTable } from './tables.ts';

type ChartedTransition = { chart: StateChart; transition: ChartTransition };

/** In the order of the specification: 6.3 before 6.10, with other specifications last. */
export function clauseIndex(charts: readonly StateChart[]): string {
  const clauses = new Map<string, ChartedTransition[]>();
  for (const place of transitionsIn(charts)) {
    const clause = place.transition.source?.clause ?? 'none';
    clauses.set(clause, [...(clauses.get(clause) ?? []), place]);
  }
  const rows = [...clauses].sort(([one], [other]) => compareClauses(one, other));
  return markdownTable(
    ['clause', 'transitions'],
    rows.map(([clause, places]) => [clause, places.map(nameOf).join('<br>')]),
  );
}

/** The transitions on which the standard is silent, with the reason for each choice. */
export const assumedIndex = (charts: readonly StateChart[]): string =>
  markdownTable(
    ['transition', 'clause', 'because'],
    transitionsIn(charts).flatMap((place) => {
      const { source } = place.transition;
      return source?.assumed ? [[nameOf(place), source.clause, source.assumed]] : [];
    }),
  );

export const transitionsIn = (charts: readonly StateChart[]): ChartedTransition[] =>
  charts.flatMap((chart) => chart.transitions.map((transition) => ({ chart, transition })));

function nameOf({ chart, transition }: ChartedTransition): string {
  const { from, event, guard, to, source } = transition;
  const leads = to.map((target) => ` \u2192 ${shortName(chart.machine, target)}`).join('');
  const standing = source?.amendment ? ' *(amendment)*' : source?.assumed ? ' *(assumed)*' : '';
  const state = from === chart.machine ? from : `${chart.machine} ${shortName(chart.machine, from)}`;
  return `${state}: ${code(eventText(event))}${guard ? ` [${guard}]` : ''}${leads}${standing}`;
}

const compareClauses = (one: string, other: string) => {
  const [some, others] = [one, other].map((clause) => clause.split(/[. ]/));
  if (one.startsWith('TS') !== other.startsWith('TS')) return one.startsWith('TS') ? 1 : -1;
  for (let n = 0; n < Math.max(some?.length ?? 0, others?.length ?? 0); n++) {
    const [a, b] = [some?.[n] ?? '', others?.[n] ?? ''];
    if (a === b) continue;
    const [x, y] = [Number(a), Number(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? (a < b ? -1 : 1) : x - y;
  }
  return 0;
};
