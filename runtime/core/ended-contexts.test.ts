/** What the core keeps of security contexts while nothing is under way, and once they have ended; and that they answer as before (6.8, TS 29.222 5.6.2.5). */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { allAmendments } from '../../machines/vocabulary.ts';
import { defaultPause, systemClock } from '../clock.ts';
import { noStore } from '../store/store.ts';
import { Contexts } from './contexts/contexts.ts';
import type { Service } from './services/published-services.ts';

const aefId = 'aef-1';
const subject = { aefId, apiId: 'api-1' };
const service = {
  number: 1,
  apiId: 'api-1',
  apiName: 'greetings',
  at: { aefId, host: '127.0.0.1', port: 1, apiVersion: 'v1', methods: ['PKI'] },
} as unknown as Service;
const facts = { referencePoint: 'CAPIF-1e', from: 'invoker', to: 'CCF' };

function contextsAt(revokeAt: () => Promise<typeof facts | undefined> = async () => facts) {
  const onboarded = new Set<string>();
  const errors: unknown[] = [];
  const contexts = new Contexts({
    onRevoked: () => {},
    amendments: allAmendments,
    record: () => {},
    clock: systemClock,
    pause: defaultPause,
    store: noStore,
    registry: { servicesOf: () => [service] },
    revokeAt,
    isOnboarded: (apiInvokerId) => onboarded.has(apiInvokerId),
    isGone: () => false,
    onError: (error) => errors.push(error),
  });
  function negotiate(apiInvokerId: string): string {
    onboarded.add(apiInvokerId);
    const context = contexts.of(apiInvokerId, aefId, subject);
    return context.negotiate('SecurityMethodRequest', { ...subject, supported: ['PKI'] }, { facts }).type;
  }
  function offboard(apiInvokerId: string): void {
    onboarded.delete(apiInvokerId);
    contexts.tellByInvoker(apiInvokerId, { type: 'invoker.offboarded' });
  }
  return { contexts, negotiate, offboard, errors };
}

test('a revoked context that rests goes on refusing, and gives the AEF nothing', async () => {
  const { contexts, negotiate } = contextsAt();
  expect(negotiate('one')).toBe('SecurityMethodResponse');
  contexts.revoke({ apiInvokerId: 'one', aefId, apiIds: ['api-1'] });
  await nextTurn();
  expect(negotiate('one')).toBe('SecurityMethodRefused');
  expect(contexts.find('one', aefId, subject)?.ask({ type: 'SecurityInformationRequest' }).type).toBe(
    'SecurityInformationNotFound',
  );
  expect(negotiate('two')).toBe('SecurityMethodResponse');
});

test('while the AEF has not acknowledged a revocation, nothing rests; an exception of one is reported', async () => {
  const { contexts, negotiate, errors } = contextsAt(async () => {
    throw new Error('nobody foresaw this');
  });
  negotiate('one');
  contexts.revoke({ apiInvokerId: 'one', aefId });
  await nextTurn();
  expect(errors).toHaveLength(1);
  expect(contexts.about('one')).toHaveLength(1);
  contexts.close();
});

test('a context that rests hears of publications, and gives what it was given before', () => {
  const { contexts, negotiate } = contextsAt();
  negotiate('one');
  const { selection } = contexts.about('one')[0]!.negotiated;
  contexts.tellByAef(service, { type: 'securityMethods.published', service: 1, methods: ['PKI', 'PSK'] });
  expect(contexts.about('one', aefId)).toHaveLength(1);
  expect(contexts.about('another', aefId)).toEqual([]);
  expect(contexts.about('one')[0]).toMatchObject({ negotiated: { selection, preferred: ['PKI'] } });
  contexts.tellByAef(service, { type: 'securityMethods.published', service: 1, methods: ['PSK'] });
  expect(negotiate('one')).toBe('NoCommonMethod');
});

test.each([
  ['idle', 1000],
  ['revoked', 700],
  ['offboarded', 100],
] as const)('an invoker that is %s costs less than %i bytes', async (end, bytes) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { contexts, negotiate, offboard } = contextsAt();
  const comeAndGo = async (from: number, to: number) => {
    for (let n = from; n < to; n += 1) {
      negotiate(`invoker-${n}`);
      if (end === 'offboarded') offboard(`invoker-${n}`);
      if (end === 'revoked') contexts.revoke({ apiInvokerId: `invoker-${n}`, aefId, apiIds: ['api-1'] });
      await nextTurn();
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await comeAndGo(0, 1000);
  const after = await comeAndGo(1000, 6000);
  expect((after - before) / 5000).toBeLessThan(bytes);
});
