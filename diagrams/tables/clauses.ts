/** Which transitions come from which clause, and which have no more than an assumption of ours behind them. */
import type { Chart, ChartTransition } from '../state-chart/chart.ts';
import { eventWords } from '../state-chart/label-text.ts';
import { code, markdownTable, shortOf } from './tables.ts';

type Place = { chart: Chart; transition: ChartTransition };

/** In the order of the specification: 6.3 before 6.10, and what is in another specification last. */
export function clauseIndex(charts: readonly Chart[]): string {
  const clauses = new Map<string, Place[]>();
  for (const place of placesOf(charts)) {
    const clause = place.transition.source?.clause ?? 'none';
    clauses.set(clause, [...(clauses.get(clause) ?? []), place]);
  }
  const rows = [...clauses].sort(([one], [other]) => compare(one, other));
  return markdownTable(
    ['clause', 'transitions'],
    rows.map(([clause, places]) => [clause, places.map(nameOf).join('<br>')]),
  );
}

/** Where the standard is silent, and why we chose what we chose. */
export const assumedIndex = (charts: readonly Chart[]): string =>
  markdownTable(
    ['transition', 'clause', 'because'],
    placesOf(charts).flatMap((place) => {
      const { source } = place.transition;
      return source?.assumed ? [[nameOf(place), source.clause, source.assumed]] : [];
    }),
  );

export const placesOf = (charts: readonly Chart[]): Place[] =>
  charts.flatMap((chart) => chart.transitions.map((transition) => ({ chart, transition })));

function nameOf({ chart, transition }: Place): string {
  const { from, event, guard, to, source } = transition;
  const leads = to.map((target) => ` \u2192 ${shortOf(chart.machine, target)}`).join('');
  const standing = source?.amendment ? ' *(amendment)*' : source?.assumed ? ' *(assumed)*' : '';
  const state = from === chart.machine ? from : `${chart.machine} ${shortOf(chart.machine, from)}`;
  return `${state}: ${code(eventWords(event))}${guard ? ` [${guard}]` : ''}${leads}${standing}`;
}

const compare = (one: string, other: string) => {
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
