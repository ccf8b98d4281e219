/** Every invocation that the service does not answer ends with a code and a message. */
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { closeAll, exposing, hello, invoking, quick, saying, type Testbed, testbed } from '../testing/roles.ts';
import { InvocationError, type InvocationErrorCode } from './fetch/invocation-error.ts';
import { createInvoker } from './invoker.ts';

afterEach(closeAll);

async function ending(code: InvocationErrorCode, promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvocationError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(/^\S+ .+ \S+$/) });
}

/** An AEF whose service does not answer before it is told to; `asked` resolves with the first invocation. */
async function hesitating(at: Testbed) {
  let answer = () => {};
  let ask = () => {};
  const answering = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const aef = await exposing(at, {
    methods: ['PKI'],
    async serve() {
      ask();
      await answering;
      return { status: 200, body: 'late' };
    },
  });
  return { aef, asked, answer };
}

test('an invoker asks an unreachable core a bounded number of times (6.1)', async () => {
  const nobody = createServer();
  await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
  const { port } = nobody.address() as { port: number };
  await new Promise((resolve) => nobody.close(resolve));
  const at = await testbed();
  const onboardingToken = await at.core.onboardingToken('test');
  const core = { host: '127.0.0.1', port, ca: at.core.ca };
  const invoker = createInvoker({ ...at.common, core, onboardingToken, attemptsMax: 3, pause: quick });
  await ending('gaveUp', invoker.fetch(hello, { aefId: 'aef-1' }));
  expect(at.lines.filter(({ event }) => event.type === 'tls.failed')).toHaveLength(4);
  await ending(
    'gaveUp',
    Promise.all([invoker.onboard(), invoker.fetch(hello, { aefId: 'aef-1' }), invoker.discover()]),
  );
  invoker.close();
});

test('an invoker without a valid onboarding credential is refused, and so is an unpublished AEF (6.1)', async () => {
  const at = await testbed();
  await ending('refused', (await invoking(at, { onboardingToken: 'x' })).onboard());
  await ending('refused', (await invoking(at)).fetch(hello, { aefId: 'aef-99' }));
});

test('without a common method there is no invocation, and with one there is again (6.3.1)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PSK'] });
  const invoker = await invoking(at, { supported: ['PKI', 'OAUTH'] });
  await ending('noCommonMethod', invoker.fetch(hello, { aefId: aef.aefId }));
  await Promise.all([1, 2].map(() => ending('noCommonMethod', invoker.fetch(hello, { aefId: aef.aefId }))));
  await aef.changeMethods(['PSK', 'OAUTH']);
  expect(await saying(invoker, aef)).toBe('OAUTH');
});

test('an invoker asks an AEF or a core that is gone a bounded number of times (6.7)', async () => {
  const at = await testbed();
  const [one, two] = [await exposing(at), await exposing(at)];
  const invoker = await invoking(at, { attemptsMax: 3 });
  expect([await saying(invoker, one), await saying(invoker, two)]).toEqual(['PSK', 'PSK']);
  await one.close();
  await Promise.all([1, 2, 3].map(() => ending('gaveUp', invoker.fetch(hello, { aefId: one.aefId }))));
  expect(await saying(invoker, two)).toBe('PSK');
  await two.changeMethods(['PKI']);
  await at.core.close();
  await ending('gaveUp', invoker.fetch(hello, { aefId: two.aefId }));
  await ending('gaveUp', invoker.discover());
  await ending('gaveUp', invoker.offboard());
});

test('a signal aborts its invocation before it starts, while it waits, and under way (6.7)', async () => {
  const at = await testbed();
  const { aef, asked, answer } = await hesitating(at);
  const invoker = await invoking(at);
  await expect(invoker.fetch(hello, { aefId: aef.aefId, signal: AbortSignal.abort('early') })).rejects.toBe('early');
  const waiting = new AbortController();
  const underWay = new AbortController();
  const first = expect(invoker.fetch(hello, { aefId: aef.aefId, signal: underWay.signal })).rejects.toBe('under way');
  const second = expect(invoker.fetch(hello, { aefId: aef.aefId, signal: waiting.signal })).rejects.toBe('waiting');
  waiting.abort('waiting');
  await asked;
  underWay.abort('under way');
  await Promise.all([first, second]);
  answer();
  expect(await saying(invoker, aef)).toBe('late');
});

test('a signal that outlives its invocations keeps no listeners (6.7)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PKI'] });
  const invoker = await invoking(at);
  const { signal } = new AbortController();
  const listening = { added: 0, removed: 0 };
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
    listening.added += 1;
    addEventListener.apply(signal, given);
  };
  signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
    listening.removed += 1;
    removeEventListener.apply(signal, given);
  };
  for (const _ of [1, 2, 3]) await invoker.fetch(hello, { aefId: aef.aefId, signal });
  expect(listening.added).toBeGreaterThan(0);
  expect(listening.removed).toBe(listening.added);
});

test('close ends what waits and what is under way, and nothing is invoked after it (6.7)', async () => {
  const at = await testbed();
  const { aef, asked } = await hesitating(at);
  const other = await exposing(at, { methods: ['PSK'] });
  const invoker = await invoking(at, { supported: ['PKI'] });
  await ending('noCommonMethod', invoker.fetch(hello, { aefId: other.aefId }));
  const underWay = ending('closed', invoker.fetch(hello, { aefId: aef.aefId }));
  await asked;
  const third = await exposing(at, { methods: ['PKI'] });
  const beginning = ending('closed', invoker.fetch(hello, { aefId: third.aefId }));
  invoker.close();
  await Promise.all([underWay, beginning]);
  for (const { aefId } of [aef, other, third]) await ending('closed', invoker.fetch(hello, { aefId }));
  await ending('closed', invoker.offboard());
  await ending('closed', invoker.discover());
});

test('close ends an onboarding that is under way (6.1)', async () => {
  const at = await testbed();
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const connected = new Promise((resolve) => silent.once('connection', resolve));
  const invoker = await invoking(at, { core: { host: '127.0.0.1', port, ca: at.core.ca } });
  const all = [invoker.fetch(hello, { aefId: 'aef-1' }), invoker.onboard(), invoker.offboard()];
  const ended = Promise.all(all.map((one) => ending('closed', one)));
  const socket = (await connected) as import('node:net').Socket;
  const hungUp = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
  socket.resume();
  invoker.close();
  await Promise.all([ended, hungUp]);
  await new Promise((resolve) => silent.close(resolve));
});

test('an offboarded invoker makes no invocation, and those under way still end (6.8)', async () => {
  const at = await testbed();
  const { aef, asked } = await hesitating(at);
  const invoker = await invoking(at);
  const underWay = ending('offboarded', invoker.fetch(hello, { aefId: aef.aefId }));
  await asked;
  await Promise.all([invoker.offboard(), invoker.offboard()]);
  await ending('offboarded', invoker.fetch(hello, { aefId: aef.aefId }));
  await ending('offboarded', invoker.fetch(hello, { aefId: 'aef-99' }));
  await ending('offboarded', invoker.offboard());
  await aef.close();
  await underWay;
});
