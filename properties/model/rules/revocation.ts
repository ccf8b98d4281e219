/** The end of an authorization: the core revokes it (TS 29.222 5.6.2.5), or the invoker is offboarded (6.8). */
import { expirePause, invokerVariables, type RuleContext } from '../rule.ts';

export function addRevocation({ configuration, rule, fault, tellInvoker }: RuleContext): void {
  if (configuration.revocations === 0 && configuration.offboardings === 0) return;
  fault('revocations', 'revoke', ['capifCoreFunction', 'revocation'], (_, enable) => {
    enable('revoke', (step) => step.tell('capifCoreFunction', { type: 'authorization.revoked' }));
  });
  rule('pause of the core', 'weak', ['capifCoreFunction', 'revocation'], (view, enable) => {
    if (view.capifCoreFunction.paused)
      enable('expire pause of capifCoreFunction', (step) => expirePause(step, 'capifCoreFunction'));
  });
  rule(
    'revoke at the AEF',
    'strong',
    ['revocation', 'invokerAdmission', 'aefPsk', 'control'],
    ({ revocation }, enable) => {
      if (revocation.at === 'asking') {
        enable('deliver RevokeAuthorizationRequest', (step) =>
          step.tell('invokerAdmission', { type: 'RevokeAuthorizationRequest' }),
        );
      }
    },
  );
  rule('acknowledge revocation', 'strong', ['revocation', 'capifCoreFunction'], ({ revocation }, enable) => {
    if (revocation.at !== 'answered') return;
    enable('deliver RevokeAuthorizationResponse', (step) => {
      step.set('revocation', { at: 'nothing' });
      step.tell('capifCoreFunction', { type: 'RevokeAuthorizationResponse' });
    });
  });
  fault(
    'cuts',
    'cut a withdrawal',
    ['revocation', 'offboarding', 'capifCoreFunction'],
    ({ revocation, offboarding }, enable) => {
      const request = revocation.at === 'asking' ? 'RevokeAuthorizationRequest' : 'RevokeAuthorizationResponse';
      if (revocation.at !== 'nothing') {
        enable(`lose ${request}`, (step) => {
          step.set('revocation', { at: 'nothing' });
          step.tell('capifCoreFunction', { type: 'exchange.failed' });
        });
      }
      if (offboarding.at === 'answered') {
        enable('lose OffboardApiInvokerResponse', (step) => step.set('offboarding', { at: 'nothing' }));
      }
    },
  );

  if (configuration.offboardings === 0) return;
  // The core has the request, or acts of its own accord; an invoker that gets no answer keeps what it has.
  fault('offboardings', 'offboard', ['capifCoreFunction', 'revocation', 'offboarding'], (_, enable) => {
    enable('offboard', (step) => {
      step.set('offboarding', { at: 'answered' });
      step.tell('capifCoreFunction', { type: 'invoker.offboarded' });
    });
  });
  rule('answer an offboarding', 'strong', [...invokerVariables, 'offboarding'], ({ offboarding }, enable) => {
    if (offboarding.at !== 'answered') return;
    enable('deliver OffboardApiInvokerResponse', (step) => {
      step.set('offboarding', { at: 'nothing' });
      step.set('control', { at: 'nothing' });
      tellInvoker(step, { type: 'invoker.offboarded' });
    });
  });
}
