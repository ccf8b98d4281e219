/**
 * Random walks by fast-check, for settings too large to visit whole: what they show is sampled, not proved. A walk is a
 * list of numbers that choose among the moves on offer, so one that breaks a sentence shrinks to a short story.
 */
import type * as FastCheck from 'fast-check';
import type { CapifSystem } from '../model/rules/composition.ts';
import { type Configuration, type Setting, settings } from '../model/setting.ts';
import type { Property } from '../requirements/property.ts';
import { separator } from '../traces/scenario.ts';
import { beginWords } from '../traces/scenario-header.ts';
import { type Walk, walker } from './walker.ts';

const stormy = {
  supported: ['PSK', 'PKI', 'OAUTH'],
  first: ['PSK'],
  changesTo: [['PSK'], ['PKI'], ['OAUTH'], ['PSK', 'PKI']],
  changes: 'always',
  cuts: 'always',
  lateRequests: true,
  repetitions: 'always',
  forgeries: 'always',
  expiries: 'always',
  restarts: 'always',
  attemptsMax: 3,
  invocations: 2,
} as const;

export const walkSettings: readonly Setting[] = [
  {
    name: 'storm',
    about: 'three methods, two invocations, and all that can go wrong, as often as it likes; nobody is revoked',
    ...stormy,
    revocations: 0,
    offboardings: 0,
  },
  {
    name: 'revoked',
    about: 'the same, and the core revokes the invoker at some moment, or offboards it',
    ...stormy,
    revocations: 1,
    offboardings: 1,
  },
];

export type SampleOptions = {
  runs?: number;
  /** How many moves each walk makes before its drain. */
  length?: number;
  seed?: number;
  /** Of an earlier failure with the same seed and length: begins there. */
  path?: string;
};

export type Sample = {
  runs: number;
  /** Before the drains, and in them. */
  moves: number;
  drained: number;
  longestDrain: number;
  /** Walks at the end of which some condition did not hold, so that its goal was not asked for. */
  excused: number;
  seconds: number;
  seed: number;
  failure?: { property: Property; walk: Walk; path: string; shrinks: number };
};

export const defaults = { runs: 10_000, length: 60 };

/** Without a seed, fast-check takes a fresh one. */
export async function sample(
  model: CapifSystem,
  properties: readonly Property[],
  { runs = defaults.runs, length = defaults.length, seed, path }: SampleOptions = {},
): Promise<Sample> {
  const fc = await import('fast-check');
  const walkAlong = walker(model, properties);
  const sampled = { moves: 0, drained: 0, longestDrain: 0, excused: 0 };
  let failing: Property | undefined;
  const holds = (picks: readonly number[]): boolean => {
    const { moves, drained, excused, broken } = walkAlong(picks);
    if (!failing) {
      sampled.moves += moves;
      sampled.drained += drained;
      sampled.longestDrain = Math.max(sampled.longestDrain, drained);
      sampled.excused += excused.length > 0 ? 1 : 0;
    }
    // A story that shrinks is to stay the story of one sentence.
    failing ??= broken;
    return broken === undefined || broken !== failing;
  };

  const started = performance.now();
  const asked = fc.check(fc.property(choices(fc, length), holds), {
    numRuns: runs,
    ...(seed === undefined ? {} : { seed }),
    ...(path === undefined ? {} : { path }),
  });
  const seconds = (performance.now() - started) / 1000;
  const result = { runs: asked.numRuns, ...sampled, seconds, seed: asked.seed };
  if (!asked.failed) return result;
  if (!asked.counterexample || !asked.counterexamplePath) throw new Error('fast-check fails, and shows no walk');
  const walk = walkAlong(asked.counterexample[0]);
  return {
    ...result,
    failure: { property: walk.broken!, walk, path: asked.counterexamplePath, shrinks: asked.numShrinks },
  };
}

/** A walk as a scenario to be played: its setting is one that scenarios know, and what is different. */
export function scenarioOf(configuration: Configuration, { story }: Walk): string {
  const begin = beginWords({ ...configuration, name: settings[0]!.name });
  return [begin, ...story].map((command) => `${command}\n${separator}\n`).join('\n');
}

/** Lists that are made at full length, and shrink to any; in the end no single choice can be left out. */
export function choices(fc: typeof FastCheck, length: number): FastCheck.Arbitrary<number[]> {
  const any = fc.array(fc.nat(), { maxLength: length });
  const full = fc.array(fc.nat(), { minLength: length, maxLength: length });
  class Choices extends fc.Arbitrary<number[]> {
    override generate(random: FastCheck.Random, bias: number | undefined): FastCheck.Value<number[]> {
      return new fc.Value(full.generate(random, bias).value, undefined);
    }
    override canShrinkWithoutContext(value: unknown): value is number[] {
      return any.canShrinkWithoutContext(value);
    }
    override shrink(value: number[], context?: unknown): FastCheck.Stream<FastCheck.Value<number[]>> {
      const shorter = value.map((_, n) => new fc.Value(value.toSpliced(n, 1), undefined));
      return any.shrink(value, context).join(fc.stream(shorter.values()));
    }
  }
  return new Choices();
}
