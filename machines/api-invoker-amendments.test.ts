/** The API invoker as written and amended: the method just refused (R1), how often it asks, and notifications (6.7). */
import { expect, test } from 'vitest';
import type { EventFrom } from 'xstate';
import { apiInvoker } from './api-invoker.ts';
import { begin, step } from './steps/step.ts';
import { type Amendment, asWritten } from './vocabulary.ts';

type Event = EventFrom<typeof apiInvoker>;

/** An invoker that supports TLS-PSK and OAUTH, and may ask twice more, after these events. */
const under =
  (...amendments: Amendment[]) =>
  (...events: Event[]) =>
    events.reduce(
      (taken, event) => step(apiInvoker, taken.snapshot, event),
      begin(apiInvoker, { supported: ['PSK', 'OAUTH'], amendments, attemptsMax: 2 }),
    );
const after = under(...asWritten);
const patient = under('ask-again-after-a-pause');
const bounded = under('bounded-attempts');
const notified = under('notify-of-updates');

const wanted = { type: 'serviceApi.wanted' } as const;
const established = { type: 'tls.established' } as const;
const expired = { type: 'timer.expired', timer: 'pause' } as const;
const selected = (method: 'PSK' | 'OAUTH', credential: number): Event => ({
  type: 'SecurityMethodResponse',
  selected: method,
  credential,
});
const incorrect = (credential: number): Event => ({ type: 'IncorrectMethodFailure', credential });
const connecting = (credential: number): Event[] => [
  established,
  selected('PSK', credential),
  { type: 'aefPsk.derived' },
  { type: 'AuthenticationInitiationResponse' },
];
const invoking = (credential: number): Event[] => [...connecting(credential), established];
const mismatch: Event[] = [wanted, ...invoking(1), incorrect(1)];

const opensCore = { type: 'openTls', to: 'capifCoreFunction' };
const gaveUp = (because: string) => ({ type: 'report', outcome: 'gaveUp', because });

test('as written, an invoker takes the method that was just refused again at once, for ever (6.7)', () => {
  let events = mismatch;
  for (let credential = 2; credential < 12; credential++) {
    const { snapshot, effects } = after(...events, established, selected('PSK', credential));
    expect(snapshot.value).toEqual({ authenticated: 'derivingAefPsk' });
    expect(effects).toEqual([{ type: 'deriveAefPsk', credential }]);
    events = [...events, ...invoking(credential), incorrect(credential)];
  }
  expect(after(...events).snapshot.value).toBe('mismatch');
});

test('under ask-again-after-a-pause, an invoker that gets the refused method asks again (6.7)', () => {
  const { snapshot, effects } = patient(...mismatch, established, selected('PSK', 2));

  expect(snapshot).toMatchObject({ value: 'pausing', context: { selected: 'PSK', credential: 1 } });
  expect(effects).toEqual([
    { type: 'closeTls', to: 'capifCoreFunction' },
    { type: 'startTimer', timer: 'pause', attempt: 0 },
  ]);
  expect(patient(...mismatch, established, selected('PSK', 2), expired, established).effects).toEqual([
    {
      type: 'send',
      to: 'capifCoreFunction',
      message: { type: 'SecurityMethodUpdateRequest', supported: ['PSK', 'OAUTH'], names: 'exposingFunction' },
    },
  ]);
});

test('an invoker believes a core that insists on the method (6.7)', () => {
  const insisted = [...mismatch, established, selected('PSK', 2), expired, established, selected('PSK', 3)];

  expect(patient(...insisted).effects).toEqual([{ type: 'deriveAefPsk', credential: 3 }]);
});

test('an invoker takes another method at once (6.7)', () => {
  expect(patient(...mismatch, established, selected('OAUTH', 2)).snapshot.value).toEqual({
    authenticated: 'requestingToken',
  });
});

test('an invoker takes at once a method that has served since its last refusal (6.7)', () => {
  const since = [...mismatch, established, selected('OAUTH', 2), { type: 'AccessTokenResponse' }, established] as const;
  const back = [{ type: 'credential.expired' }, established, selected('PSK', 3)] as const;
  const servedByToken = { type: 'ServiceApiInvocationResponse', credential: 2 } as const;

  expect(patient(...since, servedByToken, ...back).snapshot.value).toEqual({ authenticated: 'derivingAefPsk' });
});

test('a handshake that failed with a method counts as its refusal (6.7)', () => {
  const refusedAtTls = [wanted, ...connecting(1), { type: 'tls.failed', because: 'handshake' }] as const;

  expect(patient(...refusedAtTls, established, selected('PSK', 2)).snapshot.value).toBe('pausing');
});

test('a pause carries the number of attempts before it, if they are counted (6.7)', () => {
  const unreachable = { type: 'tls.failed', because: 'unreachable' } as const;
  const pause = (attempt: number) => [{ type: 'startTimer', timer: 'pause', attempt }];

  expect(bounded(wanted, unreachable).effects).toEqual(pause(1));
  expect(bounded(wanted, unreachable, expired, unreachable).effects).toEqual(pause(2));
  expect(after(wanted, unreachable, expired, unreachable).effects).toEqual(pause(0));
});

const unreachable = { type: 'tls.failed', because: 'unreachable' } as const;
const handshake = { type: 'tls.failed', because: 'handshake' } as const;
const refusedInitiation = { type: 'AuthenticationInitiationRefused' } as const;
const untilInitiation = (credential: number) => connecting(credential).slice(0, -1);
const untilToken = [established, selected('OAUTH', 1)];

/** Each reason to ask again, as often as it takes: what comes before the first time, and what comes between. */
const reasons: Record<string, { first: Event[]; fails: Event; again: (credential: number) => Event[] }> = {
  'the AEF keeps refusing the method that the core selects': {
    first: invoking(1),
    fails: incorrect(9),
    again: invoking,
  },
  'the AEF keeps refusing the credential': {
    first: invoking(1),
    fails: { type: 'NotAuthenticatedFailure', credential: 9 },
    again: invoking,
  },
  'the connection to the AEF keeps breaking': {
    first: invoking(1),
    fails: { type: 'invocation.failed', credential: 9, because: 'cut' },
    again: () => [wanted, established],
  },
  'the AEF has no security information about this invoker': {
    first: untilInitiation(1),
    fails: refusedInitiation,
    again: (credential) => [expired, ...untilInitiation(credential)],
  },
  'no connection to the AEF can be opened with the method that the core selects': {
    first: connecting(1),
    fails: handshake,
    again: connecting,
  },
  'the core keeps refusing an access token': {
    first: untilToken,
    fails: { type: 'AccessTokenRefused' },
    again: (credential) => [selected('OAUTH', credential)],
  },
  'the core or the AEF gives no usable answer': { first: [], fails: unreachable, again: () => [expired] },
};

for (const [because, { first, fails, again }] of Object.entries(reasons)) {
  test(`under bounded-attempts an invoker gives up when ${because}, and may start again (6.7)`, () => {
    const play = (invoker: typeof after, times: number) => {
      let [events, credential]: [Event[], number] = [[wanted, ...first], 1];
      for (let time = 0; time < times; time++) {
        credential = invoker(...events).snapshot.context.credential;
        const failure = 'credential' in fails ? { ...fails, credential } : fails;
        events = [...events, failure, ...(time < times - 1 ? again(credential + 1) : [])];
      }
      return events;
    };

    expect(bounded(...play(bounded, 2)).snapshot.value).not.toBe('gaveUp');
    expect(bounded(...play(bounded, 3)).snapshot.value).toBe('gaveUp');
    expect(bounded(...play(bounded, 3)).effects.at(-1)).toEqual(gaveUp(because));
    expect(after(...play(after, 9)).snapshot.value).not.toBe('gaveUp');

    for (const wish of [wanted, incorrect(1)]) {
      const started = bounded(...play(bounded, 3), wish);
      expect(started.effects.at(-1)).toEqual(opensCore);
      expect(started.snapshot.context).toMatchObject({ attempts: 0, wanted: true, refused: undefined });
    }
  });
}

test('attempts exceed the bound by one if the last answer names the method just refused, and by no more (6.7)', () => {
  const both = under('bounded-attempts', 'ask-again-after-a-pause');
  const twice = [
    wanted,
    { type: 'tls.failed', because: 'unreachable' },
    expired,
    ...invoking(1),
    incorrect(1),
  ] as const;
  const insisted = [...twice, established, selected('PSK', 2)] as const;

  expect(both(...twice).snapshot.context.attempts).toBe(2);
  expect(both(...insisted)).toMatchObject({ snapshot: { value: 'pausing', context: { attempts: 3 } } });
  expect(both(...insisted, expired, ...invoking(3), incorrect(3)).snapshot.value).toBe('gaveUp');
});

test('as written there is no bound on attempts (6.7)', () => {
  const begun = begin(apiInvoker, { supported: ['PSK'], amendments: asWritten, attemptsMax: 0 });
  const { snapshot } = mismatch.reduce((taken, event) => step(apiInvoker, taken.snapshot, event), begun);

  expect(snapshot).toMatchObject({ value: 'mismatch', context: { attempts: 0 } });
});

test('a served invocation resets the count of attempts (6.7)', () => {
  const served = (credential: number): Event => ({ type: 'ServiceApiInvocationResponse', credential });
  const once = bounded(...mismatch, ...invoking(2));

  expect(once.snapshot.context.attempts).toBe(1);
  expect(bounded(...mismatch, ...invoking(2), served(2)).snapshot.context.attempts).toBe(0);
});

test('under name-the-service-api, an invoker asks about the service API alone (TS 29.222 8.5.4.2.3)', () => {
  const asked = (...events: Event[]) => under('name-the-service-api')(wanted, established, ...events).effects.at(-1);
  const names = { names: 'serviceApi' };

  expect(asked()).toMatchObject({ message: { type: 'SecurityMethodRequest', ...names } });
  expect(asked({ type: 'NoCommonMethod' }, wanted, established)).toMatchObject({
    message: { type: 'SecurityMethodUpdateRequest', ...names },
  });
});

const notification = { type: 'ServiceApiUpdateNotification' } as const;

test('under notify-of-updates, a notified invoker asks the core before it invokes again (TS 29.222 5.4.2.4)', () => {
  const { snapshot, effects } = notified(wanted, ...invoking(1), notification);
  expect(snapshot).toMatchObject({ value: 'authenticating', context: { selected: 'PSK', attempts: 0 } });
  expect(effects).toEqual([{ type: 'closeTls', to: 'apiExposingFunction' }, opensCore]);

  const served = { type: 'ServiceApiInvocationResponse', credential: 1 } as const;
  expect(notified(wanted, ...invoking(1), served, notification, wanted).effects).toEqual([]);
  const { snapshot: renegotiating } = notified(wanted, ...invoking(1), served, notification, wanted, established);
  expect(renegotiating).toMatchObject({ value: { authenticated: 'renegotiating' }, context: { wanted: true } });
});

test('under notify-of-updates, an answer of the core that is under way is not used (TS 29.222 5.4.2.4)', () => {
  const releasesAndOpens = [{ type: 'closeTls', to: 'capifCoreFunction' }, opensCore];
  for (const asking of [[], [selected('OAUTH', 1)], [selected('PSK', 1)]]) {
    expect(notified(wanted, established, ...asking, notification).effects).toEqual(releasesAndOpens);
  }
});

test('a notification changes nothing where the invoker will ask anyway, nor as written (6.7)', () => {
  for (const events of [[], [wanted], mismatch, [wanted, established, { type: 'NoCommonMethod' }]] as Event[][]) {
    const { snapshot } = notified(...events);
    expect(step(apiInvoker, snapshot, notification)).toEqual({ snapshot, effects: [] });
  }
  const { snapshot } = after(wanted, ...invoking(1));
  expect(step(apiInvoker, snapshot, notification)).toEqual({ snapshot, effects: [] });
});
