/** How authorization is taken away: the core revokes it (TS 29.222 5.6.2.5), or the invoker is offboarded (6.8). */
import { expirePause, invokerNeeds, type Making } from '../composition.ts';

export function addWithdrawal({ world, rule, fault, tellInvoker }: Making): void {
  if (world.revocations === 0 && world.offboardings === 0) return;
  fault('revocations', 'revoke', ['capifCoreFunction', 'revocation'], (_, take) => {
    take('revoke', (turn) => turn.tell('capifCoreFunction', { type: 'authorization.revoked' }));
  });
  rule('pause of the core', 'weak', ['capifCoreFunction', 'revocation'], (view, take) => {
    if (view.capifCoreFunction.paused)
      take('expire pause of capifCoreFunction', (turn) => expirePause(turn, 'capifCoreFunction'));
  });
  rule(
    'revoke at the AEF',
    'strong',
    ['revocation', 'invokerAdmission', 'aefPsk', 'control'],
    ({ revocation }, take) => {
      if (revocation.at === 'asking') {
        take('deliver RevokeAuthorizationRequest', (turn) =>
          turn.tell('invokerAdmission', { type: 'RevokeAuthorizationRequest' }),
        );
      }
    },
  );
  rule('acknowledge revocation', 'strong', ['revocation', 'capifCoreFunction'], ({ revocation }, take) => {
    if (revocation.at !== 'answered') return;
    take('deliver RevokeAuthorizationResponse', (turn) => {
      turn.set('revocation', { at: 'nothing' });
      turn.tell('capifCoreFunction', { type: 'RevokeAuthorizationResponse' });
    });
  });
  fault(
    'cuts',
    'cut a withdrawal',
    ['revocation', 'offboarding', 'capifCoreFunction'],
    ({ revocation, offboarding }, take) => {
      const request = revocation.at === 'asking' ? 'RevokeAuthorizationRequest' : 'RevokeAuthorizationResponse';
      if (revocation.at !== 'nothing') {
        take(`lose ${request}`, (turn) => {
          turn.set('revocation', { at: 'nothing' });
          turn.tell('capifCoreFunction', { type: 'exchange.failed' });
        });
      }
      if (offboarding.at === 'answered') {
        take('lose OffboardApiInvokerResponse', (turn) => turn.set('offboarding', { at: 'nothing' }));
      }
    },
  );

  if (world.offboardings === 0) return;
  // Its request has arrived, or the core does it of its own accord; one whose answer is lost keeps what it has.
  fault('offboardings', 'offboard', ['capifCoreFunction', 'revocation', 'offboarding'], (_, take) => {
    take('offboard', (turn) => {
      turn.set('offboarding', { at: 'answered' });
      turn.tell('capifCoreFunction', { type: 'invoker.offboarded' });
    });
  });
  rule('answer an offboarding', 'strong', [...invokerNeeds, 'offboarding'], ({ offboarding }, take) => {
    if (offboarding.at !== 'answered') return;
    take('deliver OffboardApiInvokerResponse', (turn) => {
      turn.set('offboarding', { at: 'nothing' });
      turn.set('control', { at: 'nothing' });
      tellInvoker(turn, { type: 'invoker.offboarded' });
    });
  });
}
