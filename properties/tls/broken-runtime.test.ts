/** Walks over TLS find a broken runtime, and report it by a short run. */
import { afterEach, expect, test, vi } from 'vitest';
import { allAmendments } from '../../machines/vocabulary.ts';
import type { serviceInvocations as realInvocations } from '../../runtime/exposing/service-invocations.ts';
import type { Performers } from '../../runtime/participant.ts';
import { walkSettings } from '../random-walk/walk.ts';
import { planOf } from './plan.ts';
import { playOverTls } from './play-over-tls.ts';
import { overTls, sampleOverTls } from './walk-over-tls.ts';

type Broken = 'servesWithdrawnMethod' | 'keepsKey' | 'announcesOnce';
const broken = vi.hoisted((): { by?: Broken } => ({}));
afterEach(() => {
  delete broken.by;
});

/** An AEF that serves what its machine has refused. */
vi.mock('../../runtime/exposing/service-invocations.ts', async (original) => {
  const real = await original<typeof import('../../runtime/exposing/service-invocations.ts')>();
  const serviceInvocations: typeof realInvocations = (options) =>
    real.serviceInvocations({
      ...options,
      decide(event, about = {}) {
        const message = options.decide(event, about);
        const isChanged = broken.by === 'servesWithdrawnMethod' && message.type === 'IncorrectMethodFailure';
        return isChanged ? { ...message, type: 'ServiceApiInvocationResponse' } : message;
      },
    });
  return { ...real, serviceInvocations };
});

/** Participants that record an effect and do not perform it. */
vi.mock('../../runtime/participant.ts', async (original) => {
  const real = await original<typeof import('../../runtime/participant.ts')>();
  const participant: typeof real.participant = (instance, perform, record, ...beginning) =>
    real.participant(instance, { ...perform, ...leftOut(perform) }, record, ...beginning);
  return { ...real, participant };
});

function leftOut<X>({ forgetCredential, tell }: Performers<X>): Partial<Performers<X>> {
  return {
    forgetCredential: (...args) => {
      if (broken.by !== 'keepsKey') forgetCredential(...args);
    },
    tell: (effect, exchange) => {
      const isChange = effect.event.type === 'SecurityMethodsChanged' && effect.event.revision > 1;
      if (broken.by !== 'announcesOnce' || !isChange) tell(effect, exchange);
    },
  };
}

/** Without restarts, all roles are in this process, where they are broken. */
const configuration = { ...overTls(walkSettings[0]!), restarts: 0, amendments: allAmendments } as const;

const faults: [what: string, by: Broken, because: RegExp][] = [
  [
    'an AEF that serves an invocation under a method that it has withdrawn',
    'servesWithdrawnMethod',
    /^apiInvoker receives .*ServiceApiInvocationResponse.*; in the model apiInvoker receives .*IncorrectMethodFailure/,
  ],
  [
    'an AEF that keeps a key that it must forget',
    'keepsKey',
    /^apiInvoker receives .*tls.established.*; in the model apiInvoker receives .*tls.failed/,
  ],
  [
    'an AEF that tells its publisher only of its first methods',
    'announcesOnce',
    /^apiPublishingFunction does not receive SecurityMethodsChanged/,
  ],
];
for (const [what, by, because] of faults) {
  test(`walks over TLS find ${what}`, async () => {
    broken.by = by;
    const { failure } = await sampleOverTls(configuration, { seed: 1, shrinks: false });
    expect(failure?.because).toMatch(because);
  }, 120_000);
}

test('a walk that differs shrinks, differs again over TLS, and agrees once the runtime is repaired', async () => {
  broken.by = 'announcesOnce';
  const { failure } = await sampleOverTls(configuration, { seed: 1, length: 12 });
  expect(failure!.actions).toEqual([expect.stringMatching(/^change methods to /)]);
  const transitions = planOf(configuration, failure!.actions).transitions;
  expect(await playOverTls(configuration, transitions, { patienceMs: 500 })).toMatchObject({
    outcome: 'disagrees',
    transition: 1,
  });
  delete broken.by;
  expect(await playOverTls(configuration, transitions)).toMatchObject({ outcome: 'agrees' });
}, 120_000);
