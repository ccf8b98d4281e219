/** Walks over TLS: whatever happens, the real roles do what the model does, step by step (6.7). */
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { scenarioOf } from '../random-walk/again.ts';
import { walkSettings } from '../random-walk/walk.ts';
import { replay } from '../traces/scenario.ts';
import { injections } from './injections.ts';
import type * as walking from './walk-over-tls.ts';

/** As compiled: so are the processes that it kills and starts again. */
const compiled = join(inject('capif'), '../properties/tls/walk-over-tls.js');
const { overTls, plannedAlong, sampleOverTls } = (await import(compiled)) as typeof walking;

/** Fixed, unless CAPIF_SEED gives another one. */
const seed = Number(process.env.CAPIF_SEED ?? 20_260);
const taken = new Set<string>();

const configurationOf = (name: string, amendments: readonly Amendment[]) => ({
  ...overTls(walkSettings.find((one) => one.name === name)!),
  amendments,
});

/** A process that is killed takes a second or more to start again, so most walks are without restarts. */
const walks: [setting: string, restarts: 0 | 'always', how: string, amendments: readonly Amendment[], runs: number][] =
  [
    ['storm', 0, 'with all amendments', allAmendments, 90],
    ['revoked', 0, 'with all amendments', allAmendments, 60],
    ['storm', 0, 'as written', asWritten, 60],
    ['restarted', 'always', 'with all amendments', allAmendments, 5],
    ['restarted', 'always', 'as written', asWritten, 2],
  ];
for (const [setting, restarts, how, amendments, runs] of walks) {
  const what = `${setting}" ${how}${restarts === 0 ? ' and without restarts' : ''}`;
  test(`${runs} walks over TLS in the setting "${what} do what the model does, seed ${seed} (6.7)`, async () => {
    const configuration = { ...configurationOf(setting, amendments), restarts };
    const { failure, rules, ...sampled } = await sampleOverTls(configuration, { seed, runs, shrinks: false });
    expect(failure?.actions.join(' / '), `${failure?.because}, path ${failure?.path}`).toBeUndefined();
    expect(sampled.runs).toBe(runs);
    expect(sampled.steps).toBeGreaterThan(sampled.transitions);
    for (const rule of rules.keys()) taken.add(rule);
  }, 300_000);
}

test.runIf(seed === 20_260)('each injection happens in one of these walks', () => {
  expect(Object.keys(injections).filter((rule) => !taken.has(rule))).toEqual([]);
});

test('the same choices plan the same transitions, and a walk is a scenario that can be replayed', () => {
  const configuration = configurationOf('revoked', allAmendments);
  for (let n = 1; n <= 20; n++) {
    const picks = Array.from({ length: 40 }, (_, choice) => n * (choice + 7) * 31);
    const actions = plannedAlong(configuration, picks).map(({ action }) => action);
    expect(plannedAlong(configuration, picks).map(({ action }) => action)).toEqual(actions);
    const { name: _, about: __, ...same } = configuration;
    expect(replay(scenarioOf(configuration, actions))).toMatchObject({ outcome: 'played', configuration: same });
  }
});
