/** Properties of the effects of a step: what they say, and in which order they are performed (6.3.1, 6.7, A.1, TS 29.222). */

import type { Effect } from '../../machines/effects.ts';
import type { Message } from '../../machines/messages.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Configuration } from '../model/setting.ts';
import { isOffered } from './method-facts.ts';
import type { Property } from './property.ts';
import { eachStepOf, isWithin, sends, sent } from './role-step.ts';

export const effectsOfSteps = (configuration: Configuration): Property[] => [
  ...effectsOfInvoker(configuration),
  ...effectsOfCore,
  ...effectsOfProvider(configuration),
];

type Effects = { effects: readonly Effect[] };
const performed = <T extends Effect['type']>({ effects }: Effects, type: T) =>
  effects.find((effect): effect is Extract<Effect, { type: T }> => effect.type === type);

/** Undefined if it does not send the message; otherwise whether it performs the effect before that, or not at all. */
function isBefore(step: Effects, effect: Effect['type'], message: Message['type']): boolean | undefined {
  const { effects } = step;
  const sending = effects.findIndex((one) => one.type === 'send' && one.message.type === message);
  return sending < 0 ? undefined : effects.findLastIndex((one) => one.type === effect) < sending;
}

/** Where the invoker stands when the application is told so. */
const restsIn = {
  noCommonMethod: 'withoutMethod',
  refused: 'refused',
  gaveUp: 'gaveUp',
  offboarded: 'offboarded',
  mayHaveBeenExecuted: undefined,
} as const;

function effectsOfInvoker({ supported }: Configuration): Property[] {
  type Event = { type: string; credential?: number };
  return [
    eachStepOf<unknown, Event>(
      'apiInvoker',
      'S2 the invoker derives the key of the credential that it was given with TLS-PSK',
      'A.1',
      (step) => {
        const derived = performed(step, 'deriveAefPsk');
        return derived && derived.credential === step.event.credential;
      },
    ),
    eachStepOf<unknown, Event>(
      'apiInvoker',
      'S2 the invoker sends the core all its methods, in its order of preference',
      '6.3.1',
      (step) => {
        const asked = sent(step, 'SecurityMethodRequest') ?? sent(step, 'SecurityMethodUpdateRequest');
        return asked && String(asked.supported) === String(supported);
      },
    ),
    eachStepOf<unknown, Event>(
      'apiInvoker',
      'L3 the outcome that the application is told is what has happened',
      '6.7',
      (step) => {
        const { event, from, to } = step;
        if (event.type === 'NoCommonMethod' && isWithin(from, 'authenticated') && to !== 'withoutMethod') return false;
        const outcome = performed(step, 'report')?.outcome;
        const rests = outcome && restsIn[outcome];
        // An invocation of before may be refused wherever the invoker stands by then.
        if (outcome && event.type === 'NotAuthorizedFailure') return outcome === 'refused';
        return rests && isWithin(to, rests);
      },
    ),
    eachStepOf<unknown, Event>(
      'apiInvoker',
      'L2 another invocation that is wanted does not end a pause',
      '6.7',
      ({ event, from, to }) => {
        return event.type === 'serviceApi.wanted' && from === 'pausing' ? to === 'pausing' : undefined;
      },
    ),
  ];
}

type CoreContext = {
  selected?: SecurityMethod;
  credential: number;
  offers: { service: number; methods: readonly SecurityMethod[] }[];
  names: Parameters<typeof isOffered>[2];
};
const effectsOfCore: readonly Property[] = [
  eachStepOf<CoreContext, { type: string }>(
    'capifCoreFunction',
    'S2 the core derives the key of the credential that it answers with, and before it answers',
    'A.1',
    (step) => {
      const derived = performed(step, 'deriveAefPsk');
      if (!derived) return undefined;
      const isOfAnswer = derived.credential === sent(step, 'SecurityMethodResponse')?.credential;
      return isOfAnswer && isBefore(step, 'deriveAefPsk', 'SecurityMethodResponse') === true;
    },
  ),
  eachStepOf<CoreContext, { type: string }>(
    'capifCoreFunction',
    'L1 an update that offers the selected method again, or still, takes nothing from the invoker',
    '6.7',
    ({ event, from, to, before, after }) => {
      const { selected } = before;
      if (event.type !== 'securityMethods.published' || !isWithin(from, 'negotiated', 'outdated')) return undefined;
      if (selected === undefined || !isOffered(selected, after.offers, after.names)) return undefined;
      return to === 'negotiated' && after.selected === selected && after.credential === before.credential;
    },
  ),
  eachStepOf<CoreContext, { type: string; revision?: number }>(
    'publishedService',
    'S2 the core acknowledges the revision that was sent, once every security context knows the methods',
    'TS 29.222 5.3.2.5',
    (step) => {
      const answer = sent(step, 'ServiceApiUpdateResponse');
      if (!answer) return undefined;
      return answer.revision === step.event.revision && isBefore(step, 'tell', 'ServiceApiUpdateResponse') === true;
    },
  ),
];

function effectsOfProvider({ amendments }: Configuration): Property[] {
  const fetchesAgain = amendments.includes('fetch-credentials-again');
  type Event = { type: string };
  return [
    eachStepOf<unknown, Event>(
      'invokerAdmission',
      'S3 the AEF acknowledges a revocation once it has forgotten key and rights',
      'TS 29.222 6.2.2.3',
      (step) => isBefore(step, 'forgetCredential', 'RevokeAuthorizationResponse'),
    ),
    eachStepOf<unknown, Event>(
      'invokerAdmission',
      'S3 the AEF accepts an initiation on the answer of the core, or on what it knows where it need not ask',
      'TS 29.222 6.2.2.2',
      (step) => {
        if (!sends(step, 'AuthenticationInitiationResponse')) return undefined;
        const { event, from } = step;
        if (event.type === 'SecurityInformationResponse') return true;
        return event.type === 'AuthenticationInitiationRequest' && from === 'known' && !fetchesAgain;
      },
    ),
  ];
}
