/**
 * The changes of a machine from one version to another: each state and transition is added, removed, changed or the same.
 * The tables, the figures and the revision marks of a difference are made from this.
 */
import { isDeepStrictEqual } from 'node:util';
import { type ChartState, type ChartTransition, type StateChart, type StateDetail, stateDetails } from './chart.ts';

export type Change<Thing, Aspect> =
  | { change: 'added'; now: Thing }
  | { change: 'removed'; old: Thing }
  | { change: 'changed'; old: Thing; now: Thing; what: readonly Aspect[] }
  | { change: 'same'; old: Thing; now: Thing };

type StateAspect = 'kind' | 'initial' | 'entry' | 'exit' | 'source' | StateDetail;
/** `order`: two transitions for the same event have swapped places, and with it their priority. */
type TransitionAspect = 'guard' | 'to' | 'effects' | 'internal' | 'order' | 'source';
export type StateChange = Change<ChartState, StateAspect>;
export type TransitionChange = Change<ChartTransition, TransitionAspect>;

/** In the order of the new version; a removed item follows the item that it followed in the old version. */
export type Changes = {
  machine: string;
  states: readonly StateChange[];
  transitions: readonly TransitionChange[];
};

const stateAspects = ['kind', 'initial', 'entry', 'exit', 'source', ...stateDetails] as const;
const transitionAspects = ['guard', 'to', 'effects', 'internal', 'source'] as const;

/** States are matched by path; transitions are matched within a state and event. */
export function changesOf(old: StateChart, now: StateChart): Changes {
  const states = new Map(now.states.map((state) => [state.id, state]));
  const statePairs = old.states.flatMap((before): Pair<ChartState>[] => {
    const after = states.get(before.id);
    return after ? [[before, after]] : [];
  });
  const pairs = pairsOf(old.transitions, now.transitions);
  const reordered = reorderedOf(old.transitions, now.transitions, pairs);
  return {
    machine: now.machine,
    states: merged(old.states, now.states, statePairs).map((each) => compared(each, stateAspects)),
    transitions: merged(old.transitions, now.transitions, pairs).map((each) =>
      compared<ChartTransition, TransitionAspect>(
        each,
        transitionAspects,
        each.now && reordered.has(each.now) ? ['order'] : [],
      ),
    ),
  };
}

export const isDifferent = ({ states, transitions }: Changes): boolean =>
  [...states, ...transitions].some(({ change }) => change !== 'same');

type Pair<Thing> = [old: Thing, now: Thing];

/** Matches the transitions that have most in common: target and effects count more than the guard. */
function pairsOf(old: readonly ChartTransition[], now: readonly ChartTransition[]): Pair<ChartTransition>[] {
  const pairs: Pair<ChartTransition>[] = [];
  const [before, after] = [new Set(old), new Set(now)];
  const alikeBy: ((transition: ChartTransition) => unknown)[] = [
    ({ from, event, guard, to, effects }) => [from, event, guard, to, effects],
    ({ from, event, to, effects }) => [from, event, to, effects],
    ({ from, event, guard }) => [from, event, guard],
    ({ from, event, to }) => [from, event, to],
    ({ from, event, effects }) => [from, event, effects],
  ];
  for (const alike of alikeBy) {
    for (const one of before) {
      const other = [...after].find((each) => isDeepStrictEqual(alike(each), alike(one)));
      if (!other) continue;
      pairs.push([one, other]);
      before.delete(one);
      after.delete(other);
    }
  }
  return pairs;
}

/** The transitions of the new version that have swapped places with another one for the same event. */
function reorderedOf(
  old: readonly ChartTransition[],
  now: readonly ChartTransition[],
  pairs: readonly Pair<ChartTransition>[],
): Set<ChartTransition> {
  const places = pairs.map(([before, after]) => ({
    of: after,
    before: old.indexOf(before),
    after: now.indexOf(after),
  }));
  const swapped = places.filter((one) =>
    places.some(
      (other) =>
        one.of.from === other.of.from &&
        one.of.event === other.of.event &&
        one.before < other.before !== one.after < other.after,
    ),
  );
  return new Set(swapped.map((each) => each.of));
}

/** At least one of the two is there. */
type Versions<Thing> = { old?: Thing | undefined; now?: Thing | undefined };

/** All new items, and each removed item after the item that it followed. */
function merged<Thing>(
  old: readonly Thing[],
  now: readonly Thing[],
  pairs: readonly Pair<Thing>[],
): readonly Versions<Thing>[] {
  const olds = new Map(pairs.map(([before, after]) => [after, before]));
  const kept = new Set(pairs.map(([before]) => before));
  const all: Versions<Thing>[] = now.map((each) => ({ old: olds.get(each), now: each }));
  for (const [n, each] of old.entries()) {
    if (kept.has(each)) continue;
    const before = all.findIndex(({ old: other }) => n > 0 && other === old[n - 1]);
    all.splice(before + 1, 0, { old: each });
  }
  return all;
}

function compared<Thing extends object, Aspect extends string>(
  { old, now }: Versions<Thing>,
  aspects: readonly (Aspect & keyof Thing)[],
  besides: readonly Aspect[] = [],
): Change<Thing, Aspect> {
  if (!now) return { change: 'removed', old: old as Thing };
  if (!old) return { change: 'added', now };
  const what = [...aspects.filter((aspect) => !isDeepStrictEqual(old[aspect], now[aspect])), ...besides];
  return what.length === 0 ? { change: 'same', old, now } : { change: 'changed', old, now, what };
}
