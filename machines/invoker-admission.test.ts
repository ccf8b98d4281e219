import { expect, test } from 'vitest';
import type { EventFrom } from 'xstate';
import { invokerAdmission } from './invoker-admission.ts';
import { begin, step } from './steps/step.ts';
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
const enforcing = under(['fetch-credentials-again', 'enforce-the-selection']);

const initiated = { type: 'AuthenticationInitiationRequest' } as const;
const informed = (credential: number, hasAefPsk = true): Event => ({
  type: 'SecurityInformationResponse',
  credential,
  hasAefPsk,
});
const notFound = { type: 'SecurityInformationNotFound' } as const;
const failed = { type: 'exchange.failed' } as const;
const revoked = { type: 'RevokeAuthorizationRequest' } as const;
const expired = { type: 'credential.expired' } as const;
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
const keeps = (credential: number, hasAefPsk = true) => ({ type: 'keepCredential', credential, hasAefPsk });
const selected = (method: SecurityMethod, credential = 1): Event => ({
  type: 'SecurityInformationResponse',
  credential,
  selected: method,
  hasAefPsk: method === 'PSK',
});
const forgets = { type: 'forgetCredential' };
const holds = { type: 'holdInitiation' };
const forgetsInvoker = { type: 'forgetInvoker' };

test('the core is asked about an invoker that initiates authentication, and the invoker waits (TS 29.222 6.2.2.2)', () => {
  expect(after(initiated).effects).toEqual([fetches]);
  expect(after(...known)).toMatchObject({ snapshot: { value: 'known', context: { credential: 1 } } });
  expect(after(...known).effects).toEqual([keeps(1), accepted]);
});

test('the AEF keeps the rights that the core gives, and AEFPSK if there is one (TS 29.222 5.6.2.4)', () => {
  expect(after(initiated, informed(1, false)).effects).toEqual([keeps(1, false), accepted]);
  expect(amended(...known, initiated, informed(2)).effects).toEqual([keeps(2), accepted]);
});

test('an invoker that the core does not know is refused, and asked about again (TS 29.222 5.6.2.4)', () => {
  expect(after(initiated, notFound).effects).toEqual([forgets, refused, forgetsInvoker]);
  expect(after(initiated, notFound, initiated).effects).toEqual([fetches]);
});

test('while the core cannot be reached the invoker is refused, and may come again (TS 29.222 5.6.2.4)', () => {
  expect(after(initiated, failed)).toMatchObject({
    snapshot: { value: 'unknown' },
    effects: [refused, forgetsInvoker],
  });
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

test('under enforce-the-selection only the selected method is served, where the core has said which it is (6.3.1)', () => {
  for (const method of ['PSK', 'PKI', 'OAUTH'] as const) {
    const { effects } = enforcing(initiated, selected('PKI'), invocation(method));
    expect(effects).toEqual([
      toInvoker(method === 'PKI' ? 'ServiceApiInvocationResponse' : 'IncorrectMethodFailure', 1),
    ]);
    expect(after(initiated, selected('PKI'), invocation(method)).effects).toEqual([
      toInvoker('ServiceApiInvocationResponse', 1),
    ]);
    expect(after(...known, invocation(method)).effects).toEqual([toInvoker('ServiceApiInvocationResponse', 1)]);
  }
});

test('a token of a later negotiation than the AEF has heard of shows that OAUTH is selected now (C.3)', () => {
  for (const method of ['PSK', 'PKI', 'OAUTH'] as const)
    expect(enforcing(initiated, selected(method), invocation('OAUTH', 2)).effects).toEqual([
      toInvoker('ServiceApiInvocationResponse', 2),
    ]);
});

test('keys and tokens of an earlier negotiation are good no more; a certificate belongs to none (6.5.2)', () => {
  const toOAuthAgain = [
    initiated,
    selected('OAUTH', 1),
    initiated,
    selected('PKI', 2),
    initiated,
    selected('OAUTH', 3),
  ];
  expect(amended(...toOAuthAgain, invocation('OAUTH', 1)).effects).toEqual([toInvoker('NotAuthenticatedFailure', 1)]);
  expect(amended(...toOAuthAgain, invocation('OAUTH', 3)).effects).toEqual([
    toInvoker('ServiceApiInvocationResponse', 3),
  ]);
  expect(amended(...known, initiated, selected('PSK', 2), invocation('PSK', 1)).effects).toEqual([
    toInvoker('NotAuthenticatedFailure', 1),
  ]);
  expect(amended(...known, initiated, selected('PKI', 2), invocation('PKI', 1)).effects).toEqual([
    toInvoker('ServiceApiInvocationResponse', 1),
  ]);
});

test('as written, credentials that are there are never fetched again (TS 29.222 6.2.2.2, R29)', () => {
  for (const before of [known, [...known, invocation('PSK')], [...known, initiated]]) {
    expect(after(...before, initiated)).toMatchObject({
      snapshot: { value: 'known', context: { credential: 1 } },
      effects: [accepted],
    });
  }
});

test('under fetch-credentials-again, they are fetched at every request, and the invoker waits (6.7, R29)', () => {
  expect(amended(initiated).effects).toEqual([fetches]);
  expect(amended(...known, initiated)).toMatchObject({ snapshot: { value: 'fetching' }, effects: [fetches] });
  expect(amended(...known, initiated, informed(2))).toMatchObject({
    snapshot: { value: 'known', context: { credential: 2 } },
    effects: [keeps(2), accepted],
  });
});

test('as written, a request that comes while the core is asked waits for the same answer (TS 29.222 6.2.2.2)', () => {
  expect(after(initiated, initiated)).toMatchObject({ snapshot: { value: 'fetching' }, effects: [] });
  expect(after(initiated, initiated, informed(1)).effects).toEqual([keeps(1), accepted]);
});

test('under fetch-credentials-again, a request that comes while the core is asked waits for the answer after (6.7, R29)', () => {
  for (const before of [[], known]) {
    expect(amended(...before, initiated, initiated).effects).toEqual([holds]);
    expect(amended(...before, initiated, initiated, initiated).effects).toEqual([holds]);
    const asked = [...before, initiated, initiated, initiated, informed(2)] as const;
    expect(amended(...asked)).toMatchObject({
      snapshot: { value: 'fetching' },
      effects: [keeps(2), accepted, fetches],
    });
    expect(amended(...asked, informed(3))).toMatchObject({
      snapshot: { value: 'known', context: { credential: 3 } },
      effects: [keeps(3), accepted],
    });
  }
});

test('one question is under way and one waits, whatever comes of the first (6.7)', () => {
  expect(amended(initiated, initiated, notFound).effects).toEqual([forgets, refused, fetches]);
  expect(amended(initiated, initiated, failed).effects).toEqual([refused, fetches]);
  for (const first of [informed(1), notFound, failed]) {
    expect(amended(initiated, initiated, first, informed(2)).snapshot.value).toBe('known');
    expect(amended(initiated, initiated, first, notFound).snapshot.value).toBe('unknown');
    expect(amended(initiated, initiated, first, initiated).effects).toEqual([holds]);
  }
});

test('while credentials are fetched again, those that are there still admit (6.7)', () => {
  expect(amended(...known, initiated, invocation('PSK'))).toMatchObject({
    snapshot: { value: 'fetching' },
    effects: [toInvoker('ServiceApiInvocationResponse', 1)],
  });
});

test('credentials that cannot be fetched again are kept, and its invoker is refused (TS 29.222 5.6.2.4)', () => {
  const unreachable = [...known, initiated, failed] as const;

  expect(amended(...unreachable)).toMatchObject({
    snapshot: { value: 'known', context: { credential: 1 } },
    effects: [refused],
  });
  expect(amended(...unreachable, invocation('PSK')).effects).toEqual([toInvoker('ServiceApiInvocationResponse', 1)]);
  expect(amended(...unreachable, initiated).effects).toEqual([fetches]);
});

test('the AEF forgets credentials that the core no longer knows (TS 29.222 5.6.2.4)', () => {
  expect(amended(...known, initiated, notFound)).toMatchObject({
    snapshot: { value: 'unknown', context: { credential: 0 } },
    effects: [forgets, refused, forgetsInvoker],
  });
});

test('an expired credential is forgotten, and its invoker authenticates anew (6.5.2.1)', () => {
  expect(after(...known, expired)).toMatchObject({ snapshot: { value: 'unknown' }, effects: [forgets] });
  expect(after(...known, expired, invocation('PSK')).effects).toEqual([toInvoker('NotAuthenticatedFailure', 1)]);
  expect(after(...known, expired, initiated).effects).toEqual([fetches]);
});

test('a credential that expires while another is fetched is forgotten, and the other is not (6.5.2.1)', () => {
  const fetching = [...known, initiated, expired] as const;

  expect(amended(...fetching)).toMatchObject({ snapshot: { value: 'fetching' }, effects: [forgets] });
  expect(amended(...fetching, informed(2)).snapshot.context.credential).toBe(2);
  expect(amended(...fetching, failed).snapshot.value).toBe('unknown');
});

test('a revocation is obeyed before it is acknowledged, in every state (TS 29.222 6.2.2.3)', () => {
  for (const before of [[], known, [...known, invocation('PSK')]]) {
    const { snapshot, effects } = amended(...before, revoked);

    expect(snapshot).toMatchObject({ value: 'revoked', context: { credential: 0 } });
    expect(effects).toEqual([forgets, toCore('RevokeAuthorizationResponse')]);
  }
});

test('a revocation refuses those who wait for the answer of the core (TS 29.222 6.2.2.3)', () => {
  for (const [before, refusals] of [
    [[initiated], [refused]],
    [
      [initiated, initiated],
      [refused, refused],
    ],
    [[...known, initiated], [refused]],
  ] as const) {
    const { snapshot, effects } = amended(...before, revoked);

    expect(snapshot).toMatchObject({ value: 'revoked', context: { credential: 0, asksAgain: false } });
    expect(effects).toEqual([forgets, ...refusals, toCore('RevokeAuthorizationResponse')]);
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

test('as written, a restart forgets a revocation, and a token is good again (TS 29.222 6.2.2.3)', () => {
  const restarted = [...known, revoked, { type: 'role.restarted' }] as const;

  expect(after(...restarted)).toMatchObject({ snapshot: { value: 'unknown' }, effects: [forgets] });
  expect(after(...restarted, invocation('OAUTH')).effects).toEqual([toInvoker('ServiceApiInvocationResponse', 1)]);
});

test('under keep-revocations, a restart forgets credentials, and no revocation (TS 29.222 6.2.2.3)', () => {
  const keeping = under(['keep-revocations']);

  expect(keeping(...known, { type: 'role.restarted' })).toMatchObject({
    snapshot: { value: 'unknown', context: { credential: 0 } },
    effects: [forgets],
  });
  expect(keeping(...known, revoked, { type: 'role.restarted' })).toMatchObject({
    snapshot: { value: 'revoked' },
    effects: [],
  });
});

test('an answer that was asked for before the revocation does not undo it (TS 29.222 5.6.2.4)', () => {
  for (const late of [informed(1), notFound, failed, expired]) {
    expect(after(initiated, revoked, late)).toMatchObject({ snapshot: { value: 'revoked' }, effects: [] });
  }
  expect(after(initiated, revoked, informed(1), invocation('PSK')).effects).toEqual([
    toInvoker('NotAuthorizedFailure', 1),
  ]);
});
