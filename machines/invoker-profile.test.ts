import { expect, test } from 'vitest';
import type { EventFrom } from 'xstate';
import { invokerProfile } from './invoker-profile.ts';
import { begin, expects, step } from './steps/step.ts';

/** The profile after these events, and what the core asked for in answer to the last. */
const after = (...events: EventFrom<typeof invokerProfile>[]) =>
  events.reduce((taken, event) => step(invokerProfile, taken.snapshot, event), begin(invokerProfile));

const onboard = { type: 'OnboardApiInvokerRequest' } as const;
const offboard = { type: 'OffboardApiInvokerRequest' } as const;
const established = { type: 'tls.established' } as const;
const closed = { type: 'tls.closed' } as const;

const toInvoker = (type: string) => ({ type: 'send', to: 'apiInvoker', message: { type } });

test('an invoker with a verified onboarding credential is onboarded (6.1)', () => {
  expect(after(onboard).snapshot.value).toBe('onboarded');
  expect(after(onboard).effects).toEqual([toInvoker('OnboardApiInvokerResponse')]);
});

test('an invoker without an onboarding credential is refused, and stays unknown (6.1)', () => {
  const { snapshot, effects } = after({ type: 'onboarding.unauthenticated' });

  expect(snapshot.value).toBe('unknown');
  expect(effects).toEqual([toInvoker('OnboardingRefused')]);
});

test('an onboarding request whose answer was lost is answered in the same way (6.1)', () => {
  expect(after(onboard, onboard)).toMatchObject({
    snapshot: { value: 'onboarded' },
    effects: [toInvoker('OnboardApiInvokerResponse')],
  });
});

test('an onboarded invoker is authenticated for as long as its CAPIF-1e connection lasts (6.3)', () => {
  expect(after(onboard, established).snapshot.value).toBe('authenticated');
  expect(after(onboard, established, closed).snapshot.value).toBe('onboarded');
  expect(after(onboard, established, closed, established).snapshot.value).toBe('authenticated');
});

test('an invoker is not offboarded before it is authenticated (6.8)', () => {
  expect(expects(invokerProfile, after().snapshot, offboard)).toBe(false);
  expect(expects(invokerProfile, after(onboard).snapshot, offboard)).toBe(false);
  expect(expects(invokerProfile, after(onboard, established, closed).snapshot, offboard)).toBe(false);
});

test('the core tells its contexts of an offboarding before it confirms it (6.8)', () => {
  expect(after(onboard, established, offboard).effects).toEqual([
    { type: 'tell', to: 'capifCoreFunction', event: { type: 'invoker.offboarded' } },
    toInvoker('OffboardApiInvokerResponse'),
  ]);
});

test('an onboarding that expires ends what hangs on it, whether the invoker is connected or not (TS 29.222 8.4.4.2.2, 6.8)', () => {
  const expired = { type: 'onboarding.expired' } as const;
  for (const before of [[onboard], [onboard, established]]) {
    expect(after(...before, expired)).toMatchObject({
      snapshot: { value: 'offboarded' },
      effects: [{ type: 'tell', to: 'capifCoreFunction', event: { type: 'invoker.offboarded' } }],
    });
  }
  expect(after(onboard, expired, established).snapshot.value).toBe('offboarded');
});

test('a repeated offboarding is only confirmed (6.8)', () => {
  expect(after(onboard, established, offboard, offboard).effects).toEqual([toInvoker('OffboardApiInvokerResponse')]);
});

test('an offboarded invoker may still open TLS, and stays offboarded (6.8)', () => {
  const { snapshot, effects } = after(onboard, established, offboard, closed, established);

  expect(snapshot.value).toBe('offboarded');
  expect(effects).toEqual([]);
  expect(expects(invokerProfile, snapshot, onboard)).toBe(false);
});
