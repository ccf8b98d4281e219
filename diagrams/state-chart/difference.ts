/** Two versions of a machine as one state chart, whose marks tell what is new, gone and changed. */
import { type Changes, changesOf, isDifferent, type StateChange, type TransitionChange } from './changes.ts';
import type { StateChart } from './chart.ts';
import type { MarkedChart, MarkedState, MarkedTransition } from './marks.ts';
import type { Version } from './versions.ts';

/** `chart`: the union of both versions. */
export type Difference = { changes: Changes; chart: MarkedChart };

export function differenceOf(old: StateChart, now: StateChart, labels: { old: string; now: string }): Difference {
  const changes = changesOf(old, now);
  return {
    changes,
    chart: {
      ...now,
      marks: 'difference',
      versions: `${labels.old} \u2192 ${labels.now}`,
      states: changes.states.map(markedState),
      transitions: changes.transitions.flatMap(markedTransitions),
    },
  };
}

function markedState(each: StateChange): MarkedState {
  const { change } = each;
  if (change === 'removed') return { ...each.old, mark: { kind: 'difference', change } };
  return { ...each.now, mark: { kind: 'difference', change, ...(change === 'changed' && { old: each.old }) } };
}

/** A transition with another target is two lines, one removed and one added. */
function markedTransitions(each: TransitionChange): MarkedTransition[] {
  switch (each.change) {
    case 'removed':
      return [removed(each.old)];
    case 'changed':
      return each.what.includes('to')
        ? [removed(each.old), { ...each.now, mark: { kind: 'difference', change: 'added' } }]
        : [{ ...each.now, mark: { kind: 'difference', change: 'changed', old: each.old } }];
    default:
      return [{ ...each.now, mark: { kind: 'difference', change: each.change } }];
  }
}

/** With an id of its own, because the new version may have a transition with the same id. */
const removed = (transition: MarkedTransition): MarkedTransition => ({
  ...transition,
  id: `${transition.id}~gone`,
  mark: { kind: 'difference', change: 'removed' },
});

/**
 * The differences of all machines that differ. A machine of one version only is new or gone as a whole; but beside an
 * exported machine, only that machine is compared.
 */
export function differencesOf(old: Version, now: Version): Difference[] {
  const isCompared = ({ machine }: StateChart) =>
    [old, now].every(({ isOneMachine, charts }) => !isOneMachine || charts.some((chart) => chart.machine === machine));
  const machines = new Set([...now.charts, ...old.charts].filter(isCompared).map(({ machine }) => machine));
  const chartIn = ({ charts }: Version, machine: string): StateChart =>
    charts.find((chart) => chart.machine === machine) ?? {
      schema: 1,
      machine,
      amendments: [],
      states: [],
      transitions: [],
    };
  return [...machines]
    .map((machine) => differenceOf(chartIn(old, machine), chartIn(now, machine), { old: old.label, now: now.label }))
    .filter(({ changes }) => isDifferent(changes));
}
