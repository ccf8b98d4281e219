import { expect, test } from 'vitest';
import type { EventFrom } from 'xstate';
import { invokerAdmission } from './invoker-admission.ts';
import { begin, step } from './step.ts';
import { type Amendment, asWritten, type SecurityMethod } from './vocabulary.ts';

type Event = EventFrom<typeof invokerAdmission>;

/** The admission of an invoker after these events, and what the exposing function asked for in answer to the last. */
const under =
  (amendments: readonly Amendment[]) =>
  (...events: Event[]) =>
    events.reduce(
      (taken, event) => step(invokerAdmission, taken.snapshot, event),
      begin(invokerAdmission, { amendments }),
    );
const after = under(asWritten);
const amended = under(['fetch-credentials-again']);

const initiated = { type: 'AuthenticationInitiationRequest' } as const;
const informed = (credential: number): Event => ({ type: 'SecurityInformationResponse', credential });
const notFound = { type: 'SecurityInformationNotFound' } as const;
const failed = { type: 'exchange.failed' } as const;
const revoked = { type: 'RevokeAuthorizationRequest' } as const;
const expired = { type: 'credential.expired' } as const;
const methodsChanged = { type: 'SecurityMethodsChanged', methods: ['PKI'], revision: 2 } as const;
const handshakeFailed = { type: 'handshake.failed' } as const;
const known = [initiated, informed(1)] as const;
const invocation = (method: SecurityMethod, credential = 1): Event => ({
  type: 'ServiceApiInvocation',
  method,
  credential,
});

const toInvoker = (type: string, credential?: number) => ({
  type: 'send',
  to: 'apiInvoker',
  message: credential === undefined ? { type } : { type, credential },
});
const toCore = (type: string) => ({ type: 'send', to: 'capifCoreFunction', message: { type } });
const accepted = toInvoker('AuthenticationInitiationResponse');
const refused = toInvoker('AuthenticationInitiationRefused');
const fetches = toCore('SecurityInformationRequest');
const forgets = { type: 'forgetCredential' };

test('the core is asked about an invoker that initiates authentication, and the invoker waits (TS 29.222 6.2.2.2)', () => {
  expect(after(initiated).effects).toEqual([fetches]);
  expect(after(initiated, initiated).effects).toEqual([]);
  expect(after(...known)).toMatchObject({ snapshot: { value: 'known', context: { credential: 1 } } });
  expect(after(...known).effects).toEqual([accepted]);
});

test('an invoker that the core does not know is refused, and asked about again (TS 29.222 5.6.2.4)', () => {
  expect(after(initiated, notFound).effects).toEqual([forgets, refused]);
  expect(after(initiated, notFound, initiated).effects).toEqual([fetches]);
});

test('while the core cannot be reached the invoker is refused, and may come again (TS 29.222 5.6.2.4)', () => {
  expect(after(initiated, failed)).toMatchObject({ snapshot: { value: 'unknown' }, effects: [refused] });
  expect(after(initiated, failed, initiated).effects).toEqual([fetches]);
});

test('an invocation by key or certificate is served once the rights of the invoker are known (6.5.2)', () => {
  for (const method of ['PSK', 'PKI'] as const) {
    expect(after(invocation(method)).effects).toEqual([toInvoker('NotAuthenticatedFailure', 1)]);
    expect(after(initiated, invocation(method)).effects).toEqual([toInvoker('NotAuthenticatedFailure', 1)]);
    expect(after(...known, invocation(method)).effects).toEqual([toInvoker('ServiceApiInvocationResponse', 1)]);
  }
});

test('a token brings its own proof and rights, whoever is known (C.2)', () => {
  expect(after(invocation('OAUTH', 3)).effects).toEqual([toInvoker('ServiceApiInvocationResponse', 3)]);
});

test('as written, credentials that are there are never fetched again, whatever happens to them (TS 29.222 6.2.2.2)', () => {
  for (const event of [methodsChanged, handshakeFailed]) {
    expect(after(...known, event, initiated)).toMatchObject({
      snapshot: { value: 'known', context: { credential: 1 } },
      effects: [accepted],
    });
  }
});

test('under fetch-credentials-again, a method change or a failed handshake makes them be fetched again (6.7)', () => {
  for (const event of [methodsChanged, handshakeFailed]) {
    expect(amended(...known, event)).toMatchObject({ snapshot: { value: 'outdated' }, effects: [] });
    expect(amended(...known, event, initiated).effects).toEqual([fetches]);
    expect(amended(...known, event, initiated, informed(2)).snapshot.context.credential).toBe(2);
  }
  expect(amended(...known, initiated).effects).toEqual([accepted]);
});

test('an outdated credential still authenticates, so that a mismatch can be indicated (6.7)', () => {
  expect(amended(...known, methodsChanged, invocation('PSK')).effects).toEqual([
    toInvoker('ServiceApiInvocationResponse', 1),
  ]);
  expect(amended(...known, methodsChanged, initiated, failed)).toMatchObject({
    snapshot: { value: 'outdated', context: { credential: 1 } },
    effects: [refused],
  });
});

test('what happens before anything is known outdates nothing (6.5.2.1)', () => {
  for (const event of [methodsChanged, handshakeFailed]) {
    expect(amended(event)).toMatchObject({ snapshot: { value: 'unknown' }, effects: [] });
    expect(amended(...known, methodsChanged, event)).toMatchObject({ snapshot: { value: 'outdated' }, effects: [] });
  }
});

test('an expired credential is forgotten, and its invoker authenticates anew (6.5.2.1)', () => {
  expect(after(...known, expired)).toMatchObject({ snapshot: { value: 'unknown' }, effects: [forgets] });
  expect(after(...known, expired, invocation('PSK')).effects).toEqual([toInvoker('NotAuthenticatedFailure', 1)]);
  expect(after(...known, expired, initiated).effects).toEqual([fetches]);
});

test('a credential that expires while another is fetched is forgotten, and the other is not (6.5.2.1)', () => {
  const fetching = [...known, methodsChanged, initiated, expired] as const;

  expect(amended(...fetching)).toMatchObject({ snapshot: { value: 'fetching' }, effects: [forgets] });
  expect(amended(...fetching, informed(2)).snapshot.context.credential).toBe(2);
  expect(amended(...fetching, failed).snapshot.value).toBe('unknown');
});

test('a revocation is obeyed before it is acknowledged, in every state (TS 29.222 6.2.2.3)', () => {
  for (const before of [[], [initiated], known, [...known, methodsChanged]]) {
    const { snapshot, effects } = amended(...before, revoked);

    expect(snapshot).toMatchObject({ value: 'revoked', context: { credential: 0 } });
    expect(effects).toEqual([forgets, toCore('RevokeAuthorizationResponse')]);
  }
});

test('a revocation that is repeated is acknowledged again (TS 29.222 6.2.2.3)', () => {
  expect(after(...known, revoked, revoked).effects).toEqual([toCore('RevokeAuthorizationResponse')]);
});

test('a revoked invoker is served by no method, a valid token included (TS 29.222 6.2.2.3)', () => {
  for (const method of ['PSK', 'PKI', 'OAUTH'] as const) {
    expect(after(...known, revoked, invocation(method)).effects).toEqual([toInvoker('NotAuthorizedFailure', 1)]);
  }
  expect(after(...known, revoked, initiated).effects).toEqual([refused]);
});

test('an answer that was asked for before the revocation does not undo it (TS 29.222 5.6.2.4)', () => {
  for (const late of [informed(1), notFound, failed, expired]) {
    expect(after(initiated, revoked, late)).toMatchObject({ snapshot: { value: 'revoked' }, effects: [] });
  }
  expect(after(initiated, revoked, informed(1), invocation('PSK')).effects).toEqual([
    toInvoker('NotAuthorizedFailure', 1),
  ]);
});
