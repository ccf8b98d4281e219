/** The API invoker as the text has it: negotiation, invocation, a mismatch, and again (6.3.1, 6.5.2, 6.7). */
import { expect, test } from 'vitest';
import { apiInvoker } from './api-invoker.ts';
import { begin, step } from './steps/step.ts';
import {
  after,
  asks,
  asksAgain,
  byToken,
  closes,
  type Event,
  established,
  incorrect,
  initiated,
  initiates,
  invokes,
  invoking,
  notAuthenticated,
  notAuthorized,
  opens,
  opensCore,
  putsBack,
  releasesCore,
  selected,
  served,
  toCore,
  wanted,
} from './testing/api-invoker-words.ts';
import { asWritten } from './vocabulary.ts';

test('an invoker asks the core for a method once it is authenticated, with all that it supports (6.3.1)', () => {
  expect(after(wanted).effects).toEqual([opensCore]);
  expect(after(wanted, established).effects).toEqual([asks]);
});

test('with TLS-PSK it derives AEFPSK from this CAPIF-1e session, then authenticates and connects (6.5.2.1)', () => {
  const derived = [wanted, established, selected('PSK', 1), { type: 'aefPsk.derived' }] as const;

  expect(after(wanted, established, selected('PSK', 1)).effects).toEqual([{ type: 'deriveAefPsk', credential: 1 }]);
  expect(after(...derived).effects).toEqual([releasesCore, initiates]);
  expect(after(...derived, initiated).effects).toEqual([opens('PSK', 1)]);
  expect(after(...derived, initiated, established).effects).toEqual([invokes('PSK', 1)]);
});

test('with PKI it has its credential already, and authenticates and connects (6.5.2.2)', () => {
  const begun = begin(apiInvoker, { supported: ['PKI'], amendments: asWritten, attemptsMax: 1 });
  const events = [wanted, established, selected('PKI', 1)] as const;
  const { snapshot, effects } = events.reduce((taken, event) => step(apiInvoker, taken.snapshot, event), begun);

  expect(effects).toEqual([releasesCore, initiates]);
  expect(step(apiInvoker, snapshot, initiated).effects).toEqual([opens('PKI', 1)]);
});

test('with OAUTH it fetches a token, then connects without further authentication (6.5.2.3)', () => {
  const selectedOAuth = [wanted, established, selected('OAUTH', 1)] as const;

  expect(after(...selectedOAuth).effects).toEqual([toCore({ type: 'AccessTokenRequest' })]);
  expect(after(...selectedOAuth, { type: 'AccessTokenResponse' }).effects).toEqual([releasesCore, opens('OAUTH', 1)]);
  expect(after(wanted, ...byToken(1)).effects).toEqual([invokes('OAUTH', 1)]);
});

test('an invoker that was served invokes again with what it has (6.5.2)', () => {
  expect(after(...invoking, served(1))).toMatchObject({ snapshot: { value: { negotiated: 'secured' } }, effects: [] });
  expect(after(...invoking, served(1), wanted).effects).toEqual([invokes('PSK', 1)]);
  expect(after(...invoking, wanted).effects).toEqual([invokes('PSK', 1)]);
});

test('an invoker told that its method is incorrect asks the core again (6.7)', () => {
  expect(after(...invoking, incorrect(1))).toMatchObject({
    snapshot: { value: 'mismatch', context: { selected: 'PSK', credential: 1 } },
    effects: [closes, putsBack, opensCore],
  });
  expect(after(...invoking, incorrect(1), established).effects).toEqual([asksAgain]);
  expect(after(...invoking, incorrect(1), ...byToken(2)).effects).toEqual([invokes('OAUTH', 2)]);
});

test('an invoker acts on the first of several failures; the other invocations only wait with it (6.7)', () => {
  for (const late of [incorrect(1), notAuthenticated(1), notAuthorized(1)]) {
    expect(after(...invoking, wanted, incorrect(1), late)).toMatchObject({
      snapshot: { value: 'mismatch' },
      effects: [putsBack],
    });
    expect(after(...invoking, wanted, incorrect(1), established, late).effects).toEqual([putsBack]);
  }
  expect(after(...invoking, incorrect(1), wanted)).toMatchObject({ snapshot: { value: 'mismatch' }, effects: [] });
  expect(after(...invoking, wanted, incorrect(1), incorrect(1), ...byToken(2)).effects).toEqual([invokes('OAUTH', 2)]);
});

test('an invocation that is refused while the core is asked is made again with its answer (6.5.2)', () => {
  const asking = [...invoking, { type: 'credential.expired' }] as const;

  expect(after(...asking, ...byToken(2)).snapshot.value).toEqual({ negotiated: 'secured' });
  for (const late of [incorrect(1), notAuthenticated(1), notAuthorized(1), wanted]) {
    expect(after(...asking, late, ...byToken(2)).effects).toEqual([invokes('OAUTH', 2)]);
  }
});

test('a failure under an earlier credential only repeats its invocation (6.7)', () => {
  const renegotiated = [...invoking, wanted, incorrect(1), ...byToken(2)] as const;

  expect(after(...renegotiated, incorrect(1)).effects).toEqual([putsBack, invokes('OAUTH', 2)]);
  expect(after(...renegotiated, served(2), incorrect(1)).effects).toEqual([putsBack, invokes('OAUTH', 2)]);
  for (const late of [notAuthenticated(1), notAuthorized(1)]) {
    expect(after(...renegotiated, late).effects).toEqual([putsBack, invokes('OAUTH', 2)]);
  }
});

test('other events about an earlier credential change nothing (6.7)', () => {
  const renegotiated = [...invoking, wanted, incorrect(1), ...byToken(2)] as const;
  const late: Event[] = [
    served(1),
    { type: 'invocation.failed', credential: 1, because: 'cut' },
    { type: 'invocation.failed', credential: 1, because: 'handshake' },
  ];

  for (const event of late) {
    expect(after(...renegotiated, event)).toMatchObject({
      snapshot: { value: { negotiated: 'invoking' } },
      effects: [],
    });
  }
});

test('an invoker whose credential has expired, or is not known to the AEF, asks the core for another (6.5.2)', () => {
  const expires = { type: 'credential.expired' } as const;

  expect(after(...invoking, expires).effects).toEqual([closes, opensCore]);
  expect(after(...invoking, notAuthenticated(1)).effects).toEqual([closes, putsBack, opensCore]);
  for (const event of [expires, notAuthenticated(1)]) {
    expect(after(...invoking, event, established).effects).toEqual([asksAgain]);
  }
});
