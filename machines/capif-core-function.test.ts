import { expect, test } from 'vitest';
import type { EventFrom } from 'xstate';
import { capifCoreFunction } from './capif-core-function.ts';
import { begin, step } from './steps/step.ts';
import { type Amendment, asWritten, type Named, type SecurityMethod } from './vocabulary.ts';

type Event = EventFrom<typeof capifCoreFunction>;

/** The core towards an AEF of these methods, after these events, and what it asked for in answer to the last. */
const offering =
  (offered: readonly SecurityMethod[], amendments: readonly Amendment[] = asWritten) =>
  (...events: Event[]) =>
    events.reduce(
      (taken, event) => step(capifCoreFunction, taken.snapshot, event),
      begin(capifCoreFunction, { amendments, service: 1, offers: [{ service: 1, methods: offered }] }),
    );
const after = offering(['PSK', 'PKI', 'OAUTH']);
const amended = offering(['PSK', 'PKI', 'OAUTH'], ['revoke-at-offboarding']);

const about =
  (type: 'SecurityMethodRequest' | 'SecurityMethodUpdateRequest', names: Named) =>
  (...supported: SecurityMethod[]): Event => ({ type, supported, names });
const request = about('SecurityMethodRequest', 'serviceApi');
const update = about('SecurityMethodUpdateRequest', 'serviceApi');
const requestAboutAef = about('SecurityMethodRequest', 'exposingFunction');
const publishedBy =
  (service: number) =>
  (...methods: SecurityMethod[]): Event => ({ type: 'securityMethods.published', service, methods });
const published = publishedBy(1);
const publishedByAnother = publishedBy(2);
const tokenRequest = { type: 'AccessTokenRequest' } as const;
const informationRequest = { type: 'SecurityInformationRequest' } as const;
const revocation = { type: 'authorization.revoked' } as const;
const offboarded = { type: 'invoker.offboarded' } as const;
const acknowledged = { type: 'RevokeAuthorizationResponse' } as const;
const failed = { type: 'exchange.failed' } as const;
const expired = { type: 'timer.expired', timer: 'pause' } as const;

const toInvoker = (message: { type: string; selected?: SecurityMethod; credential?: number }) => ({
  type: 'send',
  to: 'apiInvoker',
  message,
});
const toExposing = (message: {
  type: string;
  credential?: number;
  selected?: SecurityMethod;
  hasAefPsk?: boolean;
}) => ({
  type: 'send',
  to: 'apiExposingFunction',
  message,
});
const response = (selected: SecurityMethod, credential: number) =>
  toInvoker({ type: 'SecurityMethodResponse', selected, credential });
const information = (credential: number, selected: SecurityMethod = 'PSK') =>
  toExposing({ type: 'SecurityInformationResponse', credential, selected, hasAefPsk: selected === 'PSK' });
const derives = (credential: number) => ({ type: 'deriveAefPsk', credential });
const noCommonMethod = toInvoker({ type: 'NoCommonMethod' });
const refused = toInvoker({ type: 'SecurityMethodRefused' });
const noInformation = toExposing({ type: 'SecurityInformationNotFound' });
const revokes = toExposing({ type: 'RevokeAuthorizationRequest' });
const forgets = { type: 'forgetCredential' };
const startsPause = (attempt = 0) => ({ type: 'startTimer', timer: 'pause', attempt });
const stopsPause = { type: 'stopTimer', timer: 'pause' };

test('the method is the first of the list of the invoker that the AEF offers (6.3.1)', () => {
  expect(after(request('PKI', 'PSK')).effects).toEqual([response('PKI', 1)]);
  expect(after(request('OAUTH', 'PKI')).effects).toEqual([response('OAUTH', 1)]);
  expect(offering(['PKI', 'PSK'])(request('OAUTH', 'PSK', 'PKI')).effects).toEqual([derives(1), response('PSK', 1)]);
});

test('for TLS-PSK the core derives its AEFPSK before it answers, for the others it derives nothing (A.1)', () => {
  expect(after(request('PSK')).effects).toEqual([derives(1), response('PSK', 1)]);
  expect(after(request('PKI')).effects).toEqual([response('PKI', 1)]);
});

test('an update is answered by the same rule as a first request, with a new credential (6.7)', () => {
  for (const again of [request, update]) {
    expect(after(request('PKI'), again('OAUTH', 'PKI')).effects).toEqual([response('OAUTH', 2)]);
    expect(after(request('PKI'), again('PSK', 'PKI')).effects).toEqual([derives(2), response('PSK', 2)]);
    expect(after(request('PKI'), again('PKI')).effects).toEqual([response('PKI', 2)]);
  }
});

test('an update without a context is refused, and makes none (6.3.1)', () => {
  const { snapshot, effects } = after(update('PSK'));

  expect(snapshot.value).toBe('withoutContext');
  expect(effects).toEqual([toInvoker({ type: 'SecurityContextNotFound' })]);
});

test('without a common method the invoker is told so, and the old selection is gone (6.3.1)', () => {
  const core = offering(['PSK']);
  for (const events of [[update('PKI')], [request('PKI')], [published('PKI'), update('PSK')]]) {
    expect(core(request('PSK'), ...events)).toMatchObject({
      snapshot: { value: 'withoutMethod', context: { selected: undefined } },
      effects: [noCommonMethod],
    });
  }
  expect(core(request('PKI')).effects).toEqual([noCommonMethod]);
  expect(core(request('PKI'), informationRequest).effects).toEqual([noInformation]);
});

test('a method that is offered later is found by the next request (6.7)', () => {
  const core = offering(['PSK']);
  for (const again of [request, update]) {
    expect(core(request('PKI'), published('PKI')).effects).toEqual([]);
    expect(core(request('PKI'), published('PKI'), again('PKI')).effects).toEqual([response('PKI', 1)]);
  }
});

test('a publication does not change a selection, the next request does (6.7)', () => {
  const outdated = [request('PKI', 'PSK'), published('PSK', 'OAUTH')] as const;

  expect(after(...outdated)).toMatchObject({
    snapshot: { value: 'outdated', context: { selected: 'PKI' } },
    effects: [],
  });
  for (const again of [request, update]) {
    expect(after(...outdated, again('PKI', 'PSK'))).toMatchObject({
      snapshot: { value: 'negotiated', context: { selected: 'PSK' } },
      effects: [derives(2), response('PSK', 2)],
    });
    expect(after(...outdated, again('PKI')).effects).toEqual([noCommonMethod]);
  }
});

test('a publication that keeps the selected method, or brings it back, leaves it negotiated (6.7)', () => {
  const { snapshot, effects } = after(request('PKI'), published('OAUTH', 'PKI'));
  expect(snapshot.value).toBe('negotiated');
  expect(effects).toEqual([]);

  const gone = [request('PKI'), published('OAUTH'), published('PSK')] as const;
  expect(after(...gone).snapshot.value).toBe('outdated');
  expect(after(...gone, published('PKI')).snapshot).toMatchObject({ value: 'negotiated', context: { credential: 1 } });
});

test('an entry that names a service API is not touched by the methods of another one (R22)', () => {
  const other = publishedByAnother('PKI');

  expect(after(other, request('OAUTH', 'PKI')).effects).toEqual([response('OAUTH', 1)]);
  expect(after(request('OAUTH', 'PKI'), other).snapshot.value).toBe('negotiated');
  expect(after(request('OAUTH', 'PKI'), other, update('OAUTH', 'PKI')).effects).toEqual([response('OAUTH', 2)]);
});

test('an entry that names the AEF alone gets a method that fits all its services, or none (R21, R22)', () => {
  const [some, none] = [publishedByAnother('PKI'), publishedByAnother()];

  expect(after(some, requestAboutAef('OAUTH', 'PKI')).effects).toEqual([response('PKI', 1)]);
  expect(offering(['OAUTH'])(some, requestAboutAef('OAUTH', 'PKI')).effects).toEqual([noCommonMethod]);
  expect(after(requestAboutAef('OAUTH', 'PKI'), some).snapshot.value).toBe('outdated');
  expect(after(requestAboutAef('OAUTH', 'PKI'), some, none).snapshot.value).toBe('negotiated');
});

test('a service that is no longer published offers nothing, and an AEF without services neither (TS 29.222 5.3.2.3)', () => {
  expect(after(published(), request('OAUTH')).effects).toEqual([noCommonMethod]);
  expect(after(published(), requestAboutAef('OAUTH')).effects).toEqual([noCommonMethod]);
  expect(after(request('OAUTH'), published()).snapshot.value).toBe('outdated');
});

test('a token is given for the method OAUTH while it is the selected one, and for no other (C.3)', () => {
  const given = toInvoker({ type: 'AccessTokenResponse' });
  const refused = toInvoker({ type: 'AccessTokenRefused' });

  expect(after(request('OAUTH'), tokenRequest).effects).toEqual([given]);
  expect(after(request('OAUTH'), tokenRequest, tokenRequest).effects).toEqual([given]);
  expect(after(tokenRequest).effects).toEqual([refused]);
  expect(after(request('PKI'), tokenRequest).effects).toEqual([refused]);
  expect(after(request('OAUTH'), published('PKI'), tokenRequest).effects).toEqual([refused]);
  expect(after(request('OAUTH'), revocation, tokenRequest).effects).toEqual([refused]);
  expect(after(request('OAUTH'), offboarded, tokenRequest).effects).toEqual([refused]);
});

test('the exposing function gets the keys and rights of the last selection, outdated or not (TS 29.222 5.6.2.4)', () => {
  expect(after(informationRequest).effects).toEqual([noInformation]);
  expect(after(request('PSK'), informationRequest).effects).toEqual([information(1)]);
  expect(after(request('PSK'), update('PSK'), informationRequest).effects).toEqual([information(2)]);
  expect(after(request('PSK'), published('PKI'), informationRequest).effects).toEqual([information(1)]);
  expect(after(request('OAUTH'), informationRequest).effects).toEqual([information(1, 'OAUTH')]);
  expect(after(request('PSK'), revocation, informationRequest).effects).toEqual([noInformation]);
});

test('the core repeats a revocation until the exposing function acknowledges it (TS 29.222 5.6.2.5)', () => {
  const twice = [failed, expired, failed, expired] as const;

  expect(after(request('PSK'), revocation).effects).toEqual([forgets, revokes]);
  expect(after(request('PSK'), revocation, failed).effects).toEqual([startsPause()]);
  expect(after(request('PSK'), revocation, failed, expired, failed).effects).toEqual([startsPause(1)]);
  expect(after(request('PSK'), revocation, failed, expired).effects).toEqual([stopsPause, revokes]);
  expect(after(request('PSK'), revocation, ...twice).effects).toEqual([stopsPause, revokes]);
  expect(after(request('PSK'), revocation, ...twice, acknowledged)).toMatchObject({
    snapshot: { value: { revoked: 'informed' }, context: { selected: undefined } },
    effects: [],
  });
});

test('a revocation of an AEF that is gone is not repeated, and an acknowledgement still counts (TS 29.222 5.6.2.5)', () => {
  const gone = { type: 'exposingFunction.gone' } as const;
  const abandoned = { snapshot: { value: { revoked: 'abandoned' } } };
  expect(after(request('PSK'), revocation, failed, gone)).toMatchObject({ ...abandoned, effects: [stopsPause] });
  expect(after(request('PSK'), revocation, gone)).toMatchObject({ ...abandoned, effects: [] });
  expect(after(request('PSK'), revocation, gone, failed)).toMatchObject({ ...abandoned, effects: [] });
  expect(after(request('PSK'), revocation, gone, acknowledged).snapshot.value).toEqual({ revoked: 'informed' });
  expect(after(request('PSK'), gone)).toMatchObject({ snapshot: { value: 'negotiated' }, effects: [] });
  expect(after(request('PSK'), revocation, gone, informationRequest).effects).toEqual([noInformation]);
});

test('no request brings a revoked context back, however far the revocation has come (TS 29.222 5.6.2.5)', () => {
  for (const course of [[], [failed], [failed, expired], [acknowledged]]) {
    const revoked = [request('PSK'), revocation, ...course] as const;
    for (const again of [request('PSK'), update('PSK')]) {
      expect(after(...revoked, again).effects).toEqual([refused]);
      expect(after(...revoked, again).snapshot.value).toEqual(after(...revoked).snapshot.value);
    }
    for (const silent of [revocation, offboarded, published('PSK')]) {
      expect(after(...revoked, silent).effects).toEqual([]);
      expect(after(...revoked, silent).snapshot.value).toEqual(after(...revoked).snapshot.value);
    }
  }
});

test('as written, the core forgets an offboarded invoker and tells the exposing function nothing (6.8)', () => {
  const { snapshot, effects } = after(request('PSK'), offboarded);

  expect(snapshot).toMatchObject({ value: 'offboarded', context: { selected: undefined } });
  expect(effects).toEqual([forgets]);
  for (const again of [request('PSK'), update('PSK')]) {
    expect(after(request('PSK'), offboarded, again).effects).toEqual([refused]);
  }
  expect(after(request('PSK'), offboarded, informationRequest).effects).toEqual([noInformation]);
  for (const silent of [offboarded, revocation]) {
    expect(after(request('PSK'), offboarded, silent)).toMatchObject({ snapshot: { value: 'offboarded' }, effects: [] });
  }
});

test('under revoke-at-offboarding, an offboarding is also a revocation (6.8)', () => {
  const { snapshot, effects } = amended(request('PSK'), offboarded);

  expect(snapshot.value).toEqual({ revoked: 'informing' });
  expect(effects).toEqual([forgets, revokes]);
  expect(amended(request('PSK'), offboarded, request('PSK')).effects).toEqual([refused]);
});

test('under notify-of-updates, the core notifies an invoker once when its method is withdrawn (TS 29.222 5.3.2.5)', () => {
  const notifying = offering(['PSK', 'OAUTH'], ['notify-of-updates']);
  const notification = toInvoker({ type: 'ServiceApiUpdateNotification' });
  const withdrawn = [request('PSK', 'OAUTH'), published('OAUTH')] as const;

  expect(notifying(...withdrawn)).toMatchObject({ snapshot: { value: 'outdated' }, effects: [notification] });
  expect(notifying(...withdrawn, published('PKI')).effects).toEqual([]);
  expect(notifying(request('PSK', 'OAUTH'), published('PSK')).effects).toEqual([]);
  expect(notifying(...withdrawn, update('PSK', 'OAUTH'), published('PSK')).effects).toEqual([notification]);
  expect(after(...withdrawn)).toMatchObject({ snapshot: { value: 'outdated' }, effects: [] });
});
