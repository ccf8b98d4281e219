/** Observers of an application that fail, all of them: no role and no process ends by it. (What nobody catches fails a test run.) */
import { afterEach, expect, test } from 'vitest';
import { errorObserver, observer } from './observers.ts';
import { notifications, receiver } from './testing/receiver.ts';
import { ask, clientOf, closeAll, exposing, hello, invoking, saying, type Testbed, testbed } from './testing/roles.ts';

afterEach(closeAll);

const failing = [
  [
    'throws',
    () => {
      throw new Error('of the application');
    },
  ],
  [
    'rejects',
    async () => {
      throw new Error('of the application');
    },
  ],
] as const;

test.each(failing)('what an observer %s is told to onError, and what that does itself to nobody', async (_, fails) => {
  const errors: unknown[] = [];
  observer(fails, (error) => errors.push(error))();
  observer(fails, errorObserver(fails))();
  await new Promise((resolve) => setImmediate(resolve));
  expect(errors.map(String)).toEqual(['Error: of the application']);
});

/** Everything that the role tells its application fails. */
const observers = (told: Set<string>, fails: () => unknown) => {
  const failingAs = (name: string) => () => {
    told.add(name);
    return fails();
  };
  const names = [
    'record',
    'onError',
    'onNotification',
    'onHandshakeFailure',
    'onLogsWaiting',
    'onMethodsPending',
  ] as const;
  return Object.fromEntries(names.map((name) => [name, failingAs(name)])) as Record<(typeof names)[number], () => void>;
};

test.each(failing)('where everything that is told %s, methods change and invocations are served', async (_, fails) => {
  const told = new Set<string>();
  const all = observers(told, fails);
  const to = await receiver();
  const at: Testbed = await testbed({ ...all, notifications });
  const aef = await exposing(at, { ...all, methods: ['PKI'], logInvocations: true });
  const invoker = await invoking(at, { ...all, notificationDestination: to.uri() });
  for (const event of ['renegotiating', 'method-changed'] as const) invoker.on(event, fails);
  expect(await saying(invoker, aef)).toBe('PKI');
  await aef.changeMethods(['OAUTH']);
  expect(await saying(invoker, aef)).toBe('OAUTH');
  const stranger = clientOf(aef, at, { by: 'PSK', identity: 'nobody', key: Buffer.alloc(32) });
  await expect(ask(stranger, { method: 'GET', path: hello })).rejects.toThrow();
  await expect.poll(() => [...told].sort(), { timeout: 30_000 }).toEqual(Object.keys(all).sort());
});
