/** Event subscriptions as JSON (TS 29.222 8.3.4.2.2, 8.3.4.2.6). */
import { expect, test } from 'vitest';
import { invalidParamsOf, withstands } from '../../testing/wire-values.ts';
import { readEventSubscription, readPatchedEventSubscription } from './event-subscription-api.ts';

const whole = {
  events: ['SERVICE_API_UPDATE', 'OF_A_LATER_RELEASE'],
  eventFilters: [{ apiIds: ['api-1'], aefIds: ['aef-1'] }, { apiInvokerIds: ['invoker-1'] }],
  eventReq: { notifMethod: 'ONE_TIME', maxReportNbr: 3, monDur: '2030-01-01T00:00:00+01:00' },
  notificationDestination: 'https://subscriber.example/events',
  requestTestNotification: true,
  supportedFeatures: '4',
} as const;

test('a subscription is read as it was written, without what is not kept here', () => {
  const more = {
    ...whole,
    eventReq: { ...whole.eventReq, sampRatio: 10 },
    websockNotifConfig: { requestWebsocketUri: true },
  };
  expect(readEventSubscription(JSON.stringify(more))).toEqual({ outcome: 'read', value: whole });
  const { events, notificationDestination } = whole;
  const least = { events, notificationDestination, eventReq: { notifMethod: 'OF_A_LATER_RELEASE' } };
  expect(readEventSubscription(JSON.stringify(least))).toEqual({ outcome: 'read', value: { ...least, eventReq: {} } });
});

test('a subscription says how it is reported, and when, without contradiction (TS 29.523 5.6.3.2)', () => {
  const read = (eventReq: object) => readEventSubscription(JSON.stringify({ ...whole, eventReq }));
  const periodic = { immRep: true, notifMethod: 'PERIODIC', repPeriod: 60, maxReportNbr: 2 };
  for (const eventReq of [periodic, { notifMethod: 'ON_EVENT_DETECTION' }])
    expect(read(eventReq)).toEqual({ outcome: 'read', value: { ...whole, eventReq } });
  const wrong: [object, string][] = [
    [{ notifMethod: 'PERIODIC' }, 'is needed where notifMethod is PERIODIC'],
    [{ repPeriod: 60 }, 'is for the notifMethod PERIODIC alone'],
    [{ notifMethod: 'ONE_TIME', repPeriod: 60 }, 'is for the notifMethod PERIODIC alone'],
  ];
  for (const [eventReq, reason] of wrong)
    expect(invalidParamsOf(read(eventReq))).toEqual([{ param: '/eventReq/repPeriod', reason }]);
  for (const repPeriod of [0, 1.5, '60', 1e9])
    expect(invalidParamsOf(read({ ...periodic, repPeriod }))).toMatchObject([{ param: '/eventReq/repPeriod' }]);
  expect(invalidParamsOf(read({ immRep: 'yes', notifMethod: 1 }))).toMatchObject([
    { param: '/eventReq/immRep' },
    { param: '/eventReq/notifMethod' },
  ]);
});

test('a patch changes the members that it may, and takes out those that are null (RFC 7396)', () => {
  const patch = { eventFilters: null, eventReq: { maxReportNbr: null }, supportedFeatures: '0', events: ['X'] };
  const { eventFilters: _, ...others } = whole;
  const { maxReportNbr: __, ...eventReq } = whole.eventReq;
  expect(readPatchedEventSubscription(JSON.stringify(patch), whole)).toEqual({
    outcome: 'read',
    value: { ...others, events: ['X'], eventReq },
  });
});

test('what is malformed is named', () => {
  const wrong = {
    events: [],
    eventFilters: [{ apiIds: [] }],
    eventReq: { maxReportNbr: 0, monDur: 'tomorrow' },
    notificationDestination: 'mqtt://subscriber.example',
  };
  expect(invalidParamsOf(readEventSubscription(JSON.stringify(wrong)))).toMatchObject([
    { param: '/events' },
    { param: '/eventFilters/0/apiIds' },
    { param: '/eventReq/maxReportNbr' },
    { param: '/eventReq/monDur', reason: 'must be a date and time of RFC 3339' },
    { param: '/notificationDestination' },
  ]);
  expect(invalidParamsOf(readPatchedEventSubscription('{"events":null}', whole))).toMatchObject([{ param: '/events' }]);
});

test('no subscription makes a reader throw', () => {
  withstands(readEventSubscription, JSON.stringify(whole));
  withstands((body) => readPatchedEventSubscription(body, whole), JSON.stringify(whole));
});
