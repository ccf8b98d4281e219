/** An exposing function that changes its methods: what is served, and what is never executed (6.7). */
import { afterEach, expect, test } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { all, ask, closeAll, connected, exposing, hello, invoking, onboarded, saying, type World, world } from '../test-roles.ts';

afterEach(closeAll);

const mismatch = { status: 403, type: 'application/problem+json', body: { cause: 'SECURITY_METHOD_MISMATCH' } };
const others = (method: SecurityMethod) => all.filter((one) => one !== method);

/** An AEF, and the methods of the invocations it has executed. */
async function counted(at: World, methods: readonly SecurityMethod[]) {
  const served: SecurityMethod[] = [];
  const aef = await exposing(at, {
    methods,
    serve: ({ securityMethod }) => {
      served.push(securityMethod);
      return { status: 200, body: securityMethod };
    },
  });
  return { aef, served };
}

for (const method of all) {
  for (const next of others(method)) {
    test(`after a change from ${method} to ${next} nothing is executed by ${method}, old connection or new, until it is back (6.7)`, async () => {
      const at = await world();
      const { aef, served } = await counted(at, [method]);
      const by = await onboarded(at);
      const early = await connected(at, by, aef, method);
      expect((await early.invoke()).text).toBe(method);
      const { socket } = await opened(early);

      await aef.changeMethods([next]);
      expect(await early.invoke()).toMatchObject(mismatch);
      expect((await opened(early)).socket).toBe(socket);
      early.over.close();
      const executed = [...served];
      const posted = await ask((await connectedAgain(at, by, aef, method, early)).over, {
        method: 'POST',
        path: hello,
        headers: early.headers,
        body: '{}',
      });
      expect([posted, served]).toMatchObject([mismatch, executed]);

      const late = await connected(at, by, aef, next);
      expect((await late.invoke()).text).toBe(next);
      await aef.changeMethods([method]);
      expect(await late.invoke()).toMatchObject(mismatch);
      expect(served).toEqual([method, next]);
      expect(at.errors).toEqual([]);
    });
  }
}
