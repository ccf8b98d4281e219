/** How things are meant to go: the application, time, and the exchanges on each reference point, one rule for each kind. */
import { expirePause, invokerNeeds, type Making } from '../composition.ts';
import { replacedAt } from '../macro-step.ts';
import { publicationsMax, type Slots } from '../state.ts';

const isToken = (type: string) => type.startsWith('AccessToken');
const isInitiation = (type: string) => type.startsWith('AuthenticationInitiation');
type Kind = readonly [name: string, isMeant: (type: string) => boolean];
const coreExchanges: readonly Kind[] = [
  ['a method', (type) => !isToken(type) && !isInitiation(type)],
  ['a token', isToken],
];
const aefExchanges: readonly Kind[] = [
  ['an accepted initiation', (type) => type === 'AuthenticationInitiationResponse'],
  ['a refused initiation', (type) => type === 'AuthenticationInitiationRefused'],
];

export function addProcedures(making: Making): void {
  const { world, rule, fault, tellInvoker } = making;
  const hasRoom = ({ invocations }: Slots) => invocations.length < world.invocations;

  // The application, and time.
  rule('want', 'weak', invokerNeeds, (view, take) => {
    if (hasRoom(view) && view.apiInvoker.context.wanted !== true)
      take('want', (turn) => tellInvoker(turn, { type: 'serviceApi.wanted' }));
  });
  rule('pause of the invoker', 'weak', invokerNeeds, (view, take) => {
    if (view.apiInvoker.paused) take('expire pause of apiInvoker', (turn) => expirePause(turn, 'apiInvoker'));
  });
  rule('pause of the publisher', 'weak', ['apiPublishingFunction', 'publications'], (view, take) => {
    if (!view.apiPublishingFunction.paused || view.publications.length === publicationsMax) return;
    take('expire pause of apiPublishingFunction', (turn) => expirePause(turn, 'apiPublishingFunction'));
  });

  // CAPIF-1e.
  rule('open CAPIF-1e', 'strong', invokerNeeds, (view, take) => {
    if (view.control.at !== 'openingCore') return;
    take('open CAPIF-1e', (turn) => {
      turn.set('control', { at: 'nothing' });
      tellInvoker(turn, { type: 'tls.established' });
    });
  });
  // Fairness is for each kind of exchange: a lossy network may not choose to lose all tokens, and nothing else.
  for (const [name, isMeant] of coreExchanges) {
    rule(`ask for ${name}`, 'strong', ['control', 'capifCoreFunction', 'revocation'], ({ control }, take) => {
      if (control.at !== 'asking' || control.to !== 'capifCoreFunction' || !isMeant(control.message.type)) return;
      take(`deliver ${control.message.type}`, (turn) => turn.tell('capifCoreFunction', control.message, 'control'));
    });
  }
  for (const [name, isMeant] of [...coreExchanges, ...aefExchanges]) {
    rule(`answer with ${name}`, 'strong', invokerNeeds, ({ control }, take) => {
      if (control.at !== 'answered' || !isMeant(control.message.type)) return;
      take(`deliver ${control.message.type}`, (turn) => {
        turn.set('control', { at: 'nothing' });
        tellInvoker(turn, control.message);
      });
    });
  }

  // CAPIF-2e.
  rule('initiate authentication', 'strong', ['control', 'invokerAdmission', 'fetch', 'aefPsk'], ({ control }, take) => {
    if (control.at !== 'asking' || control.to !== 'apiExposingFunction') return;
    take(`deliver ${control.message.type}`, (turn) => {
      turn.set('control', { at: 'heldByAef' });
      turn.tell('invokerAdmission', control.message, 'control');
    });
  });
  // Proof of the same key on both sides is what a TLS-PSK handshake is; the others are proven by certificate.
  const agrees = ({ control, aefPsk }: Slots) =>
    control.at === 'openingAef' && (control.method !== 'PSK' || control.credential === aefPsk.keyCredential);
  rule('open CAPIF-2e', 'strong', [...invokerNeeds, 'aefPsk'], (view, take) => {
    if (view.control.at !== 'openingAef' || !hasRoom(view) || !agrees(view)) return;
    take('open CAPIF-2e', (turn) => {
      turn.set('control', { at: 'nothing' });
      tellInvoker(turn, { type: 'tls.established' });
    });
  });
  rule('fail CAPIF-2e', 'strong', [...invokerNeeds, 'aefPsk'], (view, take) => {
    if (view.control.at !== 'openingAef' || agrees(view)) return;
    take('fail CAPIF-2e', (turn) => {
      turn.set('control', { at: 'nothing' });
      tellInvoker(turn, { type: 'tls.failed', because: 'handshake' } as { type: string });
    });
  });
  rule('invoke', 'strong', ['invocations', 'apiExposingFunction', 'invokerAdmission'], ({ invocations }, take) => {
    for (const [n, invocation] of invocations.entries()) {
      if (invocation.at !== 'asking') continue;
      const { method, credential } = invocation.message;
      take(`deliver ServiceApiInvocation ${method} ${credential}`, (turn) =>
        turn.tell('apiExposingFunction', invocation.message, { invocation: n }),
      );
    }
  });
  rule('answer an invocation', 'strong', invokerNeeds, ({ invocations }, take) => {
    for (const [n, invocation] of invocations.entries()) {
      if (invocation.at !== 'answered') continue;
      const { credential } = invocation.message as { credential?: number };
      take(`deliver ${invocation.message.type} ${credential}`, (turn) => {
        turn.set('invocations', replacedAt(invocations, n));
        tellInvoker(turn, invocation.message);
      });
    }
  });

  // CAPIF-3.
  rule('ask for security information', 'strong', ['fetch', 'capifCoreFunction', 'revocation'], ({ fetch }, take) => {
    if (fetch.at === 'asking') {
      take('deliver SecurityInformationRequest', (turn) =>
        turn.tell('capifCoreFunction', { type: 'SecurityInformationRequest' }),
      );
    }
  });
  rule('answer the AEF', 'strong', ['fetch', 'invokerAdmission', 'control', 'aefPsk'], ({ fetch }, take) => {
    if (fetch.at !== 'answered') return;
    take(`deliver ${fetch.message.type}`, (turn) => {
      turn.set('fetch', { at: 'nothing' });
      const wasFetching = turn.get('invokerAdmission').state === 'fetching';
      if (fetch.key && wasFetching)
        turn.set('aefPsk', { keyCredential: (fetch.message as { credential: number }).credential });
      turn.tell('invokerAdmission', fetch.message);
    });
  });

  // CAPIF-4.
  rule('publish', 'strong', ['publications', 'publishedService', 'capifCoreFunction'], ({ publications }, take) => {
    for (const [n, publication] of publications.entries()) {
      if (publication.at !== 'asking' || !publication.awaited) continue;
      const { message } = publication;
      take(`deliver ${message.type} ${message.revision}`, (turn) =>
        turn.tell('publishedService', message, { publication: n }),
      );
    }
  });
  rule(
    'acknowledge',
    'strong',
    ['publications', 'apiPublishingFunction', 'apiExposingFunction'],
    ({ publications }, take) => {
      for (const [n, publication] of publications.entries()) {
        if (publication.at !== 'answered') continue;
        const { revision } = publication;
        take(`deliver ServiceApiUpdateResponse ${revision}`, (turn) => {
          turn.set('publications', replacedAt(publications, n));
          turn.tell('apiPublishingFunction', { type: 'ServiceApiUpdateResponse', revision } as { type: string });
        });
      }
    },
  );

  // The AEF changes its methods.
  fault('changes', 'change methods', ['apiExposingFunction', 'apiPublishingFunction', 'publications'], (view, take) => {
    if (view.publications.length === publicationsMax) return;
    for (const methods of world.changesTo) {
      if (JSON.stringify(methods) === JSON.stringify(view.apiExposingFunction.context.methods)) continue;
      take(`change methods to ${methods.join(',')}`, (turn) =>
        turn.tell('apiExposingFunction', { type: 'securityMethods.changed', methods } as { type: string }),
      );
    }
  });
}
