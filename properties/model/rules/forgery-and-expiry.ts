/** What an attacker on the network does, and what expires. Broken exchanges are in `cuts.ts`, restarts in `restarts.ts`. */
import { invokerNeeds, type Making } from '../composition.ts';
import { replacedAt } from '../macro-step.ts';

/** All that an AEF may say is there to be faked, or replayed, by one in its place: 6.7 does not ask that it be authenticated. */
const toInvocations = ['IncorrectMethodFailure', 'NotAuthenticatedFailure', 'NotAuthorizedFailure'];
const toInitiations = ['AuthenticationInitiationResponse', 'AuthenticationInitiationRefused'];

export function addFaults({ fault, tellInvoker }: Making): void {
  // In the place of an answer, whatever the AEF makes of the request; and a handshake is broken by an alert.
  fault('forgeries', 'forge', invokerNeeds, ({ invocations, control }, take) => {
    for (const [n, { at, message }] of invocations.entries()) {
      if (at !== 'asking') continue;
      const { credential } = message;
      for (const type of toInvocations) {
        take(`forge ${type} ${credential}`, (turn) => {
          turn.set('invocations', replacedAt(invocations, n));
          tellInvoker(turn, { type, credential } as { type: string });
        });
      }
    }
    if (control.at === 'heldByAef' || (control.at === 'asking' && control.to === 'apiExposingFunction')) {
      for (const type of toInitiations) {
        take(`forge ${type}`, (turn) => {
          turn.set('control', { at: 'nothing' });
          tellInvoker(turn, { type });
        });
      }
    }
    if (control.at === 'openingAef') {
      take('forge alert', (turn) => {
        turn.set('control', { at: 'nothing' });
        tellInvoker(turn, { type: 'tls.failed', because: 'handshake' } as { type: string });
      });
    }
  });

  fault('expiries', 'expire at the invoker', invokerNeeds, ({ apiInvoker }, take) => {
    if (stateOf(apiInvoker.state) === 'negotiated') {
      take('expire credential of apiInvoker', (turn) => tellInvoker(turn, { type: 'credential.expired' }));
    }
  });
  fault('expiries', 'expire at the AEF', ['invokerAdmission', 'aefPsk'], ({ invokerAdmission }, take) => {
    if (invokerAdmission.context.credential !== 0) {
      take('expire credential of invokerAdmission', (turn) =>
        turn.tell('invokerAdmission', { type: 'credential.expired' }),
      );
    }
  });
}

/** The outermost state of a machine. */
export const stateOf = (state: unknown): string =>
  typeof state === 'string' ? state : Object.keys(state as object)[0]!;
