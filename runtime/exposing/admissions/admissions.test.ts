/** What the AEF keeps of invokers for which nothing is under way: where their machines rest, and nothing else. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { TraceLine } from '../../../machines/steps/trace.ts';
import { allAmendments } from '../../../machines/vocabulary.ts';
import { systemClock } from '../../clock.ts';
import { noStore } from '../../store/store.ts';
import { malformedBecause } from '../../wire/http-message.ts';
import { Admissions, type AdmissionsOptions } from './admissions.ts';

const facts = { referencePoint: 'CAPIF-3', from: 'CCF', to: 'aef' };
const byToken = { type: 'ServiceApiInvocation', method: 'OAUTH', credential: 1 } as const;

function admitting(record: (line: TraceLine) => void = () => {}, more: Partial<AdmissionsOptions> = {}) {
  return new Admissions({
    service: 'aef',
    amendments: allAmendments,
    record,
    clock: systemClock,
    credentialLifetimeMs: undefined,
    fetchSecurityInformation: async () => ({ outcome: { outcome: 'unreachable', because: 'no core' }, facts }),
    learntFrom: () => malformedBecause('no core'),
    onError: () => {},
    store: noStore,
    ...more,
  });
}

test('an exception of one question is reported, and costs that initiation alone', async () => {
  const errors: unknown[] = [];
  const fetchSecurityInformation = async () => {
    throw new Error('nobody foresaw this');
  };
  const admissions = admitting(() => {}, { fetchSecurityInformation, onError: (error) => errors.push(error) });
  expect((await admissions.initiate('one', facts, true))?.type).toBe('AuthenticationInitiationRefused');
  expect((await admissions.initiate('one', facts, true))?.type).toBe('AuthenticationInitiationRefused');
  expect(errors).toHaveLength(2);
});

test('an invoker that rests is remembered: what it may not do before, it may not do after', async () => {
  const lines: TraceLine[] = [];
  const admissions = admitting((line) => lines.push(line));
  expect(admissions.invoke('one', byToken).type).toBe('ServiceApiInvocationResponse');
  for (let times = 0; times < 3; times += 1)
    expect(admissions.revoke('one', facts).type).toBe('RevokeAuthorizationResponse');
  expect(admissions.invoke('one', byToken).type).toBe('NotAuthorizedFailure');
  expect(admissions.invoke('another', byToken).type).toBe('ServiceApiInvocationResponse');
  admissions.restart();
  expect(admissions.invoke('one', byToken).type).toBe('NotAuthorizedFailure');
  expect((await admissions.initiate('one', facts, true))?.type).toBe('AuthenticationInitiationRefused');
  expect(admissions.invoke('one', byToken).type).toBe('NotAuthorizedFailure');
  // One life in the trace, which goes on.
  const ofOne = lines.filter(({ instance }) => instance === 'one/aef').map(({ event }) => event.type);
  expect(ofOne.filter((type) => type === 'begin')).toHaveLength(1);
  expect(ofOne).toHaveLength(1 + 1 + 3 + 1 + 1 + 1 + 1 + 1);
});

test('a revoked invoker costs the AEF less than 500 bytes', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const admissions = admitting();
  const revoke = (from: number, to: number) => {
    for (let n = from; n < to; n += 1) admissions.revoke(`invoker-${n}`, facts);
  };
  revoke(0, 1000);
  const before = used();
  revoke(1000, 11_000);
  expect((used() - before) / 10_000).toBeLessThan(500);
  expect(admissions.invoke('invoker-10999', byToken).type).toBe('NotAuthorizedFailure');
});
