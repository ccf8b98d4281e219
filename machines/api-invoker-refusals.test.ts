/** The API invoker when something breaks, is refused or comes to its end: what it does next, and what it says. */
import { expect, test } from 'vitest';
import {
  after,
  asks,
  asksAgain,
  byPsk,
  byToken,
  closes,
  type Event,
  established,
  expired,
  failed,
  incorrect,
  invokes,
  invoking,
  notAuthenticated,
  notAuthorized,
  opens,
  opensCore,
  pauses,
  putsBack,
  releasesCore,
  report,
  selected,
  stopsPause,
  toCore,
  wanted,
} from './testing/api-invoker-words.ts';

test('a core that has lost the context is asked as if for the first time (6.3.1)', () => {
  const lost = [...invoking, incorrect(1), established, { type: 'SecurityContextNotFound' }] as const;

  expect(after(...lost).effects).toEqual([asks]);
  expect(after(...lost, selected('OAUTH', 1)).effects).toEqual([toCore({ type: 'AccessTokenRequest' })]);
  expect(after(...lost, failed, expired, established).effects).toEqual([asks]);
});

test('a failed handshake is a hint to ask the core, an unreachable AEF is not (6.7)', () => {
  const opening = invoking.slice(0, -1);

  expect(after(...opening, { type: 'tls.failed', because: 'handshake' })).toMatchObject({
    snapshot: { value: 'mismatch' },
    effects: [closes, opensCore],
  });
  expect(after(...opening, { type: 'tls.failed', because: 'unreachable' })).toMatchObject({
    snapshot: { value: 'pausing' },
    effects: [closes, pauses(0)],
  });
  expect(after(...invoking, { type: 'invocation.failed', credential: 1, because: 'handshake' }).effects).toEqual([
    closes,
    opensCore,
  ]);
});

test('a connection that breaks is opened again, with the same method and credential (6.5.2)', () => {
  const broken = [...invoking, { type: 'invocation.failed', credential: 1, because: 'cut' }] as const;

  expect(after(...broken).effects).toEqual([opens('PSK', 1)]);
  expect(after(...broken, established)).toMatchObject({ snapshot: { value: { negotiated: 'secured' } }, effects: [] });
  expect(after(...broken, wanted, established).effects).toEqual([invokes('PSK', 1)]);
});

test('a token that is refused may be due to a change of method: the core is asked again (6.7)', () => {
  expect(after(wanted, established, selected('OAUTH', 1), { type: 'AccessTokenRefused' }).effects).toEqual([asksAgain]);
});

test('the core is asked again after a pause when it, or the AEF, does not answer (6.3)', () => {
  const unanswered: Event[][] = [
    [{ type: 'tls.failed', because: 'unreachable' }],
    [established, failed],
    [established, selected('OAUTH', 1), failed],
  ];
  for (const events of unanswered) expect(after(wanted, ...events).effects).toContainEqual(pauses(0));

  const initiating = [wanted, established, selected('PSK', 1), { type: 'aefPsk.derived' }] as const;
  for (const event of [failed, { type: 'AuthenticationInitiationRefused' } as const]) {
    expect(after(...initiating, event).effects).toEqual([closes, pauses(0)]);
    expect(after(...initiating, event, wanted, expired).effects).toEqual([stopsPause, opensCore]);
    expect(after(...initiating, event, expired, established).effects).toEqual([asksAgain]);
  }
});

test('without a common method the application is told, and the next invocation asks the core again (6.3.1)', () => {
  const without = [wanted, established, { type: 'NoCommonMethod' }] as const;

  expect(after(...without)).toMatchObject({
    snapshot: { value: 'withoutMethod' },
    effects: [releasesCore, report('noCommonMethod', 'the invoker and the AEF have no security method in common')],
  });
  expect(after(...without, wanted).effects).toEqual([opensCore]);
  for (const late of [incorrect(0), notAuthenticated(0)]) {
    expect(after(...without, late).effects).toEqual([putsBack, opensCore]);
  }
  expect(after(...without, wanted, established).effects).toEqual([asksAgain]);
  expect(after(...without, wanted, ...byPsk(1)).effects).toEqual([invokes('PSK', 1)]);
});

test('an invoker does not use a method that it never listed, whatever the core says (6.3.1)', () => {
  for (const events of [[wanted], [...invoking, incorrect(1)]]) {
    const { snapshot, effects } = after(...events, established, selected('PKI', 2));

    expect(snapshot.value).toBe('withoutMethod');
    expect(snapshot.context.selected).toBe(after(...events).snapshot.context.selected);
    expect(effects).toEqual([
      releasesCore,
      report('noCommonMethod', 'the core selected a method the invoker never listed'),
    ]);
  }
});

test('an invoker reports a refusal, and the next invocation asks the core again (6.5.2)', () => {
  const refusals: Record<string, Event[]> = {
    'the core refuses to negotiate with this invoker': [wanted, established, { type: 'SecurityMethodRefused' }],
    'the AEF says that the invoker is not authorized': [...invoking, notAuthorized(1)],
  };
  for (const [because, events] of Object.entries(refusals)) {
    expect(after(...events).snapshot.value).toBe('refused');
    expect(after(...events).effects.at(-1)).toEqual(report('refused', because));
    expect(after(...events, wanted).effects).toEqual([opensCore]);
  }
});

test('of several invocations that are refused at once, each is reported or put back (6.5.2)', () => {
  const refused = [...invoking, notAuthorized(1)] as const;

  expect(after(...refused, notAuthorized(1))).toMatchObject({
    snapshot: { value: 'refused' },
    effects: [report('refused', 'the AEF says that the invoker is not authorized')],
  });
  for (const again of [incorrect(1), notAuthenticated(1)]) {
    expect(after(...refused, again).effects).toEqual([putsBack, opensCore]);
    expect(after(...refused, again, ...byToken(2)).effects).toEqual([invokes('OAUTH', 2)]);
  }
});

test('an AEFPSK that cannot be derived ends the attempt, with the reason (A.1)', () => {
  expect(after(wanted, established, selected('PSK', 1), { type: 'aefPsk.failed' })).toMatchObject({
    snapshot: { value: 'gaveUp' },
    effects: [releasesCore, report('gaveUp', 'AEFPSK cannot be derived from this CAPIF-1e session')],
  });
});

test('a core whose certificate is not accepted is asked once, and again for the next invocation (6.3)', () => {
  const untrusted = { type: 'tls.failed', because: 'untrusted' } as const;
  for (const events of [[wanted], [...invoking, incorrect(1)]]) {
    expect(after(...events, untrusted)).toMatchObject({
      snapshot: { value: 'gaveUp' },
      effects: [report('gaveUp', 'the certificate of the core is not accepted')],
    });
    expect(after(...events, untrusted, wanted).effects).toEqual([opensCore]);
  }
});

test('an offboarded invoker closes its connections, and its machine is done (6.8)', () => {
  const offboarded = { type: 'invoker.offboarded' } as const;
  const end = report('offboarded', 'the invoker has been offboarded');

  expect(after(...invoking, offboarded)).toMatchObject({ snapshot: { value: 'offboarded', status: 'done' } });
  expect(after(...invoking, offboarded).effects).toEqual([closes, end]);
  expect(after(wanted, established, offboarded).effects).toEqual([releasesCore, end]);
  expect(after(wanted, established, failed, offboarded).effects).toEqual([stopsPause, end]);
});
