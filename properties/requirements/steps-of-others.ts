/** What each step of the core, of the AEF and of its publisher owes to those who rely on it (6.3.1, 6.7, TS 29.222). */

import type { Effect } from '../../machines/effects.ts';
import type { Message } from '../../machines/messages.ts';
import { outermostState, stateName } from '../../machines/state-name.ts';
import type { Clause, SecurityMethod } from '../../machines/vocabulary.ts';
import type { MachineStep } from '../model/macro-step.ts';
import type { Configuration } from '../model/setting.ts';
import type { Part } from '../model/state.ts';
import { always, everyStep, type Property } from './property.ts';

type Context = {
  selected?: SecurityMethod;
  offered: readonly SecurityMethod[];
  credential: number;
  methods: readonly SecurityMethod[];
  revision: number;
  resourceKnown: boolean;
};
type Event = {
  type: string;
  supported: readonly SecurityMethod[];
  methods: readonly SecurityMethod[];
  revision: number;
};
type Taken = { event: Event; from: string; to: string; before: Context; after: Context; effects: readonly Effect[] };

const taken = ({ event, before, after, effects }: MachineStep): Taken => ({
  event: event as Event,
  from: stateName(before.value),
  to: stateName(after.value),
  before: before.context as Context,
  after: after.context as Context,
  effects,
});
const each = (part: Part, sentence: string, clause: Clause, holds: (step: Taken) => boolean): Property =>
  everyStep(sentence, clause, ({ steps }) => steps.every((step) => step.part !== part || holds(taken(step))));

const asks = ({ effects }: Taken, type: Effect['type']) => effects.some((effect) => effect.type === type);
function sent<T extends Message['type']>({ effects }: Taken, type: T): Extract<Message, { type: T }> | undefined {
  for (const effect of effects)
    if (effect.type === 'send' && effect.message.type === type) return effect.message as Extract<Message, { type: T }>;
  return undefined;
}
const within = (state: string, ...outer: string[]) => outer.some((one) => state === one || state.startsWith(`${one}.`));

/** What each request is answered with in the same step; `tell`: another machine of the same party answers. */
const answers: Partial<Record<Part, Record<string, readonly string[]>>> = {
  capifCoreFunction: {
    SecurityMethodRequest: ['SecurityMethodResponse', 'NoCommonMethod', 'SecurityMethodRefused'],
    SecurityMethodUpdateRequest: [
      'SecurityMethodResponse',
      'NoCommonMethod',
      'SecurityMethodRefused',
      'SecurityContextNotFound',
    ],
    AccessTokenRequest: ['AccessTokenResponse', 'AccessTokenRefused'],
    SecurityInformationRequest: ['SecurityInformationResponse', 'SecurityInformationNotFound'],
  },
  publishedService: {
    ServiceApiPublishRequest: ['ServiceApiUpdateResponse'],
    ServiceApiUpdateRequest: ['ServiceApiUpdateResponse'],
  },
  apiExposingFunction: { ServiceApiInvocation: ['IncorrectMethodFailure', 'tell'] },
  invokerAdmission: {
    ServiceApiInvocation: ['ServiceApiInvocationResponse', 'NotAuthenticatedFailure', 'NotAuthorizedFailure'],
    RevokeAuthorizationRequest: ['RevokeAuthorizationResponse'],
  },
};
function isAnswered({ part, event, effects }: MachineStep): boolean {
  const possible = answers[part]?.[event.type];
  return (
    !possible || effects.some((effect) => possible.includes(effect.type === 'send' ? effect.message.type : effect.type))
  );
}

const common = (event: Event, offered: readonly SecurityMethod[]) =>
  event.supported.filter((method) => offered.includes(method));

export function stepsOfOthers({ amendments }: Configuration): Property[] {
  const fetchesAgain = amendments.includes('fetch-credentials-again');
  const newestWins = amendments.includes('newest-revision-wins');
  const acceptsBoth = amendments.includes('accept-both-until-published');
  const keepsRevocations = amendments.includes('keep-revocations');
  const revokesOffboarded = amendments.includes('revoke-at-offboarding');
  const repeats = amendments.includes('publish-until-acknowledged');
  return [
    everyStep('L3 whatever happens to a role, its state has a word for it', '6.7', ({ steps }) =>
      steps.every(({ expected }) => expected),
    ),
    everyStep('L3 every request is answered', '6.7', ({ steps }) => steps.every(isAnswered)),
    each('capifCoreFunction', 'S2 the core selects what the invoker likes best of what is offered', '6.3.1', (step) => {
      const { event, before, after, to } = step;
      const answer = sent(step, 'SecurityMethodResponse');
      if (answer) return answer.selected === common(event, before.offered)[0] && to === 'negotiated';
      if (!sent(step, 'NoCommonMethod')) return true;
      return common(event, before.offered).length === 0 && after.selected === undefined && to === 'withoutMethod';
    }),
    each('capifCoreFunction', 'S2 the core derives a key for TLS-PSK, and for nothing else', 'A.1', (step) => {
      const answer = sent(step, 'SecurityMethodResponse');
      return !answer || (answer.selected === 'PSK') === asks(step, 'deriveAefPsk');
    }),
    each('capifCoreFunction', 'S3 a token is given to those whose method it is, and to nobody else', 'C.3', (step) => {
      if (step.event.type !== 'AccessTokenRequest') return true;
      const isTheirs = step.from === 'negotiated' && step.before.selected === 'OAUTH';
      return (sent(step, 'AccessTokenResponse') !== undefined) === isTheirs;
    }),
    each(
      'capifCoreFunction',
      'S3 the AEF learns of invokers that have a method, and of no others',
      'TS 29.222 5.6.2.4',
      (step) => {
        if (step.event.type !== 'SecurityInformationRequest') return true;
        return (sent(step, 'SecurityInformationResponse') !== undefined) === (step.before.selected !== undefined);
      },
    ),
    each(
      'capifCoreFunction',
      'S3 who is revoked or offboarded is so at once, for good, and leaves nothing',
      'TS 29.222 5.6.2.5',
      (step) => {
        const { event, from, to, after } = step;
        for (const end of ['revoked', 'offboarded'])
          if (within(from, end)) return within(to, end) && (event.type !== 'authorization.revoked' || to === from);
        if (event.type === 'authorization.revoked' && !within(to, 'revoked')) return false;
        if (event.type === 'invoker.offboarded' && !within(to, revokesOffboarded ? 'revoked' : 'offboarded'))
          return false;
        if (!within(to, 'revoked', 'offboarded')) return true;
        return after.selected === undefined && asks(step, 'forgetCredential');
      },
    ),
    each(
      'capifCoreFunction',
      'L3 a revocation that is acknowledged is done',
      'TS 29.222 5.6.2.5',
      ({ event, from, to }) => {
        return event.type !== 'RevokeAuthorizationResponse' || !within(from, 'revoked') || to === 'revoked.informed';
      },
    ),
    each('invokerAdmission', 'S3 an expired credential is forgotten', '6.5.2.1', (step) => {
      const { event, before, after } = step;
      if (event.type !== 'credential.expired' || before.credential === 0) return true;
      return after.credential === 0 && asks(step, 'forgetCredential');
    }),
    each(
      'invokerAdmission',
      'L1 the AEF asks the core at every authentication initiation, or if it knows nothing',
      '6.7',
      (step) => {
        const { event, from } = step;
        if (event.type !== 'AuthenticationInitiationRequest' || from === 'revoked') return true;
        return (sent(step, 'SecurityInformationRequest') !== undefined) === (fetchesAgain || from === 'unknown');
      },
    ),
    always(
      'L3 the AEF waits for the core only while it has asked',
      'TS 29.222 5.6.2.4',
      ['invokerAdmission', 'fetch'],
      (state) => {
        return outermostState(state.invokerAdmission.value) !== 'fetching' || state.fetch.at !== 'nothing';
      },
    ),
    each(
      'invokerAdmission',
      'S3 a restart leaves the AEF no credential, and a revocation only by amendment',
      'TS 29.222 6.2.2.3',
      ({ event, from, to, after }) => {
        if (event.type !== 'role.restarted') return true;
        return to === (from === 'revoked' && keepsRevocations ? 'revoked' : 'unknown') && after.credential === 0;
      },
    ),
    always(
      'S1 the AEF accepts its own methods, and others only by amendment',
      '6.7',
      ['apiExposingFunction'],
      ({ apiExposingFunction: { context } }) => {
        const { methods, accepted } = context as { methods: SecurityMethod[]; accepted: SecurityMethod[] };
        return (
          methods.every((method) => accepted.includes(method)) && (acceptsBoth || accepted.length === methods.length)
        );
      },
    ),
    always(
      'S2 the core offers only what has been published',
      'TS 29.222 5.3.2.2',
      ['publishedService'],
      ({ publishedService: { value, context } }) => value === 'published' || context.revision === 0,
    ),
    each(
      'publishedService',
      'S2 the core has what was published last',
      'TS 29.222 5.3.2.5',
      ({ event, before, after, to }) => {
        if (to !== 'published') return false;
        const isOld = newestWins && event.revision < before.revision;
        return after.revision === (isOld ? before.revision : event.revision);
      },
    ),
    each('apiPublishingFunction', 'L3 the publisher knows what the core has', 'TS 29.222 5.3.2.5', (step) => {
      const { event, from, to, before, after } = step;
      const isNewest = event.revision === before.revision;
      if (event.type === 'ServiceApiUpdateResponse' && !after.resourceKnown) return false;
      if (from !== 'publishing' || !isNewest) return true;
      if (event.type === 'ServiceApiUpdateResponse') return to === 'published';
      return event.type !== 'publication.failed' || to === (repeats ? 'pausing' : 'unpublished');
    }),
    each(
      'apiPublishingFunction',
      'L3 what is told of an earlier revision changes nothing',
      'TS 29.222 5.3.2.5',
      (step) => {
        const { event, from, to, before } = step;
        const isEarlier =
          ['ServiceApiUpdateResponse', 'publication.failed'].includes(event.type) && event.revision < before.revision;
        return !isEarlier || to === from;
      },
    ),
  ];
}
