import { expect, test } from 'vitest';
import type { EventFrom } from 'xstate';
import { apiInvokerEnrolment } from './api-invoker-enrolment.ts';
import { begin, expects, step } from './step.ts';

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

test('an invoker reports that its onboarding credential is refused, and may try another (6.1)', () => {
  const { snapshot, effects } = after(wanted, { type: 'OnboardingRefused' });

  expect(snapshot.value).toBe('notOnboarded');
  expect(effects).toEqual([
    { type: 'report', outcome: 'refused', because: 'the onboarding credential is not accepted' },
  ]);
  expect(after(wanted, { type: 'OnboardingRefused' }, ...onboarded).snapshot.value).toBe('onboarded');
});

test('an onboarding that got no answer is tried again after a pause (6.1)', () => {
  expect(after(wanted, failed).effects).toEqual([startPause]);
  expect(after(wanted, failed, expired).effects).toEqual([stopPause, toCore('OnboardApiInvokerRequest')]);
});

test('an invoker gives up an onboarding that is never answered, and counts from zero when asked again (6.1)', () => {
  const given = [wanted, failed, expired, failed] as const;

  expect(after(...given).snapshot.value).toBe('notOnboarded');
  expect(after(...given).effects).toEqual([unreachable]);
  expect(after(...given, wanted, failed).effects).toEqual([startPause]);
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

test('attempts to onboard do not count for the offboarding (6.8)', () => {
  const late = [wanted, failed, expired, { type: 'OnboardApiInvokerResponse' }, offboardingWanted, failed] as const;

  expect(after(...late).effects).toEqual([startPause]);
});
