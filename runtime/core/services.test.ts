/** Several service APIs and interfaces of one AEF, each with methods of its own (TS 29.222 8.5.4.2.3, R21, R22). */
import { afterEach, expect, test } from 'vitest';
import { deriveAefPsk, serviceApiInterface } from '../credentials/aef-psk.ts';
import { host, negotiate, provider, told } from '../testing/published-services.ts';
import { all, ask, client, closeAll, type Known, notificationDestination, registered } from '../testing/roles.ts';
import { type Subject, writeSecurityMethodRequest } from '../wire/security-api.ts';
import { writeServiceApiPublishRequest } from '../wire/services/publish-api.ts';

afterEach(closeAll);

test('two service APIs of one AEF have their own methods, and an entry of the AEF needs one that fits both', async () => {
  const { at, aef, publish, by } = await provider();
  const aefId = aef.id;
  const weather = await publish('weather', { 9: ['PSK', 'PKI'] });
  const traffic = await publish('traffic', { 9: ['OAUTH', 'PKI'] });
  const subjects = [{ aefId, apiId: weather }, { aefId, apiId: traffic }, { aefId }];
  const { status, selected, securityInfo, supportedFeatures } = await negotiate(at, by, subjects);
  expect([status, selected, supportedFeatures]).toEqual([201, ['PSK', 'PKI', 'PKI'], '5']);
  expect(securityInfo).toMatchObject(subjects);
  expect(securityInfo[2]).not.toHaveProperty('apiId');

  await publish('traffic', { 9: ['OAUTH'] }, traffic);
  expect((await negotiate(at, by, subjects, 'update')).selected).toEqual(['PSK', 'OAUTH', undefined]);
  expect(at.core.methodsOf(aefId)).toEqual([]);
  const names = at.lines.filter(({ role }) => role === 'publishedService').map(({ instance }) => instance);
  expect(new Set(names)).toEqual(new Set([aefId, `${aefId}/2`]));
});

test('the interfaces of one service API have their own methods, and an entry names one by its address', async () => {
  const { at, aef, publish, by } = await provider();
  const aefId = aef.id;
  const apiId = await publish('weather', { 8: ['PSK'], 9: ['PKI'] });
  const others = await publish('traffic', { 8: ['PSK', 'OAUTH'] });
  const [first, second] = [8, 9].map((port) => ({ interfaceDetails: { host, port } }));
  const { selected, securityInfo } = await negotiate(at, by, [
    first!,
    second!,
    { ...first, apiId: others },
    { aefId, apiId },
  ]);
  expect(selected).toEqual(['PSK', 'PKI', 'PSK', undefined]);
  expect(securityInfo).toMatchObject([
    { interfaceDetails: { ipv4Addr: host, port: 8 } },
    { interfaceDetails: { ipv4Addr: host, port: 9 } },
    { interfaceDetails: { ipv4Addr: host, port: 8 }, apiId: others },
    { aefId, apiId },
  ]);
});

test('an entry that names nothing, or what another names, changes nothing, and the answer says which', async () => {
  const { at, aef, publish, by } = await provider();
  const aefId = aef.id;
  const apiId = await publish('weather', { 9: all });
  const wrong: [Subject[], string][] = [
    [[{ aefId }, { aefId: 'aef-99' }], '/securityInfo/1/aefId'],
    [[{ aefId, apiId: 'api-99' }], '/securityInfo/0/apiId'],
    [[{ interfaceDetails: { host, port: 1 } }], '/securityInfo/0/interfaceDetails'],
    [[{ aefId, apiId }, { aefId }, { aefId, apiId }], '/securityInfo/2'],
  ];
  for (const [subjects, param] of wrong) {
    const { status, body } = await negotiate(at, by, subjects);
    expect([status, body]).toMatchObject([400, { invalidParams: [{ param }] }]);
  }
  expect((await negotiate(at, by, [{ aefId }], 'update')).status).toBe(404);
});

test('an interface that several AEFs have published names none of them, until one has left it', async () => {
  const { at, aef, publish, by } = await provider();
  const apiId = await publish('weather', { 9: ['PKI'] });
  const [other, apf] = (await registered(at, 'AEF', 'APF')) as [Known, Known];
  const listed = [{ aefId: other.id, host, port: 9, apiVersion: 'v1', methods: ['PSK'] as const }];
  const publication = { apfId: apf.id, serviceApi: { apiName: 'other', aefs: listed } };
  await ask(client(at, apf.certificate), writeServiceApiPublishRequest(publication));
  const interfaceDetails = { host: '127.0.0.1', port: 9 };
  const { status, body } = await negotiate(at, by, [{ interfaceDetails }]);
  expect([status, body]).toMatchObject([400, { invalidParams: [{ param: '/securityInfo/0/interfaceDetails' }] }]);
  expect((await negotiate(at, by, [{ interfaceDetails, apiId }])).selected).toEqual(['PKI']);
  expect((await negotiate(at, by, [{ interfaceDetails, aefId: aef.id }])).selected).toEqual(['PKI']);
  await publish('weather', {}, apiId);
  expect((await negotiate(at, by, [{ interfaceDetails }])).selected).toEqual(['PSK']);
});

test('each entry has a key for its own interface, and the AEF is told of all that concern it (A.1)', async () => {
  const { at, aef, publish, by } = await provider();
  const aefId = aef.id;
  const weather = await publish('weather', { 8: ['PSK'] });
  const traffic = await publish('traffic', { 9: ['PSK'] });
  const over = client(at, by.certificate);
  const entries = [{ aefId, apiId: traffic }, { aefId, apiId: weather }, { aefId }].map((one) => ({
    ...one,
    supported: all,
    preferred: ['FUTURE', 'PSK'],
  }));
  const outcome = await over.request(
    writeSecurityMethodRequest({ apiInvokerId: by.id, entries, notificationDestination }),
  );
  if (outcome.outcome !== 'answered') throw new Error(outcome.because);
  const keyAt = (port: number) => deriveAefPsk(outcome.socket, serviceApiInterface({ host, port })).key;
  const about = { selSecurityMethod: 'PSK', prefSecurityMethods: ['FUTURE', 'PSK'], credential: 1 };
  expect((await told(at, aef, by)).entries).toMatchObject([
    { aefId, apiId: traffic, ...about, aefPsk: keyAt(9).toString('base64url'), apiNames: ['traffic'] },
    { aefId, apiId: weather, ...about, aefPsk: keyAt(8).toString('base64url'), apiNames: ['weather'] },
    // Of several interfaces, P0 is the one that a discovery lists first.
    { aefId, ...about, aefPsk: keyAt(8).toString('base64url'), apiNames: ['weather', 'traffic'] },
  ]);
});

test('a service that is taken out of a publication is negotiated no more, and again once it is back', async () => {
  const { at, aef, publish, by } = await provider();
  const aefId = aef.id;
  const apiId = await publish('weather', { 8: ['PKI'], 9: ['OAUTH'] });
  const second = { interfaceDetails: { host, port: 9 } };
  expect((await negotiate(at, by, [second])).selected).toEqual(['OAUTH']);
  await publish('weather', { 8: ['PKI'] }, apiId);
  expect((await negotiate(at, by, [second, { aefId, apiId }])).selected).toEqual([undefined, 'PKI']);
  await publish('weather', {}, apiId);
  const none = await negotiate(at, by, [second, { aefId, apiId }], 'update');
  expect([none.status, none.selected, at.core.methodsOf(aefId)]).toEqual([200, [undefined, undefined], []]);
  await publish('weather', { 9: ['OAUTH'] }, apiId);
  expect((await negotiate(at, by, [second, { aefId, apiId }], 'update')).selected).toEqual(['OAUTH', 'OAUTH']);
});

test('an interface that moves is the same service, at its new address', async () => {
  const { at, aef, publish, by } = await provider();
  const aefId = aef.id;
  const apiId = await publish('weather', { 8: ['PKI'] });
  await negotiate(at, by, [{ aefId, apiId }, { interfaceDetails: { host, port: 8 } }]);
  await publish('weather', { 9: ['PKI'] }, apiId);
  expect((await told(at, aef, by)).entries).toHaveLength(2);
  const moved = [{ aefId, apiId }, { interfaceDetails: { host, port: 9 } }];
  expect((await negotiate(at, by, moved)).selected).toEqual(['PKI', 'PKI']);
  expect((await negotiate(at, by, [{ interfaceDetails: { host, port: 8 } }], 'update')).status).toBe(400);
});

test('an AEF is given the keys and rights that it asks for, and no others (TS 29.222 8.5.2.3.3.1)', async () => {
  const { at, aef, publish, by } = await provider();
  await publish('weather', { 9: ['PSK'] });
  await negotiate(at, by, [{ aefId: aef.id }]);
  const path = `/capif-security/v1/trustedInvokers/${by.id}`;
  const given = async (query: string) => {
    const { body } = await ask(client(at, aef.certificate), { method: 'GET', path: path + query });
    const { securityInfo, ...others } = body as { securityInfo: object[] };
    expect(others).toEqual({ notificationDestination });
    return Object.keys(securityInfo[0]!).filter((name) => name.endsWith('Info'));
  };
  expect(await given('')).toEqual([]);
  expect(await given('?authenticationInfo=true')).toEqual(['authenticationInfo']);
  expect(await given('?authorizationInfo=true&authenticationInfo=false')).toEqual(['authorizationInfo']);
});

test('of several entries about one service, the AEF is told first of what was negotiated last', async () => {
  const { at, aef, publish, by } = await provider();
  const apiId = await publish('weather', { 9: ['PSK'] });
  const [broad, narrow] = [
    { aefId: aef.id, apiId },
    { interfaceDetails: { host, port: 9 }, apiId },
  ];
  const first = async () => Object.keys((await told(at, aef, by)).entries[0]!).includes('aefId');
  await negotiate(at, by, [broad]);
  await negotiate(at, by, [narrow]);
  expect(await first()).toBe(false);
  await negotiate(at, by, [broad], 'update');
  expect(await first()).toBe(true);
});
