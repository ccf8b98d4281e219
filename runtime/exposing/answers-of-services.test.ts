/** A service behind the AEF says what it likes: nothing of it is taken for a refusal by the AEF (6.5.2, 6.7). */
import { afterEach, expect, test } from 'vitest';
import { ask, closeAll, connected, exposing, hello, invoking, onboarded, testbed } from '../testing/roles.ts';

afterEach(closeAll);

for (const [status, cause] of [
  [401, 'NOT_AUTHENTICATED'],
  [403, 'SECURITY_METHOD_MISMATCH'],
  [403, 'NOT_AUTHORIZED'],
] as const) {
  test(`a service that answers ${status} ${cause} is executed once, and its answer reaches the application (6.7)`, async () => {
    const at = await testbed();
    const body = JSON.stringify({ cause, detail: 'of the service' });
    let executed = 0;
    const serve = () => {
      executed += 1;
      const headers = { 'content-type': 'application/problem+json', 'Capif-Machines-Origin': 'aef' };
      return { status, headers, body };
    };
    const aef = await exposing(at, { methods: ['PKI'], serve });
    const invoker = await invoking(at);
    const response = await invoker.fetch(hello, { aefId: aef.aefId, method: 'POST', body: 'x' });
    expect([response.status, await response.text(), executed]).toEqual([status, body, 1]);
    expect(at.errors).toEqual([]);
  });
}

test('the access token of the invoker does not reach the service (6.5.2.3)', async () => {
  const at = await testbed();
  let seen: object = {};
  const aef = await exposing(at, {
    methods: ['OAUTH'],
    serve: ({ headers }) => {
      seen = headers;
      return { status: 204 };
    },
  });
  const { over, headers } = await connected(at, await onboarded(at), aef, 'OAUTH');
  const { status } = await ask(over, { method: 'GET', path: hello, headers: { ...headers, 'x-kept': 'yes' } });
  expect([status, seen]).toEqual([204, expect.objectContaining({ 'x-kept': 'yes' })]);
  expect(JSON.stringify(seen)).not.toContain('earer');
});
