/** An invoker that the core notifies over TLS (TS 29.222 5.4.2.4, 5.6.2.5, 7.6): what it subscribes to, takes and does of it. */
import type { RequestListener } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { aefProfile, foreignPeers, json, type Operation } from '../../testing/foreign-peers.ts';
import { notifications } from '../../testing/receiver.ts';
import { closeAll, closeLater, exposing, invoking, saying, type Testbed, testbed } from '../../testing/roles.ts';
import { connecting, serving, closeAll as stopServers } from '../../testing/servers.ts';
import { createInvoker, type InvokerOptions } from '../invoker.ts';

afterEach(async () => {
  await closeAll();
  stopServers();
});

/** A server of an application, whose listener comes later. */
async function application() {
  let listener: RequestListener | undefined;
  let taken = 0;
  const { port } = await serving((request, response) => {
    taken += 1;
    listener?.(request, response);
  });
  closeLater(stopServers);
  return {
    notificationDestination: `https://127.0.0.1:${port}/notifications?of=this`,
    takeBy: ({ takeNotification }: { takeNotification: RequestListener }) => {
      listener = takeNotification;
    },
    taken: () => taken,
    /** The status of the answer to this notification. */
    async notify(body: unknown, method = 'POST') {
      const outcome = await connecting(port).request({
        ...{ method, path: '/notifications' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return outcome.outcome === 'answered' ? outcome.status : outcome.outcome;
    },
  };
}

async function notified(at: Testbed, options: Partial<InvokerOptions> = {}) {
  const { notificationDestination, takeBy, ...more } = await application();
  const invoker = await invoking(at, { notificationDestination, ...options });
  takeBy(invoker);
  return { invoker, ...more };
}

const heardAt = ({ lines }: Testbed) =>
  lines.filter(({ role, event }) => role === 'apiInvoker' && event.type === 'ServiceApiUpdateNotification');
const refusalsAt = ({ lines }: Testbed) => lines.filter(({ event }) => event.type === 'IncorrectMethodFailure');

test('of two AEFs, an invoker asks again about the one whose service API was updated, and is not refused (6.7)', async () => {
  const at = await testbed({ notifications });
  const [one, two] = [await exposing(at), await exposing(at, { apiName: 'greetings' })];
  const { invoker } = await notified(at);
  await saying(invoker, one);
  await saying(invoker, two);

  await two.changeMethods(['OAUTH']);
  await expect.poll(() => heardAt(at).map(({ instance }) => instance.split('/')[1])).toEqual([two.aefId]);
  expect([await saying(invoker, one), await saying(invoker, two)]).toEqual(['PSK', 'OAUTH']);
  expect([refusalsAt(at), at.errors]).toEqual([[], []]);
});

test('our core notifies it of what it invokes alone', async () => {
  const at = await testbed({ notifications });
  const [one, two] = [await exposing(at), await exposing(at, { apiName: 'tides' })];
  const { invoker, taken } = await notified(at);
  await saying(invoker, one);
  await two.changeMethods(['OAUTH']);
  await one.changeMethods(['OAUTH']);
  await expect.poll(() => heardAt(at).length).toBe(1);
  expect(taken()).toBe(1);
  expect([await saying(invoker, one), refusalsAt(at)]).toEqual(['OAUTH', []]);
});

test('an invoker that gives no destination, or is offboarded, is notified of nothing, and one that is closed does nothing', async () => {
  const at = await testbed({ notifications });
  const aef = await exposing(at, { methods: ['PKI'] });
  const silent = await invoking(at);
  const [offboarded, closed] = [await notified(at), await notified(at)];
  for (const invoker of [silent, offboarded.invoker, closed.invoker]) await saying(invoker, aef);
  await offboarded.invoker.offboard();
  closed.invoker.close();

  await aef.changeMethods(['PSK']);
  const update = { subscriptionId: 's1', events: 'SERVICE_API_UPDATE' };
  for (const { notify } of [offboarded, closed]) expect(await notify(update)).toBe(204);
  expect(heardAt(at)).toEqual([]);
});

test('an invoker that is revoked tells its application, once, and nobody hears of the revocation of another (TS 29.222 5.6.2.5)', async () => {
  const at = await testbed({ notifications });
  const aef = await exposing(at);
  const { invoker, notify } = await notified(at);
  const revoked: unknown[] = [];
  invoker.on('revoked', (about) => revoked.push(about));
  await saying(invoker, aef);
  const another = { apiInvokerId: 'another', apiIds: ['api-1'], cause: 'OTHER_REASON' };
  expect(await notify(another)).toBe(204);

  await at.core.revoke(await invoker.onboard(), aef.aefId);
  const about = { aefId: aef.aefId, apiIds: [expect.any(String)], cause: 'UNEXPECTED_REASON' };
  await expect.poll(() => revoked).toEqual([about]);
});

test('whatever is sent to it gets an answer and does no harm', async () => {
  const at = await testbed({ notifications });
  const aef = await exposing(at);
  const { invoker, notify } = await notified(at);
  expect(await saying(invoker, aef)).toBe('PSK');
  const update = { subscriptionId: 'of-an-earlier-run', events: 'SERVICE_API_UPDATE' };
  const answers: [unknown, number, method?: string][] = [
    [{ subscription: 'https://core.example/capif-events/v1/x/subscriptions/y' }, 204],
    [{ result: false, failReason: 'OTHER' }, 204],
    [{ ...update, events: 'API_INVOKER_ONBOARDED' }, 204],
    [{ ...update, eventDetail: { apiIds: ['of-another-api'] } }, 204],
    ['', 400],
    ['{"events":', 400],
    [[], 400],
    ['null', 400],
    [{ events: 'SERVICE_API_UPDATE' }, 400],
    [{ ...update, events: ['SERVICE_API_UPDATE'] }, 400],
    [{ cause: 'OTHER_REASON', apiIds: 'all' }, 400],
    [{ subscription: 'x'.repeat(300_000) }, 413],
    [update, 405, 'PUT'],
  ];
  for (const [body, status, method] of answers) expect([body, await notify(body, method)]).toEqual([body, status]);
  expect(heardAt(at)).toEqual([]);

  expect(await notify({ ...update, eventDetail: { apiIds: 'unreadable' } })).toBe(204);
  expect(await notify({ ...update, events: 'SERVICE_API_UNAVAILABLE' })).toBe(204);
  expect(heardAt(at).length).toBe(2);
  expect(await saying(invoker, aef)).toBe('PSK');
  expect(at.errors).toEqual([]);
});

test('however many notifications come, it asks the core a bounded number of times', async () => {
  const at = await testbed({ notifications });
  const aef = await exposing(at);
  const clock = {
    now: () => started,
    after: (ms: number, call: () => void) => (ms < 10_000 ? systemClock.after(ms, call) : () => {}),
  };
  const started = Date.now();
  const { invoker, notify } = await notified(at, { clock });
  expect(await saying(invoker, aef)).toBe('PSK');
  const update = { subscriptionId: 'forged', events: 'SERVICE_API_UPDATE' };
  for (let n = 0; n < 40; n += 1) expect(await notify(update)).toBe(204);
  expect(heardAt(at).length).toBe(32);
  expect(await saying(invoker, aef)).toBe('PSK');
});

const notificationDestination = 'https://application.example/notifications';
type Peers = Awaited<ReturnType<typeof foreignPeers>>;
const subscribing = ({ asked }: Peers) =>
  asked
    .filter(({ operation }) => operation.endsWith('subscribe'))
    .map(({ method, path }) => `${method} ${path.replace('/capif-events/v1/inv1/subscriptions', '')}`);
/** A core that gives these answers to subscriptions, one after another. */
const answering = (...statuses: number[]) => ({
  answering: ({ operation, nth }: { operation: Operation; nth: number }, response: Parameters<typeof json>[0]) => {
    const status = operation === 'subscribe' && statuses[nth - 1];
    return typeof status === 'number' && json(response, status, {});
  },
});

test('it subscribes once it is onboarded, and ends the subscription before it is offboarded (TS 29.222 5.4.2)', async () => {
  const peers = await foreignPeers({ invoker: { notificationDestination } });
  await Promise.all([peers.invoke(), peers.invoke()]);
  await peers.invoker.offboard();
  const subscribed = peers.asked.find(({ operation }) => operation === 'subscribe')!;
  expect(JSON.parse(subscribed.body)).toEqual({
    events: ['SERVICE_API_UPDATE', 'SERVICE_API_UNAVAILABLE'],
    notificationDestination,
    supportedFeatures: '4',
  });
  expect(subscribing(peers)).toEqual(['POST ', 'PUT /s1', 'DELETE /s1']);
  expect(peers.asked.at(-1)!.operation).toBe('offboard');
});

const filtersOf = ({ asked }: Peers) =>
  asked
    .filter(({ operation }) => operation === 'subscribe')
    .map(({ body }) => (JSON.parse(body) as { eventFilters?: unknown }).eventFilters);
const invoked = async (...[options]: Parameters<typeof foreignPeers>) => {
  const peers = await foreignPeers({ ...options, invoker: { notificationDestination } });
  await peers.invoke();
  await peers.invoke();
  return peers;
};
const api = (apiName: string, apiId?: string) => (port: number) => [
  { apiName, apiId, aefProfiles: [aefProfile(port, 'PKI')] },
];

test('it hears of the service APIs that it invokes, and of no others (8.3.4.2.4)', async () => {
  const both = (port: number) => [...api('greetings', 'a1')(port), ...api('tides', 'a2')(port)];
  const peers = await invoked({ discovered: both });
  await peers.invoke({}, '/tides/v1/now');
  expect(filtersOf(peers)).toEqual([undefined, [{ apiIds: ['a1'] }], [{ apiIds: ['a1', 'a2'] }]]);
  const order = peers.asked.map(({ operation }) => operation);
  expect(order.lastIndexOf('subscribe')).toBeLessThan(order.lastIndexOf('negotiate'));
  expect(filtersOf(await invoked({ discovered: api('greetings') }))).toEqual([undefined, [{ aefIds: ['aef1'] }]]);
});

test('at a core without filters it hears of everything, and without PUT it subscribes anew and ends the former one (8.3.6)', async () => {
  const location = (n: number) => `/capif-events/v1/inv1/subscriptions/s${n}`;
  const without = await invoked({
    answering: ({ operation, body }, response) =>
      operation === 'subscribe' &&
      json(response, 201, { ...JSON.parse(body), supportedFeatures: '0' }, { location: location(1) }),
  });
  expect(filtersOf(without)).toEqual([undefined]);

  const former = await invoked({
    answering: ({ operation, method, body, nth }, response) => {
      if (operation !== 'subscribe') return false;
      if (method === 'PUT') return json(response, 405, {});
      return json(response, 201, JSON.parse(body), { location: location(nth) });
    },
  });
  expect(subscribing(former)).toEqual(['POST ', 'PUT /s1', 'POST ', 'DELETE /s1']);
  expect(filtersOf(former)).toEqual([undefined, [{ apiIds: ['a1'] }], [{ apiIds: ['a1'] }]]);
  expect(await former.invoker.identity()).toMatchObject({ subscriptionId: 's3' });
});

test.each([
  ['goes on with its subscription', 200, ['POST ', 'PUT /s1']],
  ['subscribes anew where the core knows it no more', 404, ['POST ', 'PUT /s1', 'POST ']],
  ['subscribes anew where the core cannot update it', 501, ['POST ', 'PUT /s1', 'POST ']],
] as const)('an invoker that is started again %s', async (_, status, expected) => {
  const peers = await foreignPeers({
    invoker: { notificationDestination },
    answering: ({ method, operation }, response) =>
      operation === 'subscribe' && method === 'PUT' && json(response, status, {}),
  });
  const identity = await peers.invoker.identity();
  expect(identity.subscriptionId).toBe('s1');
  peers.invoker.close();
  const core = { host: '127.0.0.1', port: peers.corePort, ca: peers.authority.certificatePem };
  const again = createInvoker({ core, identity, notificationDestination });
  closeLater(again.close);
  expect(await again.identity()).toEqual(identity);
  expect(subscribing(peers)).toEqual(expected);
});

test('a core without events, or one that cannot answer now, costs a word or a pause, and no invocation', async () => {
  const errors: unknown[] = [];
  const invoker = { notificationDestination, onError: (error: unknown) => errors.push(error) };
  const without = await foreignPeers({ invoker, ...answering(404, 404) });
  expect(await (await without.invoke()).text()).toBe('served');
  expect(subscribing(without)).toEqual(['POST ']);
  expect(errors).toMatchObject([
    { message: 'the core does not notify the invoker of updates: the answer has status 404, not 201' },
  ]);

  const busy = await foreignPeers({ invoker, ...answering(503, 500) });
  expect(await (await busy.invoke()).text()).toBe('served');
  await expect.poll(() => subscribing(busy)).toEqual(['POST ', 'POST ', 'POST ', 'PUT /s1']);
  expect(await busy.invoker.identity()).toMatchObject({ subscriptionId: 's1' });
  expect(errors.length).toBe(1);
});
