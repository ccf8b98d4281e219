/** What an AEF makes of the answers of any core to its question for policies (TS 29.222 8.6.2.2.3.1). */
import { expect, test } from 'vitest';
import type { ExchangeOutcome } from '../../transport/connector.ts';
import { AccessControlPolicies } from './access-control-policies.ts';

/** A core that answers with what is next in the list, for policies that are asked for as often as they may be. */
function answering(...answers: ({ status: number; body?: string } | 'unreachable' | 'silent' | undefined)[]) {
  const errors: string[] = [];
  let now = 0;
  let asked = 0;
  const policies = new AccessControlPolicies({
    fetchPolicies() {
      asked += 1;
      const next = answers.shift();
      if (next === undefined) return undefined;
      if (next === 'silent') return new Promise(() => {});
      const outcome = next === 'unreachable' ? { outcome: next, because: 'closed' } : { outcome: 'answered', ...next };
      return Promise.resolve(outcome as unknown as ExchangeOutcome);
    },
    clock: { now: () => now, after: () => () => {} },
    onError: (error) => errors.push(String(error)),
  });
  async function after(ms: number) {
    now += ms;
    await policies.refreshed();
    return policies.known;
  }
  return { after, errors, asked: () => asked };
}
const list = (...apiInvokerPolicies: unknown[]) => ({ status: 200, body: JSON.stringify({ apiInvokerPolicies }) });

test.each([404, 405, 501])('a core that answers %s has no policies for this service API', async (status) => {
  const { after, errors } = answering({ status });
  expect([await after(0), errors]).toEqual([[], []]);
});

test.each([
  ['is away', 'unreachable' as const],
  ['refuses', { status: 403 }],
  ['fails', { status: 500 }],
  ['sends no list', { status: 200, body: '{"apiInvokerPolicies":1}' }],
  ['sends a policy that cannot be read', list({ apiInvokerId: 'x' }, { allowedTotalInvocations: 1 })],
  ['has given the API no id', undefined],
])('of a core that %s nothing is known, and it is asked again after a second', async (_, answer) => {
  const { after, errors, asked } = answering(answer, answer, list({ apiInvokerId: 'x' }));
  expect([await after(0), await after(999), asked()]).toEqual([undefined, undefined, 1]);
  expect([await after(1), asked(), errors.length]).toEqual([undefined, 2, 1]);
  expect(await after(1_000)).toEqual([{ apiInvokerId: 'x' }]);
});

test('what is known stays while the core is away, and no invocation waits for such a core twice', async () => {
  const known = [{ apiInvokerId: 'x' }];
  const { after, errors, asked } = answering(list(...known), 'unreachable', 'silent');
  expect([await after(0), await after(9_999), asked()]).toEqual([known, known, 1]);
  expect([await after(1), asked(), errors.length]).toEqual([known, 2, 1]);
  expect([await after(10_000), asked()]).toEqual([known, 3]);
});
