/** Properties of each step of the core for an invoker and an AEF: selection, credentials, revocation (6.3.1, TS 29.222). */

import type { Clause, Named, SecurityMethod } from '../../machines/vocabulary.ts';
import type { Answer } from '../checker/model.ts';
import type { Configuration } from '../model/setting.ts';
import { isOffered } from './method-facts.ts';
import type { Property } from './property.ts';
import { eachStepOf, isWithin, performs, type RoleStep, sends, sent } from './role-step.ts';

type Context = { selected?: SecurityMethod; offers: { service: number; methods: readonly SecurityMethod[] }[] };
type Event = { type: string; supported: readonly SecurityMethod[]; names: Named };
type Step = RoleStep<Context, Event>;

const each = (statement: string, clause: Clause, holds: (step: Step) => Answer): Property =>
  eachStepOf<Context, Event>('capifCoreFunction', statement, clause, holds);

const commonMethods = ({ event, before }: Step) =>
  event.supported.filter((method) => isOffered(method, before.offers, event.names));

export function stepsOfCore({ amendments }: Configuration): Property[] {
  const notifies = amendments.includes('notify-of-updates');
  const revokesOffboarded = amendments.includes('revoke-at-offboarding');
  return [
    each('S2 the core selects, of the offered methods, the one that the invoker prefers', '6.3.1', (step) => {
      const { after, to } = step;
      const answer = sent(step, 'SecurityMethodResponse');
      if (answer) return answer.selected === commonMethods(step)[0] && to === 'negotiated';
      if (!sends(step, 'NoCommonMethod')) return undefined;
      return commonMethods(step).length === 0 && after.selected === undefined && to === 'withoutMethod';
    }),
    each('S2 the core derives a key for TLS-PSK and for no other method', 'A.1', (step) => {
      const answer = sent(step, 'SecurityMethodResponse');
      return answer && (answer.selected === 'PSK') === performs(step, 'deriveAefPsk');
    }),
    each('S3 the core gives a token to invokers whose selected method is OAUTH, and to no others', 'C.3', (step) => {
      if (step.event.type !== 'AccessTokenRequest') return undefined;
      const mayHaveToken = step.from === 'negotiated' && step.before.selected === 'OAUTH';
      return sends(step, 'AccessTokenResponse') === mayHaveToken;
    }),
    each(
      'S3 the AEF learns from the core of invokers that have a method, and of no others',
      'TS 29.222 5.6.2.4',
      (step) => {
        if (step.event.type !== 'SecurityInformationRequest') return undefined;
        return sends(step, 'SecurityInformationResponse') === (step.before.selected !== undefined);
      },
    ),
    each(
      'S3 revocation and offboarding take effect at once, for good, and leave no credential',
      'TS 29.222 5.6.2.5',
      (step) => {
        const { event, from, to, after } = step;
        for (const end of ['revoked', 'offboarded'])
          if (isWithin(from, end)) return isWithin(to, end) && (event.type !== 'authorization.revoked' || to === from);
        if (event.type === 'authorization.revoked' && !isWithin(to, 'revoked')) return false;
        if (event.type === 'invoker.offboarded' && !isWithin(to, revokesOffboarded ? 'revoked' : 'offboarded'))
          return false;
        if (!isWithin(to, 'revoked', 'offboarded')) return undefined;
        return after.selected === undefined && performs(step, 'forgetCredential');
      },
    ),
    each(
      'L2 the core notifies an invoker when its method is withdrawn, and at no other time',
      'TS 29.222 5.3.2.5',
      (step) => {
        const isWithdrawn = step.from === 'negotiated' && step.to === 'outdated';
        if (!isWithdrawn) return sends(step, 'ServiceApiUpdateNotification') ? false : undefined;
        return sends(step, 'ServiceApiUpdateNotification') === notifies;
      },
    ),
    each('L3 a revocation is complete once it is acknowledged', 'TS 29.222 5.6.2.5', ({ event, from, to }) => {
      if (event.type !== 'RevokeAuthorizationResponse' || !isWithin(from, 'revoked')) return undefined;
      return to === 'revoked.informed';
    }),
  ];
}
