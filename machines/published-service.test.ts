import { expect, test } from 'vitest';
import type { EventFrom } from 'xstate';
import { publishedService } from './published-service.ts';
import { begin, expects, step } from './steps/step.ts';
import { type Amendment, asWritten, type SecurityMethod } from './vocabulary.ts';

type Event = EventFrom<typeof publishedService>;

/** The registry entry after these publications, and what the core asked for in answer to the last. */
const under =
  (amendments: readonly Amendment[]) =>
  (...events: Event[]) =>
    events.reduce(
      (taken, event) => step(publishedService, taken.snapshot, event),
      begin(publishedService, { amendments, service: 3 }),
    );
const after = under(asWritten);
const amended = under(['newest-revision-wins']);

const publish = (revision: number, ...methods: SecurityMethod[]): Event => ({
  type: 'ServiceApiPublishRequest',
  methods,
  revision,
});
const update = (revision: number, ...methods: SecurityMethod[]): Event => ({
  type: 'ServiceApiUpdateRequest',
  methods,
  revision,
});
const toContexts = (...methods: SecurityMethod[]) => ({
  type: 'tell',
  to: 'capifCoreFunction',
  event: { type: 'securityMethods.published', service: 3, methods },
});
const acknowledgement = (revision: number) => ({
  type: 'send',
  to: 'apiPublishingFunction',
  message: { type: 'ServiceApiUpdateResponse', revision },
});

test('nothing is offered before it is published (TS 29.222 5.3.2.2)', () => {
  expect(after().snapshot).toMatchObject({ value: 'unpublished', context: { methods: [], revision: 0 } });
});

test('every context knows of a publication before it is acknowledged (TS 29.222 5.3.2.5)', () => {
  expect(after(publish(1, 'PSK')).effects).toEqual([toContexts('PSK'), acknowledgement(1)]);
  expect(after(publish(1, 'PSK'), update(2, 'PKI', 'OAUTH')).effects).toEqual([
    toContexts('PKI', 'OAUTH'),
    acknowledgement(2),
  ]);
});

test('an update replaces the methods, it does not add to them (TS 29.222 5.3.2.5)', () => {
  expect(after(publish(1, 'PSK'), update(2, 'PKI')).snapshot.context).toMatchObject({ methods: ['PKI'], revision: 2 });
});

test('a request that is repeated is acknowledged again (TS 29.222 5.3.2.5)', () => {
  for (const registry of [after, amended]) {
    const { snapshot, effects } = registry(publish(1, 'PSK'), publish(1, 'PSK'));

    expect(snapshot.context).toMatchObject({ methods: ['PSK'], revision: 1 });
    expect(effects).toEqual([toContexts('PSK'), acknowledgement(1)]);
  }
});

test('an update of what was never published is a publication (TS 29.222 5.3.2.5)', () => {
  for (const registry of [after, amended]) {
    expect(registry(update(2, 'PKI')).snapshot).toMatchObject({ value: 'published', context: { methods: ['PKI'] } });
  }
});

test('as written, a late update puts the old methods back (TS 29.222 5.3.2.5)', () => {
  const { snapshot, effects } = after(publish(1, 'PSK'), update(3, 'OAUTH'), update(2, 'PKI'));

  expect(snapshot.context).toMatchObject({ methods: ['PKI'], revision: 2 });
  expect(effects).toEqual([toContexts('PKI'), acknowledgement(2)]);
});

test('under newest-revision-wins, a late update is acknowledged and not registered (TS 29.222 5.3.2.5)', () => {
  for (const late of [update(2, 'PKI'), publish(2, 'PKI')]) {
    const { snapshot, effects } = amended(publish(1, 'PSK'), update(3, 'OAUTH'), late);

    expect(snapshot.context).toMatchObject({ methods: ['OAUTH'], revision: 3 });
    expect(effects).toEqual([acknowledgement(2)]);
  }
});

test('a publication is expected at any time (TS 29.222 5.3.2.5)', () => {
  for (const { snapshot } of [after(), after(publish(1, 'PSK'))]) {
    expect(expects(publishedService, snapshot, publish(2, 'PKI'))).toBe(true);
    expect(expects(publishedService, snapshot, update(2, 'PKI'))).toBe(true);
  }
});
