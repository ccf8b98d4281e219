/**
 * Random walks over TLS: moves by the rules of every walk, as far as the runtime can make them, played by the real roles and
 * compared after each. A walk is a list of numbers that choose among the moves on offer, so one that differs shrinks.
 */

import { compose } from '../model/rules/composition.ts';
import { type Configuration, type Setting, settings } from '../model/setting.ts';
import { choices, type SampleOptions } from '../random-walk/walk.ts';
import { separator } from '../traces/scenario.ts';
import { beginWords } from '../traces/scenario-header.ts';
import { type PlannedTransition, type Planner, planner } from './plan.ts';
import { type PlayedOverTls, playOverTls } from './play-over-tls.ts';

export const defaults = { runs: 200, length: 40 };

/** One choice in so many is for a fault, if there is a fault on offer. */
const faultEvery = 6;
/** While a story that differs is made shorter, nobody waits long for what does not happen. */
const shrinkingPatienceMs = 500;

/** `shrinks`: a walk that differs is made shorter, which takes many runs. */
export type SampleOverTlsOptions = SampleOptions & { shrinks?: boolean };

export type SampleOverTls = {
  runs: number;
  moves: number;
  steps: number;
  /** How often each rule was played. */
  rules: ReadonlyMap<string, number>;
  seconds: number;
  seed: number;
  failure?: { story: string[]; because: string; path: string; shrinks: number };
};

/** Without what cannot be done over TLS anyway: a second invocation, repetition, offboarding. */
export const overTls = (setting: Setting): Setting => ({
  ...setting,
  repetitions: 0,
  offboardings: 0,
  invocations: 1,
});

/** Without a seed, fast-check takes a fresh one. */
export async function sampleOverTls(
  configuration: Configuration,
  { runs = defaults.runs, length = defaults.length, seed, path, shrinks = true }: SampleOverTlsOptions = {},
): Promise<SampleOverTls> {
  const fc = await import('fast-check');
  const rules = new Map<string, number>();
  const sampled = { moves: 0, steps: 0 };
  let isShrinking = false;
  const remembered = playedStories();
  const play = async (transitions: readonly PlannedTransition[]): Promise<PlayedOverTls> => {
    const known = remembered.find(transitions);
    if (known) return known;
    const played = await playOverTls(
      configuration,
      transitions,
      isShrinking ? { patienceMs: shrinkingPatienceMs } : {},
    );
    remembered.add(transitions, played);
    return played;
  };

  const agrees = async (picks: readonly number[]): Promise<boolean> => {
    const transitions = plannedAlong(configuration, picks);
    const played = await play(transitions);
    if (played.outcome === 'disagrees') isShrinking = true;
    else if (!isShrinking) {
      sampled.moves += transitions.length;
      sampled.steps += played.steps;
      for (const { rule } of transitions) rules.set(rule, (rules.get(rule) ?? 0) + 1);
    }
    return played.outcome === 'agrees';
  };

  const started = performance.now();
  const asked = await fc.check(fc.asyncProperty(choices(fc, length), agrees), {
    numRuns: runs,
    endOnFailure: !shrinks,
    ...(seed === undefined ? {} : { seed }),
    ...(path === undefined ? {} : { path }),
  });
  const seconds = (performance.now() - started) / 1000;
  const result = { runs: asked.numRuns, ...sampled, rules, seconds, seed: asked.seed };
  if (!asked.failed) return result;
  if (!asked.counterexample || !asked.counterexamplePath) throw asked.errorInstance ?? new Error('there is no walk');
  const moves = plannedAlong(configuration, asked.counterexample[0]);
  const played = await playOverTls(configuration, moves);
  if (played.outcome === 'agrees')
    throw new Error(`a walk differs only now and then: --path ${asked.counterexamplePath}`);
  const story = moves.slice(0, played.move).map(({ action: words }) => words);
  return {
    ...result,
    failure: { story, because: played.because, path: asked.counterexamplePath, shrinks: asked.numShrinks },
  };
}

/** What is known of stories that were played: most of those that are tried for being shorter differ where one before did. */
function playedStories() {
  const agreeing: string[] = [];
  const differing: { told: string; played: PlayedOverTls }[] = [];
  const told = (transitions: readonly PlannedTransition[]): string =>
    transitions.map(({ action: words }) => `${words} / `).join('');
  return {
    find(transitions: readonly PlannedTransition[]): PlayedOverTls | undefined {
      const story = told(transitions);
      const differs = differing.find((one) => story.startsWith(one.told));
      if (differs) return differs.played;
      return agreeing.some((one) => one.startsWith(story))
        ? { outcome: 'agrees', moves: transitions.length, steps: 0 }
        : undefined;
    },
    add(transitions: readonly PlannedTransition[], played: PlayedOverTls): void {
      if (played.outcome === 'agrees') agreeing.push(told(transitions));
      else differing.push({ told: told(transitions.slice(0, played.move)), played });
    },
  };
}

/** The same choices always plan the same moves. */
export function plannedAlong(configuration: Configuration, picks: readonly number[]): PlannedTransition[] {
  const planned = planner(compose(configuration));
  for (const pick of picks) {
    const enumerate = chosen(planned, pick);
    if (!enumerate) break;
    planned.add(enumerate);
  }
  return planned.transitions;
}

/**
 * The first on offer that the runtime can do, beginning with the one that is meant. Each rule is as likely as another: walks
 * over TLS are few, and what is rare is to happen in some of them.
 */
function chosen(planned: Planner, pick: number) {
  const offers = planned.offers();
  const isFault = pick % faultEvery === faultEvery - 1;
  const inOrder = from(Math.floor(pick / faultEvery), [...new Set(offers.map(({ rule }) => rule))]);
  for (const rule of [true, false].flatMap((meant) => inOrder.filter((one) => (one.isFault === isFault) === meant))) {
    const moves = from(
      pick >>> 12,
      offers.filter((enumerate) => enumerate.rule === rule),
    );
    const found = moves.find((enumerate) => !planned.refusal(enumerate));
    if (found) return found;
  }
  return undefined;
}

/** The same list, beginning elsewhere. */
function from<T>(start: number, items: readonly T[]): T[] {
  const first = start % Math.max(items.length, 1);
  return [...items.slice(first), ...items.slice(0, first)];
}

/** A scenario for `capif play FILE --over tls`. */
export function scenarioOf(configuration: Configuration, story: readonly string[]): string {
  const begin = beginWords({ ...configuration, name: settings[0]!.name });
  return [begin, ...story].map((command) => `${command}\n${separator}\n`).join('\n');
}
