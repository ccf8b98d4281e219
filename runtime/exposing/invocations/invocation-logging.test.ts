/** How an AEF posts its invocation logs: in batches, again and again where that may help, within bounds (TS 29.222 5.8.2.2). */
import { expect, test } from 'vitest';
import { type Store, StoreError } from '../../store/store.ts';
import { recordedStore } from '../../testing/kept-records.ts';
import type { ExchangeOutcome } from '../../transport/connector.ts';
import type { CallHead } from '../../transport/http-service.ts';
import type { HttpRequest } from '../../wire/http-message.ts';
import type { InvocationLog } from '../../wire/invocations/invocation-log.ts';
import { InvocationLogging } from './invocation-logging.ts';

type Answer = number | 'unreachable' | 'silent';

/** A clock whose timers end when they are told to, and a core that answers with what is next in the list, then 201. */
const logging = (...answers: Answer[]) => loggingWith(recordedStore(), ...answers);

function loggingWith({ store, records }: ReturnType<typeof recordedStore>, ...answers: Answer[]) {
  const posted: InvocationLog[] = [];
  const errors: string[] = [];
  let timers: { ms: number; call(): void }[] = [];
  let apiId: string | undefined = 'api-1';
  const clock = {
    now: () => Date.parse('2026-11-27T12:00:00Z'),
    after(ms: number, call: () => void) {
      const timer = { ms, call };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
  };
  function post({ body }: HttpRequest): Promise<ExchangeOutcome> {
    const next = answers.shift() ?? 201;
    posted.push(JSON.parse(body!) as InvocationLog);
    if (next === 'silent') return new Promise(() => {});
    const outcome =
      next === 'unreachable'
        ? { outcome: next, because: 'closed' }
        : { outcome: 'answered', status: next, headers: {} };
    return Promise.resolve(outcome as unknown as ExchangeOutcome);
  }
  const waiting: number[] = [];
  const logs = new InvocationLogging({
    ...{ apiName: 'greetings', own: () => ({ aefId: 'aef-1', apiId, host: 'aef.example', port: 443 }) },
    ...{
      post,
      store,
      clock,
      pause: { firstMs: 50, longestMs: 5_000, random: () => 0 },
      onError: (error) => errors.push(String(error)),
    },
    onLogsWaiting: (bytes) => waiting.push(bytes),
  });
  const invoked = (apiInvokerId: string, url = '/greetings/v1/hello/you?secret=1', status = 200) => {
    const socket = { remoteAddress: '::ffff:192.0.2.1', remotePort: 4711 };
    return logs.begin({ method: 'GET', url, socket } as unknown as CallHead, apiInvokerId)(status);
  };
  /** All timers end, and what they begin goes on as far as it can. */
  async function elapse(): Promise<number[]> {
    const ended = timers.splice(0);
    for (const { call } of ended) call();
    await new Promise((resolve) => setImmediate(resolve));
    return ended.map(({ ms }) => ms);
  }
  const kept = () => records('waiting-invocation-logs').length;
  return { logs, waiting, posted, errors, invoked, elapse, kept, nameApi: (id: string | undefined) => (apiId = id) };
}
const sizes = (posted: readonly InvocationLog[]) => posted.map(({ apiInvokerId, logs }) => [apiInvokerId, logs.length]);

test('what was invoked within a second is one batch for each invoker; the query is left out', async () => {
  const { posted, waiting, invoked, elapse } = logging();
  for (const one of ['x', 'y', 'x']) invoked(one);
  const [one = 0] = waiting;
  expect(waiting).toEqual([one, 2 * one, 3 * one]);
  expect(await elapse()).toEqual([1_000]);
  expect(waiting.slice(3)).toEqual([one, 0]);
  expect(sizes(posted)).toEqual([
    ['x', 2],
    ['y', 1],
  ]);
  expect(posted[1]).toEqual({
    aefId: 'aef-1',
    apiInvokerId: 'y',
    logs: [
      {
        apiId: 'api-1',
        apiName: 'greetings',
        apiVersion: 'v1',
        resourceName: 'hello/you',
        protocol: 'HTTP_1_1',
        operation: 'GET',
        result: '200',
        invocationTime: '2026-11-27T12:00:00.000Z',
        invocationLatency: 0,
        srcInterface: { ipv4Addr: '192.0.2.1', port: 4711 },
        destInterface: { fqdn: 'aef.example', port: 443 },
      },
    ],
  });
  expect(await elapse()).toEqual([]);
  invoked('x');
  expect(await elapse()).toEqual([1_000]);
  expect(posted.length).toBe(3);
});

test('a batch fits into a body of 64 KiB, and others have their turn before the rest', async () => {
  const { posted, invoked, elapse } = logging();
  for (let n = 0; n < 300; n += 1) invoked('x', `/greetings/v1/${'r'.repeat(500)}`);
  invoked('y');
  await elapse();
  expect(posted.map(({ apiInvokerId }) => apiInvokerId).slice(0, 3)).toEqual(['x', 'y', 'x']);
  expect(posted.flatMap(({ logs }) => logs).length).toBe(301);
  for (const batch of posted) expect(JSON.stringify(batch).length).toBeLessThan(48 * 1024);
});

test.each<Answer>(['unreachable', 503, 429, 500])(
  'where the core is %s, the same logs are posted again, ever later',
  async (answer) => {
    const { posted, errors, invoked, elapse } = logging(answer, answer, answer);
    invoked('x');
    expect(await elapse()).toEqual([1_000]);
    invoked('x');
    expect([await elapse(), await elapse(), await elapse(), await elapse()]).toEqual([[50], [100], [200], []]);
    expect(sizes(posted)).toEqual([
      ['x', 1],
      ['x', 2],
      ['x', 2],
      ['x', 2],
    ]);
    expect(errors.length).toBe(1);
  },
);

test.each([400, 401, 404, 405, 413, 501])(
  'what a core refuses with %i is not posted again, and said once',
  async (status) => {
    const { posted, errors, invoked, elapse } = logging(status, status);
    for (const one of ['x', 'y']) invoked(one);
    expect([await elapse(), await elapse()]).toEqual([[1_000], []]);
    expect([sizes(posted).length, errors]).toEqual([
      2,
      [`Error: invocation logs are not kept by the core: it answers ${status}`],
    ]);
  },
);

test('logs wait until the core has given the API an id', async () => {
  const { posted, invoked, elapse, nameApi } = logging();
  nameApi(undefined);
  invoked('x');
  await elapse();
  expect(posted).toEqual([]);
  nameApi('api-2');
  expect(await elapse()).toEqual([50]);
  expect(posted[0]?.logs[0]?.apiId).toBe('api-2');
});

test('what waits is bounded; the rest is lost, which is said', async () => {
  const { posted, errors, invoked, elapse, kept } = logging('unreachable');
  const count = 20_000;
  for (let n = 0; n < count; n += 1) invoked(`invoker-${n % 7}`, `/greetings/v1/${'r'.repeat(256)}`);
  expect(errors).toEqual(['Error: invocation logs are lost: there is no more room for them']);
  expect(kept()).toBeLessThan(count);
  const lost = count - kept();
  await elapse();
  await elapse();
  expect(errors.slice(1)).toEqual([
    'Error: invocation logs are not kept by the core: unreachable: closed',
    `Error: there is room for invocation logs again; ${lost} were lost`,
  ]);
  expect(kept()).toBe(0);
  const postedBytes = posted.slice(1).reduce((bytes, { logs }) => bytes + JSON.stringify(logs).length, 0);
  expect(postedBytes).toBeLessThan(4.2 * 1024 * 1024);
  expect(postedBytes).toBeGreaterThan(3.8 * 1024 * 1024);
});

test('at the end what waits is posted once more, for as long as there is time', async () => {
  const { logs, posted, invoked } = logging();
  invoked('x');
  await logs.close(1_000);
  expect(sizes(posted)).toEqual([['x', 1]]);
  invoked('x');
  await logs.close(1_000);
  expect(posted.length).toBe(1);

  const slow = logging('silent');
  slow.invoked('x');
  const closed = slow.logs.close(700);
  expect(await slow.elapse()).toEqual([700]);
  await closed;
  const atOnce = logging();
  atOnce.invoked('x');
  await atOnce.logs.close(0);
  expect([atOnce.posted, await atOnce.elapse()]).toEqual([[], []]);
});

test('what waited at an AEF that was killed is posted by the next one, in its order, and nothing that the core has', async () => {
  const disk = recordedStore();
  const before = loggingWith(disk, 201, 'silent');
  for (const one of ['x', 'y', 'y', 'z']) before.invoked(one);
  await before.elapse();
  before.invoked('x', '/greetings/v1/late');
  expect([sizes(before.posted), before.kept()]).toEqual([
    [
      ['x', 1],
      ['y', 2],
    ],
    4,
  ]);

  const after = loggingWith(disk);
  expect(after.waiting).toEqual([before.waiting.at(-1)]);
  for (const one of ['z', 'z']) after.invoked(one);
  expect(after.kept()).toBe(6);
  expect(await after.elapse()).toEqual([1_000]);
  // The batch that was under way may have been taken.
  expect(sizes(after.posted)).toEqual([
    ['y', 2],
    ['z', 3],
    ['x', 1],
  ]);
  expect(after.posted[2]!.logs[0]).toMatchObject({ apiId: 'api-1', resourceName: 'late' });
  expect(after.kept()).toBe(0);
});

test('an invocation is answered once its log is durable, and also if it cannot be made so, which is said', async () => {
  const disk = recordedStore();
  const commits: { resolve(): void; reject(error: Error): void }[] = [];
  const committed = () => new Promise<void>((resolve, reject) => commits.push({ resolve, reject }));
  const store: Store = { ...disk.store, committed };
  const { invoked, errors } = loggingWith({ ...disk, store });
  const answered: number[] = [];
  const answers = [1, 2, 3].map((n) => invoked('x').then(() => answered.push(n)));
  commits[0]!.resolve();
  await answers[0];
  expect(answered).toEqual([1]);
  for (const { reject } of commits.slice(1)) reject(new StoreError('the disk is full'));
  await Promise.all(answers);
  expect(errors).toEqual(['Error: invocation logs that wait would not outlive the AEF: the disk is full']);
});
