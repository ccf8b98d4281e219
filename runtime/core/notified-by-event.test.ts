/** An application that has subscribed to SERVICE_API_UPDATE tells its invoker what the core has sent (TS 29.222 5.4.2.4, 6.7). */
import { afterEach, expect, test } from 'vitest';
import { notifications, receiver } from '../testing/receiver.ts';
import { ask, client, closeAll, exposing, invoking, saying, testbed } from '../testing/roles.ts';
import { readEventNotification } from '../wire/events/notifications.ts';
import { writeJsonRequest } from '../wire/json-message.ts';

afterEach(closeAll);

test('an invoker that hears of an update by an event asks the core before it is refused', async () => {
  const at = await testbed({ notifications });
  const to = await receiver();
  const [aef, other] = [await exposing(at), await exposing(at, { apiName: 'tides' })];
  const invoker = await invoking(at);
  expect(await saying(invoker, aef)).toBe('PSK');
  const { apiInvokerId, certificate } = await invoker.identity();
  const wanted = {
    events: ['SERVICE_API_UPDATE'],
    notificationDestination: to.uri(),
    supportedFeatures: '4',
    eventFilters: [{ aefIds: [aef.aefId] }],
  };
  const subscribe = writeJsonRequest('POST', `/capif-events/v1/${apiInvokerId}/subscriptions`, wanted);
  expect((await ask(client(at, certificate), subscribe)).status).toBe(201);

  await other.changeMethods(['PKI']);
  await aef.changeMethods(['OAUTH']);
  await expect.poll(() => to.received.length).toBe(1);
  const read = readEventNotification(JSON.stringify(to.bodies()[0]));
  if (read.outcome === 'malformed') throw new Error(read.because);
  invoker.serviceApiUpdated(read.value.detail?.apiIds);
  expect(await saying(invoker, aef)).toBe('OAUTH');
  const heard = at.lines.filter(({ role }) => role === 'apiInvoker').map(({ event }) => event.type);
  expect(heard).toContain('ServiceApiUpdateNotification');
  expect(heard).not.toContain('IncorrectMethodFailure');
  expect(at.errors).toEqual([]);
});
