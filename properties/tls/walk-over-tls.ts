/**
 * Random walks over TLS: moves by the rules of every walk, as far as the runtime can make them, played by the real roles and
 * compared after each. A walk is a list of numbers that choose among the moves on offer, so one that differs shrinks.
 */

import { compose } from '../model/composition.ts';
import { type Setting, settings, type World } from '../model/setting.ts';
import { choices, type SampleOptions } from '../random-walk/walk.ts';
import { rule } from '../traces/scenario.ts';
import { beginWords } from '../traces/scenario-header.ts';
import { type PlannedMove, type Planner, planner } from './plan.ts';
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
  world: World,
  { runs = defaults.runs, length = defaults.length, seed, path, shrinks = true }: SampleOverTlsOptions = {},
): Promise<SampleOverTls> {
  const fc = await import('fast-check');
  const rules = new Map<string, number>();
  const sampled = { moves: 0, steps: 0 };
  let isShrinking = false;
  const remembered = playedStories();
  const play = async (moves: readonly PlannedMove[]): Promise<PlayedOverTls> => {
    const known = remembered.find(moves);
    if (known) return known;
    const played = await playOverTls(world, moves, isShrinking ? { patienceMs: shrinkingPatienceMs } : {});
    remembered.add(moves, played);
    return played;
  };

  const agrees = async (picks: readonly number[]): Promise<boolean> => {
    const moves = plannedAlong(world, picks);
    const played = await play(moves);
    if (played.outcome === 'disagrees') isShrinking = true;
    else if (!isShrinking) {
      sampled.moves += moves.length;
      sampled.steps += played.steps;
      for (const { rule } of moves) rules.set(rule, (rules.get(rule) ?? 0) + 1);
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
  const moves = plannedAlong(world, asked.counterexample[0]);
  const played = await playOverTls(world, moves);
  if (played.outcome === 'agrees')
    throw new Error(`a walk differs only now and then: --path ${asked.counterexamplePath}`);
  const story = moves.slice(0, played.move).map(({ words }) => words);
  return {
    ...result,
    failure: { story, because: played.because, path: asked.counterexamplePath, shrinks: asked.numShrinks },
  };
}

/** What is known of stories that were played: most of those that are tried for being shorter differ where one before did. */
function playedStories() {
  const agreeing: string[] = [];
  const differing: { told: string; played: PlayedOverTls }[] = [];
  const told = (moves: readonly PlannedMove[]): string => moves.map(({ words }) => `${words} / `).join('');
  return {
    find(moves: readonly PlannedMove[]): PlayedOverTls | undefined {
      const story = told(moves);
      const differs = differing.find((one) => story.startsWith(one.told));
      if (differs) return differs.played;
      return agreeing.some((one) => one.startsWith(story))
        ? { outcome: 'agrees', moves: moves.length, steps: 0 }
        : undefined;
    },
    add(moves: readonly PlannedMove[], played: PlayedOverTls): void {
      if (played.outcome === 'agrees') agreeing.push(told(moves));
      else differing.push({ told: told(moves.slice(0, played.move)), played });
    },
  };
}

/** The same choices always plan the same moves. */
export function plannedAlong(world: World, picks: readonly number[]): PlannedMove[] {
  const planned = planner(compose(world));
  for (const pick of picks) {
    const offer = chosen(planned, pick);
    if (!offer) break;
    planned.add(offer);
  }
  return planned.moves;
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
      offers.filter((offer) => offer.rule === rule),
    );
    const found = moves.find((offer) => !planned.refusal(offer));
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
export function scenarioOf(world: World, story: readonly string[]): string {
  const begin = beginWords({ ...world, name: settings[0]!.name });
  return [begin, ...story].map((command) => `${command}\n${rule}\n`).join('\n');
}
