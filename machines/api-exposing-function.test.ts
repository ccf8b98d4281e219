import { expect, test } from 'vitest';
import type { EventFrom } from 'xstate';
import { apiExposingFunction } from './api-exposing-function.ts';
import { begin, step } from './steps/step.ts';
import { type Amendment, asWritten, type SecurityMethod } from './vocabulary.ts';

type Event = EventFrom<typeof apiExposingFunction>;

/** An exposing function of TLS-PSK after these events, and what it asked for in answer to the last. */
const under =
  (amendments: readonly Amendment[]) =>
  (...events: Event[]) =>
    events.reduce(
      (taken, event) => step(apiExposingFunction, taken.snapshot, event),
      begin(apiExposingFunction, { amendments, methods: ['PSK'] }),
    );
const after = under(asWritten);
const amended = under(['accept-both-until-published']);

const changed = (...methods: SecurityMethod[]): Event => ({ type: 'securityMethods.changed', methods });
const published = (revision: number): Event => ({ type: 'SecurityMethodsPublished', revision });
const invocation = (method: SecurityMethod, credential = 7) =>
  ({ type: 'ServiceApiInvocation', method, credential }) as const;

const toPublishing = (revision: number, ...methods: SecurityMethod[]) => ({
  type: 'tell',
  to: 'apiPublishingFunction',
  event: { type: 'SecurityMethodsChanged', methods, revision },
});
const passedOn = (method: SecurityMethod) => ({ type: 'tell', to: 'invokerAdmission', event: invocation(method) });
const failure = (type: string, credential = 7) => ({ type: 'send', to: 'apiInvoker', message: { type, credential } });
const incorrect = failure('IncorrectMethodFailure');

/** What becomes of an invocation with each method: the methods that are passed on to admission. */
const acceptedBy = (exposing: typeof after, ...events: Event[]) =>
  (['PSK', 'PKI', 'OAUTH'] as const).filter((method) => {
    const { effects } = exposing(...events, invocation(method));
    const isAccepted = effects.some(({ type }) => type === 'tell');
    expect(effects).toEqual([isAccepted ? passedOn(method) : incorrect]);
    return isAccepted;
  });

test('an exposing function begins by announcing its methods (6.7)', () => {
  expect(after().effects).toEqual([toPublishing(1, 'PSK')]);
  expect(after(published(1))).toMatchObject({ snapshot: { value: 'settled' }, effects: [{ type: 'reportSettled' }] });
});

test('an invocation with an accepted method is passed on to admission, as it came (6.5.2)', () => {
  expect(after(published(1), invocation('PSK')).effects).toEqual([passedOn('PSK')]);
});

test('an invocation with another method is told that its method is incorrect (6.7)', () => {
  expect(after(published(1), invocation('OAUTH')).effects).toEqual([incorrect]);
});

test('the exposing function tells a change to the publishing function only (6.7)', () => {
  for (const exposing of [after, amended]) {
    const { snapshot, effects } = exposing(published(1), changed('PKI', 'OAUTH'));

    expect(snapshot.value).toBe('announcing');
    expect(effects.filter(({ type }) => type === 'tell')).toEqual([toPublishing(2, 'PKI', 'OAUTH')]);
  }
});

test('as written, the old method is incorrect at once, whatever the core knows (6.7)', () => {
  expect(acceptedBy(after, published(1), changed('PKI'))).toEqual(['PKI']);
  expect(acceptedBy(after, published(1), changed('PKI'), published(2))).toEqual(['PKI']);
});

test('under accept-both-until-published, old and new are accepted until the core has the update (6.7)', () => {
  expect(acceptedBy(amended, published(1), changed('PKI'))).toEqual(['PSK', 'PKI']);
  expect(acceptedBy(amended, published(1), changed('PKI'), published(2))).toEqual(['PKI']);
});

test('the operator hears which withdrawn methods are still accepted (6.7)', () => {
  const reports = (stillAccepted: string[]) => ({ type: 'reportWithdrawn', stillAccepted });
  expect(amended(published(1), changed('PKI')).effects).toContainEqual(reports(['PSK']));
  expect(amended(published(1), changed('PKI'), changed('OAUTH')).effects).toContainEqual(reports(['PSK', 'PKI']));
});

test('the operator may end the old methods at once, whatever the core knows (6.7)', () => {
  const withdrawn = { type: 'oldMethods.withdrawn' } as const;
  const { snapshot, effects } = amended(published(1), changed('PKI'), changed('OAUTH'), withdrawn);
  expect(snapshot).toMatchObject({ value: 'announcing', context: { accepted: ['OAUTH'], methods: ['OAUTH'] } });
  expect(effects).toEqual([{ type: 'reportWithdrawn', stillAccepted: [] }]);
  expect(amended(published(1), withdrawn)).toMatchObject({
    snapshot: { value: 'settled', context: { accepted: ['PSK'] } },
  });
  expect(acceptedBy(after, published(1), changed('PKI'), withdrawn)).toEqual(['PKI']);
});

test('while changes A, B, C overlap, all are accepted until C is published, then only C (6.7)', () => {
  const overlapping = [published(1), changed('PKI'), changed('OAUTH')] as const;

  expect(acceptedBy(after, ...overlapping)).toEqual(['OAUTH']);
  expect(acceptedBy(amended, ...overlapping)).toEqual(['PSK', 'PKI', 'OAUTH']);
  expect(acceptedBy(amended, ...overlapping, published(2))).toEqual(['PSK', 'PKI', 'OAUTH']);
  expect(acceptedBy(amended, ...overlapping, published(2), published(3))).toEqual(['OAUTH']);
});

test('after changes A, B, A only A is accepted, and the first publication of A does not count for the second (6.7)', () => {
  const back = [changed('PKI'), changed('PSK')] as const;

  expect(acceptedBy(amended, ...back, published(1))).toEqual(['PSK', 'PKI']);
  expect(acceptedBy(amended, ...back, published(3))).toEqual(['PSK']);
});

test('a publication of an earlier change settles nothing (6.7)', () => {
  for (const exposing of [after, amended]) {
    const { snapshot, effects } = exposing(changed('PKI'), changed('OAUTH'), published(2));

    expect(snapshot.value).toBe('announcing');
    expect(effects).toEqual([]);
  }
});

test('a publication that is acknowledged twice, or late, changes nothing (6.7)', () => {
  for (const again of [published(2), published(1)]) {
    expect(after(changed('PKI'), published(2), again)).toMatchObject({
      snapshot: { value: 'settled', context: { accepted: ['PKI'], revision: 2 } },
      effects: [],
    });
  }
});

test('a change to the present methods is announced like any other (6.7)', () => {
  expect(after(published(1), changed('PSK')).effects).toEqual([toPublishing(2, 'PSK')]);
});

test('adding a method breaks no invoker (6.7)', () => {
  for (const exposing of [after, amended]) expect(acceptedBy(exposing, changed('PSK', 'PKI'))).toEqual(['PSK', 'PKI']);
});

test('an invocation without credential or right is refused, whatever its method (6.5.2)', () => {
  expect(after({ type: 'invocation.unauthenticated', credential: 0 }).effects).toEqual([
    failure('NotAuthenticatedFailure', 0),
  ]);
  expect(after({ type: 'invocation.unauthorized', credential: 7 }).effects).toEqual([failure('NotAuthorizedFailure')]);
});
