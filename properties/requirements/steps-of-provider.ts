/** Properties of each step of the AEF and its publisher, and of the core as it registers publications (6.7, TS 29.222). */

import { outermostState } from '../../machines/steps/step.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Configuration } from '../model/setting.ts';
import { always, type Property } from './property.ts';
import { eachStepOf, performs, sends } from './role-step.ts';

export const stepsOfProvider = (configuration: Configuration): Property[] => [
  ...admission(configuration),
  ...acceptance(configuration),
  ...publication(configuration),
];

function admission({ amendments }: Configuration): Property[] {
  const fetchesAgain = amendments.includes('fetch-credentials-again');
  const keepsRevocations = amendments.includes('keep-revocations');
  const enforces = fetchesAgain && amendments.includes('enforce-the-selection');
  type Context = { credential: number; selected?: SecurityMethod; asksAgain: boolean };
  type Event = { type: string; method: SecurityMethod; credential: number };
  return [
    eachStepOf<Context, Event>(
      'invokerAdmission',
      'S1 by amendment, no invocation is served under another method than the core selected, as far as the AEF has heard',
      '6.3.1',
      (step) => {
        const { event, before } = step;
        const { selected, credential } = before;
        if (!sends(step, 'ServiceApiInvocationResponse')) return undefined;
        if (selected === undefined) return enforces ? credential === 0 : undefined;
        return event.method === selected || (event.method === 'OAUTH' && event.credential > credential);
      },
    ),
    eachStepOf<Context, Event>(
      'invokerAdmission',
      'S3 no invocation is served with a key or token of an earlier negotiation than the AEF has heard of',
      '6.5.2',
      (step) => {
        const { event, before } = step;
        if (!sends(step, 'ServiceApiInvocationResponse') || event.method === 'PKI') return undefined;
        return event.credential >= before.credential;
      },
    ),
    eachStepOf<Context, Event>('invokerAdmission', 'S3 the AEF forgets an expired credential', '6.5.2.1', (step) => {
      const { event, before, after } = step;
      if (event.type !== 'credential.expired' || before.credential === 0) return undefined;
      return after.credential === 0 && performs(step, 'forgetCredential');
    }),
    eachStepOf<Context, Event>(
      'invokerAdmission',
      'L1 at an initiation the AEF asks the core if it knows nothing, and always by amendment, at once or next',
      '6.7',
      (step) => {
        const { event, from, after } = step;
        if (event.type !== 'AuthenticationInitiationRequest' || from === 'revoked') return undefined;
        if (from === 'fetching') return !sends(step, 'SecurityInformationRequest') && after.asksAgain === fetchesAgain;
        return sends(step, 'SecurityInformationRequest') === (fetchesAgain || from === 'unknown');
      },
    ),
    eachStepOf<Context, Event>(
      'invokerAdmission',
      'L3 the AEF asks the core only for an initiation that has come since it asked last',
      'TS 29.222 6.2.2.2',
      (step) => {
        const { event, before, after } = step;
        if (!sends(step, 'SecurityInformationRequest')) return undefined;
        return (event.type === 'AuthenticationInitiationRequest' || before.asksAgain) && !after.asksAgain;
      },
    ),
    eachStepOf<Context, Event>(
      'invokerAdmission',
      'S3 the AEF knows of an invoker what the core said last: key and rights, nothing, or a revocation',
      'TS 29.222 5.6.2.4',
      (step) => {
        const { event, from, after } = step;
        const forgets = after.credential === 0 && performs(step, 'forgetCredential');
        if (event.type === 'RevokeAuthorizationRequest') return from === 'revoked' || forgets;
        if (from !== 'fetching') return undefined;
        if (event.type === 'SecurityInformationNotFound') return forgets;
        if (event.type !== 'SecurityInformationResponse') return undefined;
        return after.credential === event.credential && performs(step, 'keepCredential');
      },
    ),
    always(
      'L3 the AEF waits for the core only while its request is under way',
      'TS 29.222 5.6.2.4',
      ['invokerAdmission', 'fetch'],
      ({ invokerAdmission, fetch }) =>
        outermostState(invokerAdmission.value) === 'fetching' ? fetch.at !== 'nothing' : undefined,
    ),
    eachStepOf<Context, Event>(
      'invokerAdmission',
      'S3 a restart leaves the AEF no credential, and a revocation only by amendment',
      'TS 29.222 6.2.2.3',
      ({ event, from, to, after }) => {
        if (event.type !== 'role.restarted') return undefined;
        return to === (from === 'revoked' && keepsRevocations ? 'revoked' : 'unknown') && after.credential === 0;
      },
    ),
  ];
}

function acceptance({ amendments }: Configuration): Property[] {
  const acceptsBoth = amendments.includes('accept-both-until-published');
  return [
    always(
      'S1 the AEF accepts its own methods, and others only by amendment',
      '6.7',
      ['apiExposingFunction'],
      ({ apiExposingFunction: { context } }) => {
        const { methods, accepted } = context as { methods: SecurityMethod[]; accepted: SecurityMethod[] };
        const acceptsOwn = methods.every((method) => accepted.includes(method));
        return acceptsOwn && (acceptsBoth || accepted.length === methods.length);
      },
    ),
    eachStepOf<{ methods: SecurityMethod[]; accepted: SecurityMethod[] }, { type: string }>(
      'apiExposingFunction',
      'S1 the AEF accepts no other methods than its own once its operator has ended them',
      '6.7',
      ({ event, after: { accepted, methods } }) =>
        event.type === 'oldMethods.withdrawn' ? accepted.every((method) => methods.includes(method)) : undefined,
    ),
  ];
}

function publication({ amendments }: Configuration): Property[] {
  const newestWins = amendments.includes('newest-revision-wins');
  const repeats = amendments.includes('publish-until-acknowledged');
  type Context = { revision: number; resourceKnown: boolean };
  type Event = { type: string; revision: number };
  return [
    always(
      'S2 the core offers only methods that have been published',
      'TS 29.222 5.3.2.2',
      ['publishedService'],
      ({ publishedService: { value, context } }) => value === 'published' || context.revision === 0,
    ),
    eachStepOf<Context, Event>(
      'publishedService',
      'S2 the core keeps the last publication that arrived, or the newest by amendment',
      'TS 29.222 5.3.2.5',
      ({ event, before, after, to }) => {
        if (to !== 'published') return false;
        const isOld = newestWins && event.revision < before.revision;
        return after.revision === (isOld ? before.revision : event.revision);
      },
    ),
    eachStepOf<Context, Event>(
      'apiPublishingFunction',
      'L3 the publisher knows whether the core has its newest revision',
      'TS 29.222 5.3.2.5',
      ({ event, from, to, before, after }) => {
        const isNewest = event.revision === before.revision;
        if (event.type === 'ServiceApiUpdateResponse' && !after.resourceKnown) return false;
        if (from !== 'publishing' || !isNewest) return undefined;
        if (event.type === 'ServiceApiUpdateResponse') return to === 'published';
        return event.type === 'publication.failed' ? to === (repeats ? 'pausing' : 'unpublished') : undefined;
      },
    ),
    eachStepOf<Context, Event>(
      'apiPublishingFunction',
      'L3 a message about an earlier revision changes nothing at the publisher',
      'TS 29.222 5.3.2.5',
      ({ event, from, to, before }) => {
        const isAboutRevision = ['ServiceApiUpdateResponse', 'publication.failed'].includes(event.type);
        return isAboutRevision && event.revision < before.revision ? to === from : undefined;
      },
    ),
  ];
}
