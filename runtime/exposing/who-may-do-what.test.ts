/** Every operation of an AEF, and an invocation, requested by every kind of peer: only those it is for are served. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import {
  ask,
  client,
  clientOf,
  closeAll,
  exposing,
  hello,
  initiated,
  type Known,
  negotiated,
  onboarded,
  registered,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import { writeAuthenticationInitiationRequest, writeRevokeAuthorizationRequest } from '../wire/aef-security-api.ts';
import type { HttpRequest } from '../wire/http-message.ts';

const callers = [
  ...([
    'nobody',
    'itself',
    'itself by key',
    'another invoker',
    'the core',
    'its own AEF',
    'another AEF',
    'an APF',
  ] as const),
  ...(['an AMF', 'a foreign CA as itself', 'a foreign CA as the core'] as const),
];
type Caller = (typeof callers)[number];

let at: Testbed;
let over: Record<Caller, ReturnType<typeof clientOf>>;
let invoker: Known;
let byKey: Known;
let aefId: string;
let served = 0;

async function issued(
  authority: Awaited<ReturnType<typeof createAuthority>>,
  subject: { role: 'apiInvoker' | 'capifCoreFunction'; id: string },
) {
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const names = { ip: ['127.0.0.1'] };
  const cert = await authority.issue({ subject, publicKey: publicKeyPem, names, usages: ['client'], now: Date.now() });
  return { key: privateKeyPem, cert };
}

beforeAll(async () => {
  const authority = await createAuthority({ name: 'capif-machines', now: Date.now() });
  const foreign = await createAuthority({ name: 'capif-machines', now: Date.now() });
  at = await testbed({ authority });
  const aef = await exposing(at, {
    methods: ['PKI', 'PSK'],
    serve: () => {
      served += 1;
      return { status: 200 };
    },
  });
  ({ aefId } = aef);
  [invoker, byKey] = [await onboarded(at), await onboarded(at)];
  await negotiated(at, invoker, aef, ['PKI']);
  const { key } = await negotiated(at, byKey, aef, ['PSK']);
  for (const one of [invoker, byKey]) await initiated(at, one, aef);
  const [otherAef, apf, amf] = (await registered(at, 'AEF', 'APF', 'AMF')) as [Known, Known, Known];
  const own = aef.identity();
  const by = (certificate: { key: string; cert: string }) => clientOf(aef, at, { by: 'certificate', ...certificate });
  over = {
    nobody: clientOf(aef, at, { by: 'nothing' }),
    itself: by(invoker.certificate),
    'itself by key': clientOf(aef, at, { by: 'PSK', identity: byKey.id, key }),
    'another invoker': by((await onboarded(at)).certificate),
    'the core': by(await issued(authority, { role: 'capifCoreFunction', id: 'ccf' })),
    'its own AEF': by(Object.values(own.functions)[0]!),
    'another AEF': by(otherAef.certificate),
    'an APF': by(apf.certificate),
    'an AMF': by(amf.certificate),
    'a foreign CA as itself': by(await issued(foreign, { role: 'apiInvoker', id: invoker.id })),
    'a foreign CA as the core': by(await issued(foreign, { role: 'capifCoreFunction', id: 'ccf' })),
  };
}, 120_000);
afterAll(closeAll);

const statuses = async (request: HttpRequest) => {
  const all: [Caller, number][] = [];
  for (const caller of callers) all.push([caller, (await ask(over[caller], request)).status]);
  return Object.fromEntries(all);
};
const allBut = (others: number, own: Partial<Record<Caller, number>>) =>
  Object.fromEntries(callers.map((caller) => [caller, own[caller] ?? others]));

test('an invocation is only for invokers that have negotiated, by what they have negotiated (6.5.2)', async () => {
  served = 0;
  const found = await statuses({ method: 'GET', path: hello });
  expect(found).toEqual(allBut(401, { itself: 200, 'itself by key': 200 }));
  expect(served).toBe(2);
});

test('anybody may initiate authentication, and only the invoker itself is told that it is refused (TS 29.222 6.2.2.2)', async () => {
  const initiation = (apiInvokerId: string) =>
    writeAuthenticationInitiationRequest({ apiInvokerId, supportedFeatures: '0' });
  expect(await statuses(initiation(invoker.id))).toEqual(allBut(200, {}));
  expect(await statuses(initiation('made-up'))).toEqual(allBut(200, {}));
});

test('only the core revokes, and only then an invoker is refused (TS 29.222 6.2.2.3)', async () => {
  const discovery = { method: 'GET', path: `/service-apis/v1/allServiceAPIs?api-invoker-id=${invoker.id}` };
  const discovered = await ask(client(at, invoker.certificate), discovery);
  const apiIds = (discovered.body as Record<string, { apiId: string }[]>).serviceAPIDescriptions!.map(
    ({ apiId }) => apiId,
  );
  const revocation = writeRevokeAuthorizationRequest({
    revokeInfo: { apiInvokerId: invoker.id, aefId, apiIds, cause: 'OTHER' },
    supportedFeatures: '0',
  });
  for (const caller of callers.filter((one) => one !== 'the core')) {
    expect([caller, (await ask(over[caller], revocation)).status]).toEqual([caller, 401]);
    expect((await ask(over.itself, { method: 'GET', path: hello })).status).toBe(200);
  }
  expect((await ask(over['the core'], revocation)).status).toBe(200);
  expect((await ask(over.itself, { method: 'GET', path: hello })).status).toBe(403);
  expect(at.errors).toEqual([]);
});
