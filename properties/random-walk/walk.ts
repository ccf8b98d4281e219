/**
 * Random walks by fast-check, for settings that are too large to explore: what they show is sampled, not proved. A walk is
 * a list of numbers that choose among the enabled transitions, so a walk that breaks a property shrinks to a short one.
 */
import type * as FastCheck from 'fast-check';
import type { CapifSystem } from '../model/rules/composition.ts';
import type { Setting } from '../model/setting.ts';
import type { Property } from '../requirements/property.ts';
import type { Walk } from './drain.ts';
import { byNumber, walker } from './walker.ts';

const stormy = {
  supported: ['PSK', 'PKI', 'OAUTH'],
  first: ['PSK'],
  changesTo: [['PSK'], ['PKI'], ['OAUTH'], ['PSK', 'PKI']],
  changes: 'always',
  otherServices: 'always',
  othersOffer: [['PSK'], ['PKI', 'OAUTH'], []],
  withdrawals: 'always',
  cuts: 'always',
  lateRequests: true,
  repetitions: 'always',
  forgeries: 'always',
  expiries: 'always',
  restarts: 'always',
  notifications: 'at any moment',
  attemptsMax: 3,
  invocations: 2,
} as const;

export const walkSettings: readonly Setting[] = [
  {
    name: 'storm',
    about: 'three methods, two invocations, and any number of each fault; no revocation, no offboarding',
    ...stormy,
    revocations: 0,
    offboardings: 0,
  },
  {
    name: 'revoked',
    about: 'as storm, and at some moment the core revokes the invoker or offboards it',
    ...stormy,
    revocations: 1,
    offboardings: 1,
  },
  {
    name: 'restarted',
    about: 'as revoked, but exchanges break only where a role restarts: core, publisher, AEF or invoker',
    ...stormy,
    cuts: 0,
    revocations: 1,
    offboardings: 1,
  },
];

export type SampleOptions = {
  runs?: number;
  /** The number of transitions in each walk before its drain. */
  length?: number;
  seed?: number;
  /** The path of an earlier failure with the same seed and length: start there. */
  path?: string;
  onWalk?: (walks: number) => void;
};

export type Sample = {
  /** Ctrl-C ended the walks before all were taken. */
  partial?: true;
  runs: number;
  /** The number of transitions before the drains, and in them. */
  transitions: number;
  drained: number;
  longestDrain: number;
  /** The number of walks that did not have to reach some goal, because its condition did not hold to the end. */
  excused: number;
  seconds: number;
  seed: number;
  failure?: { property: Property; walk: Walk; path: string; shrinks: number };
};

export const defaults = { runs: 10_000, length: 60 };

/** A seed of 32 bits, known before the walks begin, so that walks that are interrupted can be repeated. */
export const freshSeed = (): number => (Math.random() * 2 ** 32) | 0;

/** `untilInterrupted` does the work, and returns false if Ctrl-C ended it. */
export async function sample(
  model: CapifSystem,
  properties: readonly Property[],
  { runs = defaults.runs, length = defaults.length, seed = freshSeed(), path, onWalk }: SampleOptions = {},
  untilInterrupted: (work: () => void) => boolean = (work) => {
    work();
    return true;
  },
): Promise<Sample> {
  const fc = await import('fast-check');
  const walkAlong = walker(model, properties, byNumber);
  const sampled = { transitions: 0, drained: 0, longestDrain: 0, excused: 0 };
  let failing: Property | undefined;
  let walks = 0;
  const holds = (picks: readonly number[]): boolean => {
    const { transitions, drained, excused, broken } = walkAlong(picks);
    if (!failing) {
      sampled.transitions += transitions;
      sampled.drained += drained;
      sampled.longestDrain = Math.max(sampled.longestDrain, drained);
      sampled.excused += excused.length > 0 ? 1 : 0;
      walks += 1;
      onWalk?.(walks);
    }
    // While a walk shrinks, it must go on breaking the same property.
    failing ??= broken;
    return broken === undefined || broken !== failing;
  };

  const started = performance.now();
  let result: FastCheck.RunDetails<[picks: readonly number[]]> | undefined;
  const parameters = { numRuns: runs, seed, ...(path === undefined ? {} : { path }) };
  const done = untilInterrupted(() => {
    result = fc.check(fc.property(choices(fc, length), holds), parameters);
  });
  const seconds = (performance.now() - started) / 1000;
  if (!done || !result) return { partial: true, runs: walks, ...sampled, seconds, seed };
  const found = { runs: result.numRuns, ...sampled, seconds, seed };
  if (!result.failed) return found;
  if (!result.counterexample || !result.counterexamplePath) throw new Error('fast-check fails and shows no walk');
  const walk = walkAlong(result.counterexample[0]);
  return {
    ...found,
    failure: { property: walk.broken!, walk, path: result.counterexamplePath, shrinks: result.numShrinks },
  };
}

/** Lists that are generated at full length and shrink to any length, until no single choice can be left out. */
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
