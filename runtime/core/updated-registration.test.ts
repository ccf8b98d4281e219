/** A registration that is updated (PUT, PATCH): functions that stay, come, end, and get new keys (TS 29.222 5.8.2.4). */
import { afterEach, expect, test } from 'vitest';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { all, ask, client, closeAll, type Known, registered, type Testbed, testbed } from '../testing/roles.ts';
import { writeServiceApiPublishRequest } from '../wire/services/publish-api.ts';
import { readableIds } from './parties/ids.ts';

afterEach(closeAll);

const path = '/api-provider-management/v1/registrations/provider-1';
type Function = {
  apiProvFuncId?: string;
  apiProvFuncRole: string;
  regInfo: { apiProvPubKey: string; apiProvCert?: string };
};
type Answer = { apiProvFuncs: (Function & { apiProvFuncId: string })[] };

function update(at: Testbed, by: Known | undefined, method: 'PUT' | 'PATCH', apiProvFuncs?: unknown, more = {}) {
  const type = method === 'PUT' ? 'application/json' : 'application/merge-patch+json';
  const regSec = method === 'PUT' ? at.core.registrationSecret : undefined;
  const body = JSON.stringify({ regSec, apiProvFuncs, suppFeat: 'F', ...more });
  return ask(client(at, by?.certificate), { method, path, headers: { 'content-type': type }, body });
}

/** Two AEFs, an APF that has published an API at both, and an AMF. */
async function domain() {
  const at = await testbed({ ids: readableIds() });
  const [one, two, apf, amf] = (await registered(at, 'AEF', 'AEF', 'APF', 'AMF')) as [Known, Known, Known, Known];
  const aefs = [one, two].map(({ id }) => ({ aefId: id, host: '127.0.0.1', port: 9, apiVersion: 'v1', methods: all }));
  const publication = writeServiceApiPublishRequest({ apfId: apf.id, serviceApi: { apiName: 'weather', aefs } });
  expect((await ask(client(at, apf.certificate), publication)).status).toBe(201);
  const functions = ((await update(at, amf, 'PATCH')).body as Answer).apiProvFuncs;
  return { at, one, two, apf, amf, functions };
}
const publications = (at: Testbed, { id, certificate }: Known) =>
  ask(client(at, certificate), { method: 'GET', path: `/published-apis/v1/${id}/service-apis` });

test('a function that is left out ends, and is taken out of what is published', async () => {
  const { at, one, two, apf, amf, functions } = await domain();
  expect(functions.map(({ apiProvFuncId: id }) => id)).toEqual([one.id, two.id, apf.id, amf.id]);
  const [, ...left] = functions;
  const answer = await update(at, amf, 'PUT', left);
  expect([answer.status, answer.body]).toMatchObject([
    200,
    { apiProvDomId: 'provider-1', suppFeat: '1', apiProvFuncs: left },
  ]);
  expect([at.core.methodsOf(one.id), at.core.methodsOf(two.id)]).toEqual([[], all]);
  expect((await publications(at, apf)).body).toMatchObject([{ aefProfiles: [{ aefId: two.id }] }]);

  await update(at, amf, 'PATCH', left.slice(1));
  expect((await publications(at, apf)).body).toEqual([]);
  await update(at, amf, 'PATCH', left.slice(2));
  expect([(await publications(at, apf)).status, at.errors]).toEqual([401, []]);
});

test('a new key brings a new certificate, and the old one counts until the new one is used', async () => {
  const { at, amf, apf, functions } = await domain();
  const { privateKeyPem: key, publicKeyPem } = await generateKeyPair();
  const changed = functions.map((one) =>
    one.apiProvFuncId === apf.id ? { ...one, regInfo: { apiProvPubKey: publicKeyPem } } : one,
  );
  const { body } = await update(at, amf, 'PATCH', changed);
  const again = await update(at, amf, 'PATCH', changed);
  expect(again.body).toEqual(body);
  const cert = (body as Answer).apiProvFuncs[2]!.regInfo.apiProvCert!;
  expect((await publications(at, apf)).status).toBe(200);
  expect((await publications(at, { id: apf.id, certificate: { key, cert } })).body).toHaveLength(1);
  expect((await publications(at, apf)).status).toBe(401);
});

test('a new function is made once, however often it is asked for', async () => {
  const { at, amf, functions } = await domain();
  const added = { apiProvFuncRole: 'APF', regInfo: { apiProvPubKey: (await generateKeyPair()).publicKeyPem } };
  const first = await update(at, amf, 'PUT', [...functions, added]);
  expect((first.body as Answer).apiProvFuncs.map(({ apiProvFuncId: id }) => id)).toContain('apf-2');
  expect((await update(at, amf, 'PUT', [...functions, added])).body).toEqual(first.body);
});

test('an update of a stranger, or one that is wrong, changes nothing', async () => {
  const { at, one, apf, amf, functions } = await domain();
  const [first] = functions;
  const wrong = [[], [{ ...first, apiProvFuncId: 'aef-9' }], [{ ...first, apiProvFuncRole: 'APF' }], [first, first]];
  for (const functions of wrong) expect((await update(at, amf, 'PUT', functions)).status).toBe(400);
  for (const by of [undefined, one, apf]) expect((await update(at, by, 'PUT', [first])).status).toBe(401);
  expect((await update(at, amf, 'PUT', [first], { regSec: 'x' })).status).toBe(401);
  expect((await update(at, amf, 'PATCH')).body).toMatchObject({ apiProvFuncs: functions });
});
