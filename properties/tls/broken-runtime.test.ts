/** A broken runtime is found, and the story of it is short: what the comparison is worth. */
import { afterEach, expect, test, vi } from 'vitest';
import { allAmendments } from '../../machines/vocabulary.ts';
import type { serviceInvocations as realInvocations } from '../../runtime/exposing/service-invocations.ts';
import type { Performers } from '../../runtime/participant.ts';
import { walkSettings } from '../random-walk/walk.ts';
import { planOf, playOverTls } from './play-over-tls.ts';
import { overTls, sampleOverTls } from './walk-over-tls.ts';

type Broken = 'servesWithdrawnMethod' | 'keepsKey' | 'announcesOnce';
const broken = vi.hoisted((): { by?: Broken } => ({}));
afterEach(() => {
  delete broken.by;
});

/** An AEF that executes what its machine has refused. */
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
    forgetCredential: (...asked) => {
      if (broken.by !== 'keepsKey') forgetCredential(...asked);
    },
    tell: (effect, exchange) => {
      const isChange = effect.event.type === 'SecurityMethodsChanged' && effect.event.revision > 1;
      if (broken.by !== 'announcesOnce' || !isChange) tell(effect, exchange);
    },
  };
}

const world = { ...overTls(walkSettings[0]!), amendments: allAmendments };

const faults: [what: string, by: Broken, because: RegExp][] = [
  [
    'an AEF that serves an invocation under a method that it has withdrawn',
    'servesWithdrawnMethod',
    /^apiInvoker hears .*ServiceApiInvocationResponse.*; in the model apiInvoker hears .*IncorrectMethodFailure/,
  ],
  [
    'an AEF that keeps a key that it is to forget',
    'keepsKey',
    /^apiInvoker hears .*tls.established.*; in the model apiInvoker hears .*tls.failed/,
  ],
  [
    'an AEF that tells its publisher of its first methods only',
    'announcesOnce',
    /^apiPublishingFunction hears nothing of SecurityMethodsChanged/,
  ],
];
for (const [what, by, because] of faults) {
  test(`walks over TLS find ${what}`, async () => {
    broken.by = by;
    const { failure } = await sampleOverTls(world, { seed: 1, shrinks: false });
    expect(failure?.because).toMatch(because);
  }, 120_000);
}

test('the story of a difference shrinks, plays again over TLS, and agrees once the runtime is whole', async () => {
  broken.by = 'announcesOnce';
  const { failure } = await sampleOverTls(world, { seed: 1, length: 12 });
  expect(failure!.story).toEqual([expect.stringMatching(/^change methods to /)]);
  const transitions = planOf(world, failure!.story).transitions;
  expect(await playOverTls(world, transitions, { patienceMs: 500 })).toMatchObject({ outcome: 'disagrees', move: 1 });
  delete broken.by;
  expect(await playOverTls(world, transitions)).toMatchObject({ outcome: 'agrees' });
}, 120_000);
