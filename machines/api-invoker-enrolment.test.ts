import { expect, test } from 'vitest';
import type { EventFrom } from 'xstate';
import { apiInvokerEnrolment } from './api-invoker-enrolment.ts';
import { begin, expects, step } from './steps/step.ts';

/** The enrolment after these events, with one more attempt allowed, and what it asked for in answer to the last. */
const after = (...events: EventFrom<typeof apiInvokerEnrolment>[]) =>
  events.reduce(
    (taken, event) => step(apiInvokerEnrolment, taken.snapshot, event),
    begin(apiInvokerEnrolment, { attemptsMax: 1 }),
  );

const wanted = { type: 'onboarding.wanted' } as const;
const onboarded = [wanted, { type: 'OnboardApiInvokerResponse' }] as const;
const offboardingWanted = { type: 'offboarding.wanted' } as const;
const failed = { type: 'exchange.failed' } as const;
const gone = { type: 'tls.failed', because: 'unreachable' } as const;
const untrusted = { type: 'tls.failed', because: 'untrusted' } as const;
const expired = { type: 'timer.expired', timer: 'pause' } as const;

const toCore = (type: string) => ({ type: 'send', to: 'capifCoreFunction', message: { type } });
const unreachable = { type: 'report', outcome: 'gaveUp', because: 'the core gives no usable answer' };
const startPause = { type: 'startTimer', timer: 'pause', attempt: 1 };
const stopPause = { type: 'stopTimer', timer: 'pause' };

test('an invoker asks for nothing until onboarding is wanted (6.1)', () => {
  expect(after().snapshot.value).toBe('notOnboarded');
  expect(after().effects).toEqual([]);
});

test('an invoker onboards by one request (6.1)', () => {
  expect(after(wanted).effects).toEqual([toCore('OnboardApiInvokerRequest')]);
  expect(after(...onboarded).snapshot.value).toBe('onboarded');
  expect(after(...onboarded).effects).toEqual([]);
});

test('an invoker reports that its onboarding is refused, and may try again (6.1)', () => {
  const { snapshot, effects } = after(wanted, { type: 'OnboardingRefused' });

  expect(snapshot.value).toBe('notOnboarded');
  expect(effects).toEqual([{ type: 'report', outcome: 'refused', because: 'the core refuses to onboard the invoker' }]);
  expect(after(wanted, { type: 'OnboardingRefused' }, ...onboarded).snapshot.value).toBe('onboarded');
});

test('an onboarding request that did not reach the core, or that it postponed, is sent again after a pause (6.1)', () => {
  for (const unserved of [gone, { type: 'exchange.postponed' }] as const) {
    expect(after(wanted, unserved).effects).toEqual([startPause]);
    expect(after(wanted, unserved, expired).effects).toEqual([stopPause, toCore('OnboardApiInvokerRequest')]);
  }
});

test('an onboarding request that the core may have acted on is sent once (6.1)', () => {
  const { snapshot, effects } = after(wanted, failed);
  expect(snapshot.value).toBe('notOnboarded');
  expect(effects).toMatchObject([{ type: 'report', outcome: 'mayHaveBeenExecuted' }]);
  expect(after(wanted, failed, wanted).effects).toEqual([toCore('OnboardApiInvokerRequest')]);
});

test('an onboarding that the core defers is reported as refused: no notification is taken (TS 29.222 5.5.2.2)', () => {
  const { snapshot, effects } = after(wanted, { type: 'OnboardingDeferred' });
  expect(snapshot.value).toBe('notOnboarded');
  expect(effects).toMatchObject([{ type: 'report', outcome: 'refused', because: expect.stringContaining('defers') }]);
});

test('a core whose certificate is not accepted is asked once (6.1, 6.8)', () => {
  const distrust = { type: 'report', outcome: 'gaveUp', because: 'the certificate of the core is not accepted' };
  expect(after(wanted, untrusted)).toMatchObject({ snapshot: { value: 'notOnboarded' }, effects: [distrust] });
  const offboarding = [...onboarded, offboardingWanted] as const;
  expect(after(...offboarding, untrusted)).toMatchObject({ snapshot: { value: 'onboarded' }, effects: [distrust] });
});

test('an invoker gives up to onboard at a core that is not there, and counts from zero when asked again (6.1)', () => {
  const given = [wanted, gone, expired, gone] as const;

  expect(after(...given).snapshot.value).toBe('notOnboarded');
  expect(after(...given).effects).toEqual([unreachable]);
  expect(after(...given, wanted, gone).effects).toEqual([startPause]);
});

test('an offboarded invoker tells all its associations, and is not onboarded again (6.8)', () => {
  expect(after(...onboarded, offboardingWanted).effects).toEqual([toCore('OffboardApiInvokerRequest')]);

  const { snapshot, effects } = after(...onboarded, offboardingWanted, { type: 'OffboardApiInvokerResponse' });
  expect(snapshot).toMatchObject({ value: 'offboarded', status: 'done' });
  expect(effects).toEqual([{ type: 'tell', to: 'apiInvoker', event: { type: 'invoker.offboarded' } }]);
  expect(expects(apiInvokerEnrolment, snapshot, wanted)).toBe(false);
});

test('an offboarding that got no answer is tried again after a pause, then given up (6.8)', () => {
  const failedOnce = [...onboarded, offboardingWanted, failed] as const;

  expect(after(...failedOnce).effects).toEqual([startPause]);
  expect(after(...failedOnce, expired).effects).toEqual([stopPause, toCore('OffboardApiInvokerRequest')]);
  expect(after(...failedOnce, expired, failed).effects).toEqual([unreachable]);
  expect(after(...failedOnce, expired, failed).snapshot.value).toBe('onboarded');
  expect(after(...failedOnce, expired, failed, offboardingWanted, failed).effects).toEqual([startPause]);
});

test('an invoker stays onboarded when its offboarding is refused (6.8)', () => {
  const { snapshot, effects } = after(...onboarded, offboardingWanted, { type: 'OffboardingRefused' });
  expect(snapshot.value).toBe('onboarded');
  expect(effects).toMatchObject([{ type: 'report', outcome: 'refused' }]);
});

test('attempts to onboard do not count for the offboarding (6.8)', () => {
  const late = [wanted, gone, expired, { type: 'OnboardApiInvokerResponse' }, offboardingWanted, failed] as const;

  expect(after(...late).effects).toEqual([startPause]);
});
