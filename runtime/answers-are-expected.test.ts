/**
 * No adapter tells its machine what the machine does not expect: in every state in which an exchange may be under way,
 * each event that may come of it has a transition; and what is told without having been asked for, everywhere.
 */
import { serializeSnapshot } from '@xstate/graph';
import { expect, test } from 'vitest';
import type { AnyMachineSnapshot, EventObject } from 'xstate';
import type { Effect } from '../machines/effects.ts';
import type { MachineId } from '../machines/roles.ts';
import { begin, expects, stateName, step } from '../machines/steps/step.ts';
import { ids, settingsOf } from '../machines/testing/all-events.ts';
import { answersToRevocation } from './core/contexts/repeated-revocation.ts';
import { answersToAdmission } from './exposing/admissions/admission.ts';
import { answersOfAef } from './invoker/aef-side.ts';
import { answersOfCore } from './invoker/core-side.ts';
import { answersToEnrolment } from './invoker/enrolment.ts';
import { answersToInvocation } from './invoker/invocations.ts';
import { answersToPublication } from './publishing/publishing-function.ts';

type Heard = {
  /** By request: what may come of it. */
  answers: Record<string, readonly string[]>;
  /** Told in turn alone: an application waits for the end of what it wants, and a connection opens before it closes. */
  inTurn?: readonly string[];
};

/** All else that a machine knows comes unasked: from a listener, a clock, an application or another machine. */
const heard: Record<MachineId, Heard> = {
  // A kept enrolment is told of before anything else.
  apiInvokerEnrolment: {
    answers: answersToEnrolment,
    inTurn: ['onboarding.wanted', 'offboarding.wanted', 'enrolment.kept'],
  },
  apiInvoker: { answers: { ...answersOfCore, ...answersOfAef, ...answersToInvocation } },
  invokerProfile: {
    answers: {},
    inTurn: [
      ...['OnboardApiInvokerRequest', 'onboarding.unauthenticated'],
      ...['tls.established', 'OffboardApiInvokerRequest', 'tls.closed'],
      // Its timer begins with the onboarding, and is stopped with it.
      'onboarding.expired',
    ],
  },
  capifCoreFunction: { answers: answersToRevocation },
  publishedService: { answers: {} },
  apiExposingFunction: { answers: {} },
  invokerAdmission: { answers: answersToAdmission },
  apiPublishingFunction: { answers: answersToPublication },
};
const timer: Heard['answers'] = { startTimer: ['timer.expired'] };
/** All that was under way is broken. */
const isRestart = ({ type }: EventObject) => type === 'role.restarted';

/** Invocations go on when their connection is retired, and there may be several at once. */
const isForGood = (request: string) => request === 'ServiceApiInvocation';
const requestOf = (effect: Effect): string => {
  if (effect.type === 'send') return effect.message.type;
  return effect.type === 'openTls' ? `${effect.type} ${effect.to}` : effect.type;
};

const coreRequests = Object.keys({ ...answersOfCore, ...answersToEnrolment });
const peerOf = new Map<string, string>([
  ...coreRequests.map((request) => [request, 'core'] as const),
  ...Object.keys(answersOfAef).map((request) => [request, 'AEF'] as const),
]);

/** One exchange at a time is under way with each peer: another one, or the end of the connection, abandons it. */
function underWayAfter(before: readonly string[], event: EventObject, effects: Effect[], { answers }: Heard) {
  const isOver = (request: string) =>
    isRestart(event) || (!isForGood(request) && answers[request]?.includes(event.type));
  let underWay = before.filter((request) => !isOver(request));
  const abandon = (peer: string | undefined) => {
    if (peer) underWay = underWay.filter((request) => peerOf.get(request) !== peer);
  };
  for (const effect of effects) {
    const request = requestOf(effect);
    if (effect.type === 'closeTls') abandon(effect.to === 'capifCoreFunction' ? 'core' : 'AEF');
    if (effect.type === 'stopTimer') underWay = underWay.filter((one) => one !== 'startTimer');
    if (!Object.hasOwn(answers, request)) continue;
    abandon(peerOf.get(request));
    underWay = [...underWay.filter((one) => one !== request), request];
  }
  return underWay.sort();
}

type Place = { at: AnyMachineSnapshot; underWay: string[] };

/** Everything that a machine does not expect, from wherever its adapters can lead it. */
function unexpected(id: MachineId): string[] {
  const told = { ...heard[id], answers: { ...heard[id].answers, ...timer } };
  const { answers, inTurn = [] } = told;
  const asked = new Set([...Object.values(answers).flat(), ...inTurn]);
  const found = new Set<string>();
  for (const { machine, input, events, stopWhen } of settingsOf(id)) {
    const first = begin(machine, input);
    const places: Place[] = [
      { at: first.snapshot, underWay: underWayAfter([], { type: 'begin' }, first.effects, told) },
    ];
    const seen = new Set<string>();
    for (let place = places.pop(); place; place = places.pop()) {
      const { at, underWay } = place;
      const name = `${serializeSnapshot(at)} ${underWay}`;
      if (seen.has(name) || at.status === 'done') continue;
      seen.add(name);
      for (const event of events(at)) {
        const request = underWay.find((one) => answers[one]?.includes(event.type));
        const isItsTurn = inTurn.includes(event.type) && expects(machine, at, event);
        if (!request && asked.has(event.type) && !isItsTurn) continue;
        if (!expects(machine, at, event)) {
          found.add(`${event.type}${request ? ` to ${request}` : ''} in ${stateName(at.value)}`);
          continue;
        }
        if (stopWhen(at)) continue;
        const { snapshot, effects } = step(machine, at, event);
        places.push({ at: snapshot, underWay: underWayAfter(underWay, event, effects, told) });
      }
    }
    expect(seen.size).toBeGreaterThan(1);
  }
  return [...found].sort();
}

for (const id of ids) {
  test(`${id} expects all that its adapters may tell it`, () => {
    expect(unexpected(id)).toEqual([]);
  });
}
