/** What an attacker on the network does, and what expires. Broken exchanges are in `cuts.ts`, restarts in `restarts.ts`. */
import { outermostState } from '../../../machines/steps/step.ts';
import { replacedAt } from '../macro-step.ts';
import { invokerVariables, type RuleContext } from '../rule.ts';

/** All that an AEF may say is there to be faked, or replayed, by one in its place: 6.7 does not ask that it be authenticated. */
const toInvocations = ['IncorrectMethodFailure', 'NotAuthenticatedFailure', 'NotAuthorizedFailure'];
const toInitiations = ['AuthenticationInitiationResponse', 'AuthenticationInitiationRefused'];

export function addForgeryAndExpiry({ fault, tellInvoker }: RuleContext): void {
  // In the place of an answer, whatever the AEF makes of the request; and a handshake is broken by an alert.
  fault('forgeries', 'forge', invokerVariables, ({ invocations, control }, enable) => {
    for (const [n, { at, message }] of invocations.entries()) {
      if (at !== 'asking') continue;
      const { credential } = message;
      for (const type of toInvocations) {
        enable(`forge ${type} ${credential}`, (step) => {
          step.set('invocations', replacedAt(invocations, n));
          tellInvoker(step, { type, credential } as { type: string });
        });
      }
    }
    if (control.at === 'heldByAef' || (control.at === 'asking' && control.to === 'apiExposingFunction')) {
      for (const type of toInitiations) {
        enable(`forge ${type}`, (step) => {
          step.set('control', { at: 'nothing' });
          tellInvoker(step, { type });
        });
      }
    }
    if (control.at === 'openingAef') {
      enable('forge alert', (step) => {
        step.set('control', { at: 'nothing' });
        tellInvoker(step, { type: 'tls.failed', because: 'handshake' } as { type: string });
      });
    }
  });

  fault('expiries', 'expire at the invoker', invokerVariables, ({ apiInvoker }, enable) => {
    if (outermostState(apiInvoker.value) === 'negotiated') {
      enable('expire credential of apiInvoker', (step) => tellInvoker(step, { type: 'credential.expired' }));
    }
  });
  fault('expiries', 'expire at the AEF', ['invokerAdmission', 'aefPsk'], ({ invokerAdmission }, enable) => {
    if (invokerAdmission.context.credential !== 0) {
      enable('expire credential of invokerAdmission', (step) =>
        step.tell('invokerAdmission', { type: 'credential.expired' }),
      );
    }
  });
}
