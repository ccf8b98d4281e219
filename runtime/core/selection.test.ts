/** Which method the core selects, for whom, and when: over HTTP, as invokers and AEFs meet it. */
import { afterEach, expect, test } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import {
  all,
  ask,
  client,
  closeAll,
  exposing,
  type Known,
  negotiated,
  notificationDestination,
  onboarded,
  registered,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import {
  type SupportedMethods,
  writeSecurityMethodRequest,
  writeSecurityMethodUpdateRequest,
} from '../wire/security-api.ts';
import { writeServiceApiPublishRequest, writeServiceApiUpdateRequest } from '../wire/services/publish-api.ts';

afterEach(closeAll);

type Entry = { aefId: string; selSecurityMethod?: string; authenticationInfo?: string };

/** The status, and the selection for each AEF in the order of the entries. */
async function negotiate(at: Testbed, by: Known, entries: SupportedMethods[], how: 'create' | 'update' = 'create') {
  const write = how === 'create' ? writeSecurityMethodRequest : writeSecurityMethodUpdateRequest;
  const request = write({ apiInvokerId: by.id, entries, notificationDestination });
  const { status, body } = await ask(client(at, by.certificate), request);
  const { securityInfo = [] } = body as { securityInfo?: Entry[] };
  return { status, selected: securityInfo.map(({ selSecurityMethod }) => selSecurityMethod), securityInfo };
}

const permutations = (methods: readonly SecurityMethod[]): SecurityMethod[][] =>
  methods.length === 0
    ? [[]]
    : methods.flatMap((one) => permutations(methods.filter((other) => other !== one)).map((rest) => [one, ...rest]));

test('the method is the first of the invoker that the AEF has, at the first request and at every update (6.3.1)', async () => {
  const at = await testbed();
  const { aefId } = await exposing(at, { methods: all });
  const other = await exposing(at, { methods: ['OAUTH', 'PKI'] });
  const by = await onboarded(at);
  for (const supported of permutations(all)) {
    const entries = [aefId, other.aefId].map((id) => ({ aefId: id, supported }));
    const expected = [supported[0], supported.find((method) => method !== 'PSK')];
    expect((await negotiate(at, by, entries)).selected).toEqual(expected);
    expect((await negotiate(at, by, entries, 'update')).selected).toEqual(expected);
  }
});

test('two AEFs are negotiated in one request, and one that is left out stays as it is (6.3.1)', async () => {
  const at = await testbed();
  const [one, two] = [await exposing(at, { methods: ['PSK'] }), await exposing(at, { methods: ['PKI'] })];
  const by = await onboarded(at);
  const entries = [two, one].map(({ aefId }) => ({ aefId, supported: all }));
  const both = await negotiate(at, by, entries);
  expect(both).toMatchObject({ status: 201, selected: ['PKI', 'PSK'] });
  expect(both.securityInfo.map(({ aefId }) => aefId)).toEqual([two.aefId, one.aefId]);
  await negotiate(at, by, [entries[0]!], 'update');
  const last = await negotiate(at, by, entries, 'update');
  expect(last.securityInfo.map(({ authenticationInfo }) => authenticationInfo)).toEqual([
    '{"credential":3}',
    '{"credential":2}',
  ]);
});

test('each invoker of a core gets its own methods and keys (6.3.1, A.1)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: all });
  const invokers = await Promise.all([1, 2, 3].map(() => onboarded(at)));
  const given = await Promise.all(invokers.map((by, n) => negotiated(at, by, aef, [all[n]!, 'PSK'])));
  expect(given.map(({ selected, credential }) => [selected, credential])).toEqual(all.map((method) => [method, 1]));
  const keys = await Promise.all(invokers.map((by) => negotiated(at, by, aef, ['PSK'])));
  expect(new Set(keys.map(({ key }) => key.toString('hex'))).size).toBe(3);
});

test('an invoker without a common method is answered without one, until there is one (6.3.1)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PSK'] });
  const by = await onboarded(at);
  for (const supported of [['PKI', 'OAUTH'], []] satisfies SecurityMethod[][]) {
    const entries = [{ aefId: aef.aefId, supported }];
    expect(await negotiate(at, by, entries)).toMatchObject({ status: 201, selected: [undefined] });
    expect(await negotiate(at, by, entries, 'update')).toMatchObject({ status: 200, selected: [undefined] });
  }
  await aef.changeMethods(['PSK', 'OAUTH']);
  const entries = [{ aefId: aef.aefId, supported: ['PKI', 'OAUTH'] as const }];
  expect(await negotiate(at, by, entries, 'update')).toMatchObject({ status: 200, selected: ['OAUTH'] });
});

test('an update needs a context with that AEF (6.3.1)', async () => {
  const at = await testbed();
  const [one, two] = [await exposing(at), await exposing(at)];
  const by = await onboarded(at);
  const entry = ({ aefId }: { aefId: string }) => ({ aefId, supported: all });
  expect((await negotiate(at, by, [entry(one)], 'update')).status).toBe(404);
  expect((await negotiate(at, by, [entry(one)])).status).toBe(201);
  expect((await negotiate(at, by, [entry(two)], 'update')).status).toBe(404);
  expect((await negotiate(at, by, [entry(one)], 'update')).status).toBe(200);
});

/** A provider for the test, which publishes any methods with any revision. */
async function publishing(at: Testbed) {
  const [aef, apf] = await registered(at, 'AEF', 'APF');
  const over = client(at, apf!.certificate);
  let serviceApiId: string | undefined;
  async function publish(methods: readonly SecurityMethod[], revision?: number) {
    const aefs = [{ aefId: aef!.id, host: '127.0.0.1', port: 9, apiVersion: 'v1', methods }];
    const publication = { apfId: apf!.id, serviceApi: { apiName: 'x', aefs }, revisions: revision };
    const request = serviceApiId
      ? writeServiceApiUpdateRequest({ ...publication, serviceApiId })
      : writeServiceApiPublishRequest(publication);
    const answer = await over.request(request);
    if (answer.outcome !== 'answered') throw new Error(answer.because);
    serviceApiId ??= answer.headers.location?.split('/').at(-1);
    return [answer.status, answer.headers['capif-machines-revision']];
  }
  return { aefId: aef!.id, publish };
}

test('an older publication is acknowledged, and applied only as written (TS 29.222 5.3.2.5)', async () => {
  for (const [amendments, after] of [
    [['newest-revision-wins'], ['PKI']],
    [[], ['PSK']],
  ] as const) {
    const at = await testbed({ amendments });
    const { aefId, publish } = await publishing(at);
    expect(await publish(['PSK'], 5)).toEqual([201, '5']);
    expect(await publish(['PKI'], 7)).toEqual([200, '7']);
    expect(await publish(['PSK'], 6)).toEqual([200, '6']);
    expect(at.core.methodsOf(aefId)).toEqual(after);
    const by = await onboarded(at);
    const discovered = await ask(client(at, by.certificate), {
      method: 'GET',
      path: `/service-apis/v1/allServiceAPIs?api-invoker-id=${by.id}&api-name=x`,
    });
    expect(discovered.body).toMatchObject({ serviceAPIDescriptions: [{ aefProfiles: [{ securityMethods: after }] }] });
    expect(await publish(['OAUTH'])).toEqual([200, String(after[0] === 'PKI' ? 8 : 7)]);
    expect(at.core.methodsOf(aefId)).toEqual(['OAUTH']);
    expect(at.errors).toEqual([]);
  }
});
