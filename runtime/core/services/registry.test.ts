/** What the registry keeps of an APF that publishes and withdraws in a loop (TS 29.222 5.3.2.2, 5.3.2.3). */
import { expect, test } from 'vitest';
import { recordedStore } from '../../testing/kept-records.ts';
import { readableIds } from '../parties/ids.ts';
import type { Service } from './published-services.ts';
import { Registry } from './registry.ts';

const facts = { referencePoint: 'CAPIF-4', from: 'apf-1', to: 'CCF', request: 'POST service-apis' };

function registry(isInUse: (service: Service) => boolean) {
  const { store, records } = recordedStore();
  const made = new Registry({
    ...{ amendments: [], ids: readableIds(), record: () => {}, store },
    ...{ tellContexts: () => {}, inUse: () => isInUse, isGone: () => false, onChanged: () => {} },
  });
  function publishAndWithdraw(apiName: string): void {
    const aefs = [{ aefId: 'aef-1', host: '127.0.0.1', port: 1, apiVersion: 'v1', methods: ['PKI'] as const }];
    const { serviceApiId } = made.publish('apf-1', { serviceApi: { apiName, aefs }, description: { apiName } }, facts)!;
    made.withdraw(made.resource('apf-1', serviceApiId)!, facts);
  }
  const counts = () => [made.services.length, records('service-apis').length];
  return { publishAndWithdraw, counts };
}

test('after each of 2,000 withdrawals the latest is left, and in the store', () => {
  const { publishAndWithdraw, counts } = registry(() => false);
  const seen = new Set<string>();
  for (let n = 0; n < 2_000; n += 1) {
    publishAndWithdraw(`api-${n % 3}`);
    seen.add(counts().join());
  }
  expect([...seen]).toEqual(['1,1']);
});

test('what something is about is left as well', () => {
  const { publishAndWithdraw, counts } = registry(({ number }) => number === 2);
  for (let n = 0; n < 5; n += 1) publishAndWithdraw('greetings');
  expect(counts()).toEqual([2, 2]);
});
