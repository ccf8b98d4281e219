/** Two versions of a machine as one chart, in which it is marked what is new, gone and changed: one picture of both. */
import { type Changes, changesOf, isDifferent, type TransitionChange } from './changes.ts';
import type { Chart, ChartTransition } from './chart.ts';
import type { DifferenceMarks } from './marks.ts';
import type { Version } from './versions.ts';

export type Difference = { changes: Changes; chart: Chart; marks: DifferenceMarks };

/** `words`: what the versions are called. */
export function differenceOf(old: Chart, now: Chart, words: { old: string; now: string }): Difference {
  const changes = changesOf(old, now);
  const drawn = changes.transitions.flatMap(drawnAs);
  return {
    changes,
    chart: {
      ...now,
      states: changes.states.map((each) => (each.change === 'removed' ? each.old : each.now)),
      transitions: drawn.map(({ transition }) => transition),
    },
    marks: {
      kind: 'difference',
      words: `${words.old} \u2192 ${words.now}`,
      states: new Map(changes.states.map((each) => [each.change === 'removed' ? each.old.id : each.now.id, each])),
      transitions: new Map(drawn.map(({ transition, change }) => [transition.id, change])),
    },
  };
}

type Drawn = { transition: ChartTransition; change: TransitionChange };

/** A transition with another target is two lines. */
function drawnAs(change: TransitionChange): Drawn[] {
  if (change.change === 'removed') return [{ transition: gone(change.old), change }];
  if (change.change !== 'changed' || !change.what.includes('to')) return [{ transition: change.now, change }];
  const { old, now } = change;
  return [
    { transition: gone(old), change: { change: 'removed', old } },
    { transition: now, change: { change: 'added', now } },
  ];
}

/** With an id of its own: the new version may have one like it. */
const gone = (transition: ChartTransition): ChartTransition => ({ ...transition, id: `${transition.id}~gone` });

/** Of all machines that differ; one that only one of the versions has is new or gone as a whole, but not beside an exported one. */
export function differencesOf(old: Version, now: Version): Difference[] {
  const isCompared = ({ machine }: Chart) =>
    [old, now].every(({ isOneMachine, charts }) => !isOneMachine || charts.some((chart) => chart.machine === machine));
  const machines = new Set([...now.charts, ...old.charts].filter(isCompared).map(({ machine }) => machine));
  const of = ({ charts }: Version, machine: string): Chart =>
    charts.find((chart) => chart.machine === machine) ?? {
      schema: 1,
      machine,
      amendments: [],
      states: [],
      transitions: [],
    };
  return [...machines]
    .map((machine) => differenceOf(of(old, machine), of(now, machine), { old: old.words, now: now.words }))
    .filter(({ changes }) => isDifferent(changes));
}
