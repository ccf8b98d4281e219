/** An AEF with two published APIs, of which it serves one: a token for the other opens nothing (TS 29.122 7.2). */
import { afterEach, expect, test, vi } from 'vitest';
import {
  ask,
  bearer,
  client,
  clientOf,
  closeAll,
  exposing,
  hello,
  invoking,
  onboarded,
  testbed,
  tokenFor,
} from '../testing/roles.ts';
import { writeServiceApiPublishRequest } from '../wire/services/publish-api.ts';
import type { Provider } from './provider/provider.ts';

let provider: Provider | undefined;
vi.mock('./provider/provider.ts', async (original) => {
  const { enrolProvider, ...others } = await original<typeof import('./provider/provider.ts')>();
  return {
    ...others,
    enrolProvider: async (...given: Parameters<typeof enrolProvider>) => {
      provider = await enrolProvider(...given);
      return provider;
    },
  };
});

afterEach(closeAll);

test('a token for another API of the same AEF is not authorized for this one, and nothing is executed (TS 29.122 7.2)', async () => {
  const at = await testbed();
  let served = 0;
  const aef = await exposing(at, {
    methods: ['OAUTH'],
    serve: () => {
      served += 1;
      return { status: 200 };
    },
  });
  const apf = provider!.functions.apf!;
  const aefs = [{ aefId: aef.aefId, host: aef.host, port: aef.port, apiVersion: 'v1', methods: ['OAUTH'] as const }];
  const publication = writeServiceApiPublishRequest({ apfId: apf.id, serviceApi: { apiName: 'others', aefs } });
  expect((await ask(client(at, apf.certificate), publication)).status).toBe(201);

  const by = await onboarded(at);
  const over = clientOf(aef, at, { by: 'certificate', ...by.certificate });
  const invoke = async (apiNames: string) => {
    const headers = bearer(await tokenFor(at, by, aef, apiNames));
    return ask(over, { method: 'GET', path: hello, headers });
  };
  expect(await invoke('others')).toMatchObject({ status: 403, body: { cause: 'NOT_AUTHORIZED' } });
  expect(served).toBe(0);
  expect((await invoke('others,greetings')).status).toBe(200);
  expect(served).toBe(1);
});

test('a certificate of the AEF or its APF does not prove an API invoker (6.5.2)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PKI'] });
  await (await invoking(at)).fetch(hello, { aefId: aef.aefId });
  for (const { certificate } of Object.values(provider!.functions)) {
    const over = clientOf(aef, at, { by: 'certificate', ...certificate });
    expect((await ask(over, { method: 'GET', path: hello })).status).toBe(401);
  }
});
