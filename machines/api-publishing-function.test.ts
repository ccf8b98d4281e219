import { expect, test } from 'vitest';
import type { EventFrom } from 'xstate';
import { apiPublishingFunction } from './api-publishing-function.ts';
import { begin, step } from './steps/step.ts';
import { type Amendment, asWritten, type SecurityMethod } from './vocabulary.ts';

type Event = EventFrom<typeof apiPublishingFunction>;

/** The publishing function after these events, and what it asked for in answer to the last. */
const under =
  (amendments: readonly Amendment[]) =>
  (...events: Event[]) =>
    events.reduce(
      (taken, event) => step(apiPublishingFunction, taken.snapshot, event),
      begin(apiPublishingFunction, { amendments }),
    );
const after = under(asWritten);
const amended = under(['publish-until-acknowledged']);

const changed = (revision: number, ...methods: SecurityMethod[]): Event => ({
  type: 'SecurityMethodsChanged',
  methods,
  revision,
});
const acknowledged = (revision: number): Event => ({ type: 'ServiceApiUpdateResponse', revision });
const failed = (revision: number): Event => ({ type: 'publication.failed', revision });
const expired = { type: 'timer.expired', timer: 'pause' } as const;

const pauses = (attempt: number) => ({ type: 'startTimer', timer: 'pause', attempt });
const toCore = (type: string, revision: number, ...methods: SecurityMethod[]) => ({
  type: 'send',
  to: 'capifCoreFunction',
  message: { type, methods, revision },
});
const published = (revision: number) => ({
  type: 'tell',
  to: 'apiExposingFunction',
  event: { type: 'SecurityMethodsPublished', revision },
});

test('the first methods are published, later ones are an update (TS 29.222 5.3.2.2)', () => {
  const first = [changed(1, 'PSK'), acknowledged(1)] as const;

  expect(after(changed(1, 'PSK')).effects).toEqual([toCore('ServiceApiPublishRequest', 1, 'PSK')]);
  expect(after(...first, changed(2, 'PKI')).effects).toEqual([toCore('ServiceApiUpdateRequest', 2, 'PKI')]);
});

test('the publishing function tells the exposing function what the core has acknowledged (6.7)', () => {
  const { snapshot, effects } = after(changed(1, 'PSK'), acknowledged(1));

  expect(snapshot.value).toBe('published');
  expect(effects).toEqual([published(1)]);
});

test('an answer that arrives twice is passed on once (TS 29.222 5.3.2.5)', () => {
  const { snapshot, effects } = after(changed(1, 'PSK'), acknowledged(1), acknowledged(1));

  expect(snapshot.value).toBe('published');
  expect(effects).toEqual([]);
});

test('a change is published at once, whether or not the one before has been answered (6.7)', () => {
  expect(after(changed(1, 'PSK'), changed(2, 'PKI')).effects).toEqual([toCore('ServiceApiPublishRequest', 2, 'PKI')]);
});

test('a late answer to an earlier revision does not count for a later one (TS 29.222 5.3.2.5)', () => {
  const { snapshot, effects } = after(changed(1, 'PSK'), changed(2, 'PKI'), acknowledged(1));

  expect(snapshot.value).toBe('publishing');
  expect(effects).toEqual([]);
  expect(after(changed(1, 'PSK'), changed(2, 'PKI'), acknowledged(1), acknowledged(2)).effects).toEqual([published(2)]);
});

test('after a late answer the resource is known, and the next change is an update (TS 29.222 5.3.2.5)', () => {
  expect(after(changed(1, 'PSK'), changed(2, 'PKI'), acknowledged(1), changed(3, 'OAUTH')).effects).toEqual([
    toCore('ServiceApiUpdateRequest', 3, 'OAUTH'),
  ]);
});

test('a failure of an earlier revision no longer matters (TS 29.222 5.3.2.5)', () => {
  for (const publishing of [after, amended]) {
    const { snapshot, effects } = publishing(changed(1, 'PSK'), changed(2, 'PKI'), failed(1));

    expect(snapshot.value).toBe('publishing');
    expect(effects).toEqual([]);
  }
});

test('as written, a publication that failed is not repeated, and the core keeps what it had (6.7)', () => {
  const { snapshot, effects } = after(changed(1, 'PSK'), failed(1));

  expect(snapshot.value).toBe('unpublished');
  expect(effects).toEqual([]);
  expect(after(changed(1, 'PSK'), failed(1), changed(2, 'PKI')).snapshot.value).toBe('publishing');
});

test('under publish-until-acknowledged, a publication is repeated after a pause, again and again (6.7)', () => {
  const repeated = [failed(1), expired] as const;

  expect(amended(changed(1, 'PSK'), failed(1)).effects).toEqual([pauses(0)]);
  expect(amended(changed(1, 'PSK'), ...repeated, failed(1)).effects).toEqual([pauses(1)]);
  expect(amended(changed(1, 'PSK'), ...repeated, changed(2, 'PKI'), failed(2)).effects).toEqual([pauses(0)]);
  for (const times of [repeated, [...repeated, ...repeated], [...repeated, ...repeated, ...repeated]]) {
    expect(amended(changed(1, 'PSK'), ...times).effects).toEqual([
      { type: 'stopTimer', timer: 'pause' },
      toCore('ServiceApiPublishRequest', 1, 'PSK'),
    ]);
  }
  expect(amended(changed(1, 'PSK'), ...repeated, ...repeated, acknowledged(1)).effects).toEqual([published(1)]);
});

test('a change during the pause is published without waiting for its end (6.7)', () => {
  expect(amended(changed(1, 'PSK'), failed(1), changed(2, 'PKI')).effects).toEqual([
    { type: 'stopTimer', timer: 'pause' },
    toCore('ServiceApiPublishRequest', 2, 'PKI'),
  ]);
});

test('an answer that comes during the pause makes the repetition an update (TS 29.222 5.3.2.5)', () => {
  expect(amended(changed(1, 'PSK'), failed(1), acknowledged(1), expired).effects).toContainEqual(
    toCore('ServiceApiUpdateRequest', 1, 'PSK'),
  );
});
