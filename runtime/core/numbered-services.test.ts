/** Publications whose publisher names and numbers each of its services, so that each keeps its newest methods (TS 29.222 5.3.2.5). */
import { afterEach, expect, test } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { ask, client, closeAll, type Known, registered, type Testbed, testbed } from '../testing/roles.ts';
import { type NamedRevision, type Revisions, writePublicationKey } from '../wire/services/publication-headers.ts';
import {
  writeServiceApiPublishRequest,
  writeServiceApiUpdateRequest,
  writeServiceApiWithdrawal,
} from '../wire/services/publish-api.ts';

afterEach(closeAll);

/** Ports with their methods, and the numbers by the names of the services. */
type Said = [interfaces: [port: number, ...methods: SecurityMethod[]][], revisions?: string];

async function publisher(at: Testbed) {
  const [aef, apf] = (await registered(at, 'AEF', 'APF')) as [Known, Known];
  const over = client(at, apf.certificate);
  const about = { apfId: apf.id };
  const publication = ([interfaces, revisions]: Said) => ({
    serviceApi: {
      apiName: 'sms',
      aefs: interfaces.map(([port, ...methods]) => {
        return { aefId: aef.id, host: '192.0.2.1', port, apiVersion: 'v1', methods };
      }),
    },
    ...(revisions !== undefined && { revisions: numbersIn(revisions) }),
  });
  return {
    aef,
    async post(key: string | undefined, ...said: Said): Promise<string> {
      const request = writeServiceApiPublishRequest({ ...about, ...publication(said), key });
      const answer = await ask(over, request);
      expect(answer.status).toBe(201);
      return (answer.body as { apiId: string }).apiId;
    },
    async put(serviceApiId: string, ...said: Said): Promise<void> {
      const request = writeServiceApiUpdateRequest({ ...about, serviceApiId, ...publication(said) });
      expect((await ask(over, request)).status).toBe(200);
    },
    withdraw: async (serviceApiId: string, revisions: string) =>
      (await ask(over, writeServiceApiWithdrawal({ ...about, serviceApiId, revisions: numbersIn(revisions) }))).status,
    /** What is published, interface by interface. */
    async published(): Promise<string[]> {
      const { body } = await ask(over, { method: 'GET', path: `/published-apis/v1/${apf.id}/service-apis` });
      type Profile = { interfaceDescriptions: { port: number; securityMethods: string[] }[] };
      return (body as { aefProfiles?: Profile[] }[]).flatMap(({ aefProfiles = [] }) =>
        aefProfiles.flatMap(({ interfaceDescriptions }) =>
          interfaceDescriptions.map(({ port, securityMethods }) => `${port} ${securityMethods}`),
        ),
      );
    },
  };
}

function numbersIn(text: string): Revisions {
  return text.split(' ').map((one): NamedRevision => {
    const [service = '', revision] = one.split('=');
    return { service, revision: Number(revision) };
  });
}

/** What the machines of the services have taken, each the last. */
const taken = (at: Testbed) => {
  const events = at.lines.filter(({ role, effects }) => role === 'publishedService' && effects.length === 2);
  const last = new Map(events.map(({ instance, event }) => [instance, event as unknown as Record<string, unknown>]));
  return [...last.values()].map(({ methods, revision }) => `${String(methods)} ${String(revision)}`);
};

test('a late publication changes neither a service that has gone on, nor one that it does not know', async () => {
  const at = await testbed();
  const { post, put, published } = await publisher(at);
  const id = await post('k', [[1, 'PSK']], 'one=1');
  await put(
    id,
    [
      [1, 'PKI'],
      [2, 'PSK'],
    ],
    'one=2 two=1',
  );
  await put(
    id,
    [
      [1, 'PKI'],
      [2, 'OAUTH'],
    ],
    'one=2 two=2',
  );
  expect(await published()).toEqual(['1 PKI', '2 OAUTH']);
  for (const late of [
    [[[1, 'PSK']], 'one=1'],
    [
      [
        [1, 'PKI'],
        [2, 'PSK'],
      ],
      'one=2 two=1',
    ],
    // Of before there were two, with the number that the first one still has.
    [[[1, 'PKI']], 'one=2'],
  ] as Said[]) {
    await put(id, ...late);
    expect([late[1], await published(), taken(at)]).toEqual([late[1], ['1 PKI', '2 OAUTH'], ['PKI 2', 'OAUTH 2']]);
  }
});

test('a service keeps its numbers where it moves, changes places, is taken out and comes back', async () => {
  const at = await testbed();
  const { post, put, published } = await publisher(at);
  const id = await post(
    'k',
    [
      [1, 'PSK'],
      [2, 'PKI'],
    ],
    'one=5 two=1',
  );
  // Two, whose number is lower than that of one, is now where one was.
  await put(
    id,
    [
      [3, 'PSK'],
      [1, 'PKI'],
    ],
    'one=6 two=2',
  );
  expect([await published(), taken(at)]).toEqual([
    ['3 PSK', '1 PKI'],
    ['PSK 6', 'PKI 2'],
  ]);
  await put(id, [[1, 'PKI']], 'two=2 one=7');
  expect([await published(), taken(at)]).toEqual([['1 PKI'], [' 7', 'PKI 2']]);
  // A new one is new, though there is one that has no interface.
  await put(
    id,
    [
      [1, 'PKI'],
      [4, 'OAUTH'],
    ],
    'two=2 three=1',
  );
  expect([await published(), taken(at)]).toEqual([
    ['1 PKI', '4 OAUTH'],
    [' 7', 'PKI 2', 'OAUTH 1'],
  ]);
  await put(
    id,
    [
      [1, 'PKI'],
      [4, 'OAUTH'],
      [3, 'PSK'],
    ],
    'two=2 three=1 one=8',
  );
  expect([await published(), taken(at)]).toEqual([
    ['1 PKI', '4 OAUTH', '3 PSK'],
    ['PSK 8', 'PKI 2', 'OAUTH 1'],
  ]);
});

test('a publisher that begins to name its service goes on with it', async () => {
  const at = await testbed();
  const { post, put, published } = await publisher(at);
  const id = await post(undefined, [[1, 'PSK']]);
  await put(
    id,
    [
      [1, 'PKI'],
      [2, 'OAUTH'],
    ],
    'one=2 two=1',
  );
  await put(
    id,
    [
      [1, 'PSK'],
      [2, 'OAUTH'],
    ],
    'one=1 two=1',
  );
  expect([await published(), taken(at)]).toEqual([
    ['1 PKI', '2 OAUTH'],
    ['PKI 2', 'OAUTH 1'],
  ]);
});

test('a POST with the key of another finds its resource, and one with another key makes a resource of its own', async () => {
  const at = await testbed();
  const { post, put, published, withdraw } = await publisher(at);
  const first = await post('k', [[1, 'PSK']], 'sms=1');
  const second = await post('other', [[2, 'PSK']], 'sms=1');
  expect(second).not.toBe(first);
  // Its answer was lost, and it has moved since.
  expect(await post('k', [[3, 'PSK']], 'sms=2')).toBe(first);
  await put(second, [[2, 'PKI']], 'sms=2');
  expect(await published()).toEqual(['3 PSK', '2 PKI']);
  expect(await withdraw(first, 'sms=9')).toBe(204);
  expect([await published(), taken(at)]).toEqual([['2 PKI'], [' 9', 'PKI 2']]);
});

test('a key that no header should carry is malformed', async () => {
  const at = await testbed();
  const [apf] = (await registered(at, 'APF')) as [Known];
  const headers = { 'content-type': 'application/json', ...writePublicationKey('not a key') };
  const request = { method: 'POST', path: `/published-apis/v1/${apf.id}/service-apis`, body: '{"apiName":"x"}' };
  expect(await ask(client(at, apf.certificate), { ...request, headers })).toMatchObject({
    status: 400,
    body: { invalidParams: [{ param: 'capif-machines-publication' }] },
  });
});
