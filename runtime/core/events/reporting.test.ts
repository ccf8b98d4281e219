/** How a subscription wants to be told: at once of what there is, at intervals, so often, and until when (TS 29.523 5.6.3.2). */
import { expect, test } from 'vitest';
import type { Clock } from '../../clock.ts';
import type { Store } from '../../store/store.ts';
import { recordedStore } from '../../testing/kept-records.ts';
import type { EventSubscription, Reporting } from '../../wire/events/event-subscription-api.ts';
import type { EventDetail } from '../../wire/events/notifications.ts';
import { readableIds } from '../parties/ids.ts';
import type { ProviderFunction } from '../parties/provider-domains.ts';
import { Events } from './events.ts';
import type { Notifications } from './notifications.ts';
import { PeriodicReports } from './periodic-reports.ts';
import { Subscriptions } from './subscriptions.ts';

/** Time passes when a test says so. */
function manualClock() {
  let now = Date.parse('2026-11-27T12:00:00Z');
  const timers = new Set<{ at: number; call(): void }>();
  const clock: Clock = {
    now: () => now,
    after(ms, call) {
      const timer = { at: now + ms, call };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  function pass(ms: number): void {
    const end = now + ms;
    for (;;) {
      const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      timers.delete(next);
      now = next.at;
      next.call();
    }
    now = end;
  }
  return { clock, pass, timers };
}

/** A commit after every change. */
const whole = (store: Store): Store => ({
  ...store,
  collection<T>(name: string) {
    const { kept, put } = store.collection<T>(name);
    return {
      kept,
      put(id: string, value: () => T | undefined) {
        const now = structuredClone(value());
        put(id, () => now);
      },
    };
  },
});

type Told = { event: string; detail: EventDetail | undefined; destination: string };

/** What tells subscribers at a core: `told` since it was asked last. Another one with its disk and clock goes on. */
function telling({
  disk = recordedStore(),
  time = manualClock(),
  published = ['a', 'b'],
  onboarded = ['x', 'y'],
} = {}) {
  const all: Told[] = [];
  const notifications = {
    add({
      destination,
      body,
    }: {
      destination: string;
      body: { events: string; eventDetail: EventDetail | undefined };
    }) {
      all.push({ event: body.events, detail: body.eventDetail, destination });
    },
  } as unknown as Notifications;
  const { clock } = time;
  const store = whole(disk.store);
  const periodic = new PeriodicReports({
    ...{ clock, store },
    onEnded: (id, { destination, reports }) => events.report(id, destination, reports),
  });
  const subscriptions = new Subscriptions({
    ...{ ids: readableIds(), clock, store, isKnown: () => true },
    onEnded: (id) => periodic.drop(id),
  });
  const domainOf = (id: string) => (/^(aef|amf)/.test(id) ? ({ domainId: 'domain' } as ProviderFunction) : undefined);
  const events: Events = new Events({
    ...{ subscriptions, notifications, periodic },
    providers: { function: domainOf },
    published: () => published.map((apiId) => described(apiId)),
    onboarded: () => onboarded,
  });
  periodic.start();
  const wantedBy = (eventReq: Reporting, more: Partial<EventSubscription> = {}): EventSubscription => ({
    events: ['SERVICE_API_AVAILABLE', 'SERVICE_API_UPDATE', 'API_INVOKER_ONBOARDED'],
    ...{ notificationDestination: 'https://one.example/', supportedFeatures: '4', eventReq, ...more },
  });
  function subscribe(eventReq: Reporting, more: Partial<EventSubscription> = {}, subscriberId = 'amf-1'): string {
    const wanted = wantedBy(eventReq, more);
    const id = subscriptions.create(subscriberId, wanted)!;
    events.present(id, subscriberId, wanted);
    return id;
  }
  const update = (apiId: string, description = '') =>
    events.serviceApi('SERVICE_API_UPDATE', described(apiId, description));
  const told = () => all.splice(0).map(({ event, detail = {} }) => [event, detail.apiIds ?? detail.apiInvokerIds]);
  return { ...time, time, disk, all, told, events, periodic, subscriptions, subscribe, update, wantedBy };
}
const described = (apiId: string, description = '') => ({
  apiId,
  description,
  aefProfiles: [{ aefId: `aef-${apiId}` }],
});
const periodic = (more: Reporting = {}): Reporting => ({ notifMethod: 'PERIODIC', repPeriod: 60, ...more });

test('what happened in a period is one report at its end, each thing as it is then, and a period without events has none', () => {
  const { all, told, pass, events, subscribe, update } = telling();
  subscribe(periodic());
  pass(30_000);
  for (const [apiId, description] of [
    ['a', '1'],
    ['b', ''],
    ['a', '2'],
  ] as const)
    update(apiId, description);
  events.apiInvoker('API_INVOKER_ONBOARDED', 'x');
  pass(29_999);
  expect(told()).toEqual([]);
  pass(1);
  expect(all[0]!.detail!.serviceAPIDescriptions).toEqual([described('a', '2'), described('b')]);
  expect(told()).toEqual([
    ['SERVICE_API_UPDATE', ['a', 'b']],
    ['API_INVOKER_ONBOARDED', ['x']],
  ]);
  pass(90_000);
  expect(told()).toEqual([]);
  update('a');
  // Periods begin with the subscription, not with what happens.
  pass(29_999);
  expect(told()).toEqual([]);
  pass(1);
  expect(told()).toEqual([['SERVICE_API_UPDATE', ['a']]]);
});

test('periods are counted as reports, and the last one ends the subscription', () => {
  const { told, pass, subscribe, update, subscriptions } = telling();
  const id = subscribe(periodic({ maxReportNbr: 2 }));
  for (const apiId of ['a', 'b', 'c']) {
    update(apiId);
    update(apiId);
    pass(60_000);
  }
  expect(told()).toEqual([
    ['SERVICE_API_UPDATE', ['a']],
    ['SERVICE_API_UPDATE', ['b']],
  ]);
  expect(subscriptions.find('amf-1', id)).toBeUndefined();
});

test('at the end of the subscription what is left is reported, and nothing after it', () => {
  const { told, pass, clock, subscribe, update } = telling();
  subscribe(periodic({ monDur: new Date(clock.now() + 90_000).toISOString() }));
  pass(70_000);
  update('a');
  pass(20_000);
  expect(told()).toEqual([['SERVICE_API_UPDATE', ['a']]]);
  update('b');
  pass(600_000);
  expect(told()).toEqual([]);
});

test('a core that was away when a period ended reports it once, when it is there again', () => {
  const before = telling();
  before.subscribe(periodic({ maxReportNbr: 1 }));
  before.update('a');
  before.periodic.close();
  before.pass(80_000);
  expect(before.told()).toEqual([]);

  const after = telling({ disk: before.disk, time: before.time });
  after.update('b');
  after.pass(0);
  expect(after.told()).toEqual([['SERVICE_API_UPDATE', ['a', 'b']]]);
  expect(after.disk.records('periodic-reports')).toEqual([]);
  const again = telling({ disk: before.disk, time: before.time });
  again.update('c');
  again.pass(600_000);
  expect(again.told()).toEqual([]);
});

test('what is replaced is reported before, and what has ended is not', () => {
  const { all, pass, periodic: reports, subscribe, update, subscriptions } = telling();
  const replaced = subscribe(periodic());
  const ended = subscribe(periodic(), { notificationDestination: 'https://two.example/' });
  update('a');
  reports.end(replaced);
  subscriptions.end(ended);
  pass(60_000);
  expect(all.map(({ event, destination }) => [event, destination])).toEqual([
    ['SERVICE_API_UPDATE', 'https://one.example/'],
  ]);
});

test('a report is not larger than a receiver must take, and too much of it ends a period early', () => {
  const { all, pass, subscribe, update, timers } = telling();
  subscribe(periodic());
  for (let n = 0; n < 3; n += 1) update(`api-${n}`, 'd'.repeat(20_000));
  pass(60_000);
  expect(all.splice(0).map(({ detail }) => detail!.apiIds)).toEqual([['api-0', 'api-1'], ['api-2']]);
  for (let n = 0; n < 17; n += 1) update(`api-${n}`, 'd'.repeat(48_000));
  expect([all.length, timers.size]).toEqual([17, 0]);
});

test('the first report is of what there is: what the filters mean, and the subscriber may know', () => {
  const { told, subscribe, update } = telling();
  subscribe({ immRep: true });
  expect(told()).toEqual([
    ['SERVICE_API_AVAILABLE', ['a', 'b']],
    ['API_INVOKER_ONBOARDED', ['x', 'y']],
  ]);
  subscribe({ immRep: true }, { eventFilters: [{ apiIds: ['b'] }, { apiInvokerIds: ['y'] }] });
  expect(told()).toEqual([
    ['SERVICE_API_AVAILABLE', ['b']],
    ['API_INVOKER_ONBOARDED', ['y']],
  ]);
  subscribe({ immRep: true, maxReportNbr: 2 }, { supportedFeatures: '0' }, 'x');
  expect(told()).toEqual([
    ['SERVICE_API_AVAILABLE', undefined],
    ['API_INVOKER_ONBOARDED', undefined],
  ]);
  update('a');
  update('a');
  // Two for the first; of the third, what there is was one report.
  expect(told().length).toBe(3);
});

test('one report may be that of what there is; where there is nothing, it is the first event', () => {
  const { told, subscribe, update } = telling({ onboarded: [] });
  subscribe({ immRep: true, notifMethod: 'ONE_TIME' });
  update('a');
  expect(told()).toEqual([['SERVICE_API_AVAILABLE', ['a', 'b']]]);
  subscribe({ immRep: true, notifMethod: 'ONE_TIME' }, { events: ['SERVICE_API_UPDATE', 'API_INVOKER_ONBOARDED'] });
  update('a');
  update('b');
  expect(told()).toEqual([['SERVICE_API_UPDATE', ['a']]]);
});

test('the policies of one service API are told together, those of two are not, and each invoker has its latest', () => {
  const { all, pass, events, subscribe } = telling();
  subscribe(periodic(), { events: ['ACCESS_CONTROL_POLICY_UPDATE'] });
  const set = (apiId: string, apiInvokerId: string, allowedTotalInvocations: number) =>
    events.accessControlPolicyChanged({ apiId, aefId: 'aef-1', apiInvokerId }, { allowedTotalInvocations });
  set('a', 'x', 1);
  set('a', 'y', 2);
  set('b', 'x', 3);
  set('a', 'x', 4);
  pass(60_000);
  expect(all.map(({ detail }) => detail!.accCtrlPolList)).toEqual([
    {
      apiId: 'a',
      apiInvokerPolicies: [
        { apiInvokerId: 'x', allowedTotalInvocations: 4 },
        { apiInvokerId: 'y', allowedTotalInvocations: 2 },
      ],
    },
    { apiId: 'b', apiInvokerPolicies: [{ apiInvokerId: 'x', allowedTotalInvocations: 3 }] },
  ]);
});
