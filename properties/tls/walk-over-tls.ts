/**
 * Random walks over TLS: transitions of the model that the runtime can do, played by the real roles and compared after each.
 * A walk is a list of numbers that choose among the enabled transitions, so a walk that differs shrinks.
 */

import { compose } from '../model/rules/composition.ts';
import type { Configuration, Setting } from '../model/setting.ts';
import { choices, freshSeed, type SampleOptions } from '../random-walk/walk.ts';
import { type Enabled, type PlannedTransition, type Planner, planner } from './plan.ts';
import { type OutcomeOverTls, playOverTls } from './play-over-tls.ts';
import { killedBy } from './restarts.ts';

export const defaults = { runs: 200, length: 40 };

/** Of each role in a walk: near its end, often nothing but restarts can happen. */
const killsMax = 4;
/** Every sixth choice is for a fault, if one is enabled. */
const faultEvery = 6;
/** While a walk that differs shrinks, the comparison does not wait long for what does not happen. */
const shrinkingPatienceMs = 500;

/** `signal`: ends the walks after the one under way. `shrinks`: whether to make a walk that differs shorter, which takes many runs. */
type SampleOverTlsOptions = SampleOptions & { shrinks?: boolean; signal?: AbortSignal };

export type SampleOverTls = {
  /** Ended before all walks were taken. */
  partial?: true;
  runs: number;
  transitions: number;
  steps: number;
  /** The number of times that each rule was played. */
  rules: ReadonlyMap<string, number>;
  seconds: number;
  seed: number;
  failure?: { actions: string[]; because: string; path: string; shrinks: number };
};

/** The setting without what cannot be done over TLS: a second service or invocation. */
export const overTls = (setting: Setting): Setting => ({
  ...setting,
  otherServices: 0,
  invocations: 1,
});

/** Without a seed, fast-check takes a fresh one. */
export async function sampleOverTls(
  configuration: Configuration,
  {
    runs = defaults.runs,
    length = defaults.length,
    seed = freshSeed(),
    path,
    shrinks = true,
    ...more
  }: SampleOverTlsOptions = {},
): Promise<SampleOverTls> {
  const fc = await import('fast-check');
  const rules = new Map<string, number>();
  const sampled = { transitions: 0, steps: 0 };
  let isShrinking = false;
  let walks = 0;
  let isCutShort = false;
  const known = knownOutcomes();
  const play = async (transitions: readonly PlannedTransition[]): Promise<OutcomeOverTls> => {
    const knownOutcome = known.find(transitions);
    if (knownOutcome) return knownOutcome;
    const patience = isShrinking ? { patienceMs: shrinkingPatienceMs } : {};
    const outcome = await playOverTls(configuration, transitions, patience);
    known.add(transitions, outcome);
    return outcome;
  };

  const agrees = async (picks: readonly number[]): Promise<boolean> => {
    if (more.signal?.aborted) {
      isCutShort = true;
      return true;
    }
    const transitions = plannedAlong(configuration, picks);
    const result = await play(transitions);
    if (result.outcome === 'disagrees') isShrinking = true;
    else if (!isShrinking) {
      sampled.transitions += transitions.length;
      sampled.steps += result.steps;
      walks += 1;
      more.onWalk?.(walks);
      for (const { rule } of transitions) rules.set(rule, (rules.get(rule) ?? 0) + 1);
    }
    return result.outcome === 'agrees';
  };

  const started = performance.now();
  const checked = await fc.check(fc.asyncProperty(choices(fc, length), agrees), {
    numRuns: runs,
    endOnFailure: !shrinks,
    seed,
    ...(path === undefined ? {} : { path }),
  });
  const seconds = (performance.now() - started) / 1000;
  const cut = isCutShort ? { partial: true as const } : undefined;
  const result = { ...cut, runs: cut ? walks : checked.numRuns, ...sampled, rules, seconds, seed };
  if (!checked.failed) return result;
  if (!checked.counterexample || !checked.counterexamplePath)
    throw checked.errorInstance ?? new Error('fast-check fails and shows no walk');
  const transitions = plannedAlong(configuration, checked.counterexample[0]);
  const difference = await playOverTls(configuration, transitions);
  if (difference.outcome === 'agrees')
    throw new Error(`a walk differs only now and then: --path ${checked.counterexamplePath}`);
  const actions = transitions.slice(0, difference.transition).map(({ action }) => action);
  return {
    ...result,
    failure: { actions, because: difference.because, path: checked.counterexamplePath, shrinks: checked.numShrinks },
  };
}

/** The outcomes of earlier plans: most plans that are tried while shrinking differ where an earlier one did. */
function knownOutcomes() {
  const agreeing: string[] = [];
  const differing: { text: string; outcome: OutcomeOverTls }[] = [];
  const textOf = (transitions: readonly PlannedTransition[]): string =>
    transitions.map(({ action }) => `${action} / `).join('');
  return {
    find(transitions: readonly PlannedTransition[]): OutcomeOverTls | undefined {
      const text = textOf(transitions);
      const differs = differing.find((one) => text.startsWith(one.text));
      if (differs) return differs.outcome;
      return agreeing.some((one) => one.startsWith(text))
        ? { outcome: 'agrees', transitions: transitions.length, steps: 0 }
        : undefined;
    },
    add(transitions: readonly PlannedTransition[], outcome: OutcomeOverTls): void {
      if (outcome.outcome === 'agrees') agreeing.push(textOf(transitions));
      else differing.push({ text: textOf(transitions.slice(0, outcome.transition)), outcome });
    },
  };
}

/** The same choices always plan the same transitions. */
export function plannedAlong(configuration: Configuration, picks: readonly number[]): PlannedTransition[] {
  const planned = planner(compose(configuration));
  for (const pick of picks) {
    const enabled = chosen(planned, pick);
    if (!enabled) break;
    planned.add(enabled);
  }
  for (
    let rest = planned.isUnfinished() && chosen(planned, 0);
    rest;
    rest = planned.isUnfinished() && chosen(planned, 0)
  )
    planned.add(rest);
  return planned.transitions;
}

/**
 * The first enabled transition that the runtime can do, starting from the one that the choice picks. All rules are equally
 * likely: walks over TLS are few, and rare transitions must happen in some of them.
 */
function chosen(planned: Planner, pick: number) {
  const enabled = planned.enabled();
  const isFault = pick % faultEvery === faultEvery - 1;
  const inOrder = from(Math.floor(pick / faultEvery), [...new Set(enabled.map(({ rule }) => rule))]);
  for (const rule of [isFault, !isFault].flatMap((wanted) => inOrder.filter((one) => one.isFault === wanted))) {
    const ofRule = from(
      pick >>> 12,
      enabled.filter((one) => one.rule === rule),
    );
    const found = ofRule.find((one) => !isKilledOften(planned, one) && !planned.refusal(one));
    if (found) return found;
  }
  return undefined;
}

const isKilledOften = ({ transitions }: Planner, { transition: { action } }: Enabled): boolean =>
  killedBy[action] !== undefined && transitions.filter((one) => one.action === action).length >= killsMax;

/** The same list, rotated. */
function from<T>(start: number, items: readonly T[]): T[] {
  const first = start % Math.max(items.length, 1);
  return [...items.slice(first), ...items.slice(0, first)];
}
