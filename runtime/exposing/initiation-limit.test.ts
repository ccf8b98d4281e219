/** Strangers that initiate authentication too often: the core is asked no more than the limit, and invokers themselves are served. */
import { afterEach, expect, test } from 'vitest';
import { ask, clientOf, closeAll, exposing, initiated, onboarded, testbed } from '../testing/roles.ts';
import { writeAuthenticationInitiationRequest } from '../wire/aef-security-api.ts';

afterEach(closeAll);

const from = (id: number) =>
  writeAuthenticationInitiationRequest({ apiInvokerId: `made-up-${id}`, supportedFeatures: '0' });
const noLimit = 1e6;

test.each([
  ['initiationsPerSecond', 429, { initiationsPerSecond: 0.001, initiationsPerSecondInAll: noLimit }],
  ['initiationsPerSecondInAll', 503, { initiationsPerSecond: noLimit, initiationsPerSecondInAll: 0.001 }],
] as const)(
  'beyond %s strangers get %i, and an invoker that asks about itself does not',
  async (name, status, limits) => {
    const at = await testbed();
    const limited: string[] = [];
    const aef = await exposing(at, { methods: ['PKI'], limits, onLimit: (limit) => limited.push(limit) });
    const questions = () => at.lines.filter(({ event }) => event.type === 'SecurityInformationNotFound').length;
    const over = clientOf(aef, at, { by: 'nothing' });
    const by = await onboarded(at);
    // One in a thousand seconds is one that has to wait, at ten seconds' worth at once.
    for (let n = 0; n < 50; n += 1) {
      const outcome = await over.request(from(n));
      expect(outcome).toMatchObject({ outcome: 'answered', status, headers: { connection: 'close' } });
      expect(outcome.outcome === 'answered' && Number(outcome.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(questions()).toBe(0);
    expect(limited).toEqual(Array(50).fill(name));
    // It may not be authenticated, but the core was asked.
    expect((await initiated(at, by, aef)).status).toBe(401);
    expect(questions()).toBe(1);
    expect(at.errors).toEqual([]);
  },
);

test('up to the limit the core is asked about each id, also if the ids are made up', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PKI'], limits: { initiationsPerSecond: 0.3 } });
  const over = clientOf(aef, at, { by: 'nothing' });
  const statuses: number[] = [];
  for (let n = 0; n < 5; n += 1) statuses.push((await ask(over, from(n))).status);
  expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
  expect(statuses.slice(3)).toContain(429);
});
