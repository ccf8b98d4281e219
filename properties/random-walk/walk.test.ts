/** With all amendments no walk breaks a property; without them, or with broken machines, walks find short failures (6.7). */
import { expect, test } from 'vitest';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { compose } from '../model/rules/composition.ts';
import type { Configuration } from '../model/setting.ts';
import type { Replacements } from '../model/state.ts';
import { allMutants } from '../mutation/mutants.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import { replay } from '../traces/scenario.ts';
import { scenarioOf } from './again.ts';
import { defaults, type SampleOptions, sample, walkSettings } from './walk.ts';
import { byNumber, walker } from './walker.ts';

/** Fixed, unless CAPIF_SEED gives another one for the first tests. */
const seed = Number(process.env.CAPIF_SEED ?? 20_260);

const configurationOf = (name: string, amendments: readonly Amendment[]): Configuration => ({
  ...walkSettings.find((one) => one.name === name)!,
  amendments,
});
const sampled = (configuration: Configuration, options: SampleOptions, replaced?: Replacements) =>
  sample(compose(configuration, replaced), methodUpdate(configuration), options);
const mutant = (wanted: string): Replacements => {
  const found = allMutants().find(({ id }) => id === wanted);
  if (!found) throw new Error(`there is no mutant "${wanted}"`);
  return { [found.machine]: found.replacement };
};

for (const name of ['storm', 'revoked']) {
  test(`with all amendments every property holds in 10000 walks of ${defaults.length} transitions in the setting "${name}", seed ${seed} (6.7)`, async () => {
    const { failure, runs, transitions, longestDrain, excused } = await sampled(configurationOf(name, allAmendments), {
      seed,
    });
    expect(failure?.walk.actions.join(' / '), `${failure?.property.statement}, path ${failure?.path}`).toBeUndefined();
    expect(runs).toBe(10_000);
    expect(transitions).toBe(10_000 * defaults.length);
    expect(longestDrain).toBeLessThan(60);
    if (name === 'storm') expect(excused).toBe(0);
  }, 180_000);
}

test('as written, the drain finds that the invoker is never served with the updated method (6.7)', async () => {
  const { failure } = await sampled(configurationOf('storm', asWritten), { seed: 1 });
  expect(failure!.property.statement).toMatch(/^L1 /);
  expect(failure!.walk.transitions).toBeLessThanOrEqual(12);
});

test('without keep-revocations, a restart makes a token of a revoked invoker good again (TS 29.222 6.2.2.3)', async () => {
  const kept = allAmendments.filter((one) => one !== 'keep-revocations');
  const configuration = configurationOf('revoked', kept);
  const { failure } = await sampled(configuration, { seed: 2 });
  expect(failure!.property.statement).toMatch(/^S3 once /);
  expect(failure!.walk.actions).toContain('restart invokerAdmission');
  expect(failure!.walk.actions.length).toBeLessThanOrEqual(12);
});

const brokenMachines: [statement: RegExp, setting: string, mutant: string][] = [
  [/^L[12] /, 'storm', 'publishedService published: ServiceApiUpdateRequest #1 is dropped'],
  [/^S3 every /, 'storm', 'invokerAdmission anywhere: ServiceApiInvocation #3 drops guard isAdmitted'],
];
for (const [statement, setting, id] of brokenMachines) {
  test(`walks find a broken machine in at most 12 transitions: ${id}`, async () => {
    const { failure } = await sampled(configurationOf(setting, allAmendments), { seed: 1 }, mutant(id));
    expect(failure!.property.statement).toMatch(statement);
    expect(failure!.walk.transitions).toBeLessThanOrEqual(12);
  });
}

test('a walk that fails is a scenario that can be replayed', async () => {
  const configuration = configurationOf('storm', asWritten);
  const { failure } = await sampled(configuration, { seed: 1 });
  const replayed = replay(scenarioOf(configuration, failure!.walk.actions));
  expect(replayed).toMatchObject({
    outcome: 'played',
    configuration: { ...configuration, name: expect.any(String), about: expect.any(String) },
  });
});

test('a seed repeats the same walks, and a path starts with the failing walk itself', async () => {
  const configuration = configurationOf('storm', asWritten);
  const sampledOnce = async (options: SampleOptions) => {
    const { runs, failure } = await sampled(configuration, { seed: 7, runs: 100, ...options });
    return { runs, path: failure!.path, statement: failure!.property.statement, actions: failure!.walk.actions };
  };
  const first = await sampledOnce({});
  expect(await sampledOnce({})).toEqual(first);
  expect(await sampledOnce({ path: first.path })).toEqual({ ...first, runs: 1 });
});

test('walks take the transitions that scenarios take, whatever has been looked up before', () => {
  const configuration = configurationOf('storm', allAmendments);
  const walkAlong = walker(compose(configuration), methodUpdate(configuration), byNumber);
  for (let n = 0; n < 200; n++) {
    const walk = walkAlong(Array.from({ length: 40 }, (_, choice) => (n + 1) * (choice + 7) * 31));
    if (n % 20 === 0)
      expect(replay(scenarioOf(configuration, walk.actions))).toMatchObject({
        outcome: 'played',
        configuration: { cuts: 'always' },
      });
  }
});
