/**
 * A role ends and begins again. What is durable survives, and every exchange that it had is broken. Durable are what the core
 * has acknowledged, the methods of the AEF and what its publisher has still to publish, and the enrolment of the invoker; of
 * what the AEF has been told about an invoker, its machine says itself what it keeps.
 */

import { invokerNeeds, type Making } from '../composition.ts';
import type { Turn } from '../macro-step.ts';
import { stateOf } from './forgery-and-expiry.ts';

const publisherNeeds = ['publications', 'apiPublishingFunction', 'apiExposingFunction'] as const;
const admissionNeeds = ['invokerAdmission', 'fetch', 'aefPsk'] as const;

export function addRestarts(making: Making): void {
  const { world, machines, fault, tellInvoker } = making;
  fault('restarts', 'restart the invoker or the AEF', [...invokerNeeds, ...admissionNeeds], (view, take) => {
    const { apiInvoker, control, invocations } = view;
    if (!['onboarded', 'offboarded'].includes(stateOf(apiInvoker.state))) {
      take('restart apiInvoker', (turn) => {
        turn.set('apiInvoker', machines.apiInvoker.first.cell);
        turn.set('control', { at: 'nothing' });
        turn.set('invocations', []);
        turn.set('told', { refusedCredential: 0 });
      });
    }
    take('restart invokerAdmission', (turn) => {
      turn.tell('invokerAdmission', { type: 'role.restarted' });
      turn.set('fetch', { at: 'nothing' });
      turn.set('invocations', []);
      for (const { message } of invocations) {
        const { credential = 0 } = message as { credential?: number };
        tellInvoker(turn, { type: 'invocation.failed', credential, because: 'cut' } as { type: string });
      }
      if (control.at === 'heldByAef') {
        turn.set('control', { at: 'nothing' });
        tellInvoker(turn, { type: 'exchange.failed' });
      }
    });
  });
  // Of a role that keeps everything only the exchanges break, which is nothing new where each of them breaks by itself.
  if (world.cuts === 'always') return;
  const coreNeeds = ['capifCoreFunction', 'revocation', 'offboarding'] as const;
  const needs = [...invokerNeeds, ...admissionNeeds, ...publisherNeeds, ...coreNeeds];
  fault('restarts', 'restart the core or its publisher', needs, ({ publications }, take) => {
    if (publications.length > 0) take('restart apiPublishingFunction', breakPublications);
    take('restart capifCoreFunction', (turn) => {
      breakCapif1e(turn, making);
      breakCapif3(turn);
      breakPublications(turn);
    });
  });
}

function breakCapif1e(turn: Turn, { tellInvoker }: Making): void {
  const control = turn.get('control');
  turn.set('offboarding', { at: 'nothing' });
  const isAnswerOfCore = control.at === 'answered' && !control.message.type.startsWith('AuthenticationInitiation');
  if (control.at === 'openingCore') {
    turn.set('control', { at: 'nothing' });
    tellInvoker(turn, { type: 'tls.failed', because: 'unreachable' } as { type: string });
  } else if (isAnswerOfCore || (control.at === 'asking' && control.to === 'capifCoreFunction')) {
    turn.set('control', { at: 'nothing' });
    tellInvoker(turn, { type: 'exchange.failed' });
  }
}

function breakCapif3(turn: Turn): void {
  if (turn.get('fetch').at !== 'nothing') {
    turn.set('fetch', { at: 'nothing' });
    turn.tell('invokerAdmission', { type: 'exchange.failed' });
  }
  if (turn.get('revocation').at !== 'nothing') {
    turn.set('revocation', { at: 'nothing' });
    turn.tell('capifCoreFunction', { type: 'exchange.failed' });
  }
}

/** Those that are late are no longer on any connection. */
function breakPublications(turn: Turn): void {
  const broken = turn.get('publications').filter((one) => one.at === 'answered' || one.awaited);
  turn.set(
    'publications',
    turn.get('publications').filter((one) => !broken.includes(one)),
  );
  for (const one of broken) {
    const { revision } = one.at === 'asking' ? one.message : one;
    turn.tell('apiPublishingFunction', { type: 'publication.failed', revision } as { type: string });
  }
}
