/**
 * A role restarts: what is durable survives, and all its exchanges break. Durable are what the core has acknowledged, the
 * methods of the AEF and those that its publisher must still publish, and the enrolment of the invoker. The machine of the
 * AEF itself says what it keeps of what it was told about an invoker.
 */

import { outermostState } from '../../../machines/steps/step.ts';
import type { MacroStep } from '../macro-step.ts';
import { type Conjunct, invokerVariables, type RuleContext } from '../rule.ts';

const publisherNeeds = ['publications', 'apiPublishingFunction', 'apiExposingFunction'] as const;
const admissionNeeds = ['invokerAdmission', 'fetch', 'aefPsk'] as const;

export function addRestart(context: RuleContext): void {
  const { configuration, machines, jointFault, tellInvoker } = context;
  const restartInvoker: Conjunct = {
    variables: invokerVariables,
    when: ({ apiInvoker }) => !['onboarded', 'offboarded'].includes(outermostState(apiInvoker.value)),
    take(step) {
      step.set('apiInvoker', machines.apiInvoker.first.state);
      step.set('control', { at: 'nothing' });
      step.set('invocations', []);
      step.set('told', { refusedCredential: 0 });
    },
  };
  const forgetAdmission: Conjunct = {
    variables: admissionNeeds,
    take(step) {
      step.tell('invokerAdmission', { type: 'role.restarted' });
      step.set('fetch', { at: 'nothing' });
    },
  };
  const breakCapif2e: Conjunct = {
    variables: invokerVariables,
    take(step) {
      const [control, invocations] = [step.get('control'), step.get('invocations')];
      step.set('invocations', []);
      for (const { message } of invocations) {
        const { credential = 0 } = message as { credential?: number };
        tellInvoker(step, { type: 'invocation.failed', credential, because: 'cut' } as { type: string });
      }
      if (control.at !== 'heldByAef') return;
      step.set('control', { at: 'nothing' });
      tellInvoker(step, { type: 'exchange.failed' });
    },
  };
  jointFault('restarts', 'restart the invoker or the AEF', {
    'restart apiInvoker': [restartInvoker],
    'restart invokerAdmission': [forgetAdmission, breakCapif2e],
  });
  // Restarting a role that loses no state only breaks its exchanges, which unlimited cuts already cover.
  if (configuration.cuts === 'always') return;
  const breakPublisher: Conjunct = { variables: publisherNeeds, take: breakPublications };
  const ends = configuration.revocations !== 0 || configuration.offboardings !== 0;
  const coreNeeds = ends ? (['capifCoreFunction', 'revocation', 'offboarding'] as const) : [];
  const breakInvokerAndAef: Conjunct = {
    variables: [...invokerVariables, ...admissionNeeds, ...coreNeeds],
    take(step) {
      breakCapif1e(step, context);
      breakCapif3(step);
      if (ends) breakWithdrawals(step);
    },
  };
  jointFault('restarts', 'restart the core or its publisher', {
    'restart apiPublishingFunction': [{ ...breakPublisher, when: ({ publications }) => publications.length > 0 }],
    'restart capifCoreFunction': [breakInvokerAndAef, breakPublisher],
  });
}

function breakCapif1e(step: MacroStep, { tellInvoker }: RuleContext): void {
  const control = step.get('control');
  const isAnswerOfCore = control.at === 'answered' && !control.message.type.startsWith('AuthenticationInitiation');
  if (control.at === 'openingCore') {
    step.set('control', { at: 'nothing' });
    tellInvoker(step, { type: 'tls.failed', because: 'unreachable' } as { type: string });
  } else if (isAnswerOfCore || (control.at === 'asking' && control.to === 'capifCoreFunction')) {
    step.set('control', { at: 'nothing' });
    tellInvoker(step, { type: 'exchange.failed' });
  }
}

function breakCapif3(step: MacroStep): void {
  if (step.get('fetch').at !== 'nothing') {
    step.set('fetch', { at: 'nothing' });
    step.tell('invokerAdmission', { type: 'exchange.failed' });
  }
}

/** Of the authorization: the core goes on with a revocation, and the answer to an offboarding is lost. */
function breakWithdrawals(step: MacroStep): void {
  step.set('offboarding', { at: 'nothing' });
  if (step.get('revocation').at !== 'nothing') {
    step.set('revocation', { at: 'nothing' });
    step.tell('capifCoreFunction', { type: 'exchange.failed' });
  }
}

/** Late publications are no longer on any connection. */
function breakPublications(step: MacroStep): void {
  const broken = step.get('publications').filter((one) => one.at === 'answered' || one.awaited);
  step.set(
    'publications',
    step.get('publications').filter((one) => !broken.includes(one)),
  );
  for (const one of broken) {
    const { revision } = one.at === 'asking' ? one.message : one;
    step.tell('apiPublishingFunction', { type: 'publication.failed', revision } as { type: string });
  }
}
