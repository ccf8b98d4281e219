/**
 * A role restarts: what is durable survives, and all its exchanges break. Durable are what the core has acknowledged, the
 * methods of the AEF and those that its publisher must still publish, and the enrolment of the invoker. The machine of the
 * AEF itself says what it keeps of what it was told about an invoker.
 */

import { outermostState } from '../../../machines/steps/step.ts';
import type { MacroStep } from '../macro-step.ts';
import { invokerVariables, type RuleContext } from '../rule.ts';

const publisherNeeds = ['publications', 'apiPublishingFunction', 'apiExposingFunction'] as const;
const admissionNeeds = ['invokerAdmission', 'fetch', 'aefPsk'] as const;

export function addRestart(context: RuleContext): void {
  const { configuration, machines, fault, tellInvoker } = context;
  fault('restarts', 'restart the invoker or the AEF', [...invokerVariables, ...admissionNeeds], (view, enable) => {
    const { apiInvoker, control, invocations } = view;
    if (!['onboarded', 'offboarded'].includes(outermostState(apiInvoker.value))) {
      enable('restart apiInvoker', (step) => {
        step.set('apiInvoker', machines.apiInvoker.first.state);
        step.set('control', { at: 'nothing' });
        step.set('invocations', []);
        step.set('told', { refusedCredential: 0 });
      });
    }
    enable('restart invokerAdmission', (step) => {
      step.tell('invokerAdmission', { type: 'role.restarted' });
      step.set('fetch', { at: 'nothing' });
      step.set('invocations', []);
      for (const { message } of invocations) {
        const { credential = 0 } = message as { credential?: number };
        tellInvoker(step, { type: 'invocation.failed', credential, because: 'cut' } as { type: string });
      }
      if (control.at === 'heldByAef') {
        step.set('control', { at: 'nothing' });
        tellInvoker(step, { type: 'exchange.failed' });
      }
    });
  });
  // Restarting a role that loses no state only breaks its exchanges, which unlimited cuts already cover.
  if (configuration.cuts === 'always') return;
  const coreNeeds = ['capifCoreFunction', 'revocation', 'offboarding'] as const;
  const needs = [...invokerVariables, ...admissionNeeds, ...publisherNeeds, ...coreNeeds];
  fault('restarts', 'restart the core or its publisher', needs, ({ publications }, enable) => {
    if (publications.length > 0) enable('restart apiPublishingFunction', breakPublications);
    enable('restart capifCoreFunction', (step) => {
      breakCapif1e(step, context);
      breakCapif3(step);
      breakPublications(step);
    });
  });
}

function breakCapif1e(step: MacroStep, { tellInvoker }: RuleContext): void {
  const control = step.get('control');
  step.set('offboarding', { at: 'nothing' });
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
