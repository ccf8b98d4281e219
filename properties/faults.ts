/** What goes wrong in a world, as far as its setting lets it: cuts, late requests, forgeries, expiry, restarts, revocation. */
import type { Message } from '../machines/messages.ts';
import { invokerNeeds, type Making } from './rules.ts';
import { bag, replacedAt } from './turn.ts';
import type { Publication } from './world.ts';

const failed = (because: 'handshake' | 'unreachable') => ({ type: 'tls.failed', because });

export function addFaults({ world, machines, rule, fault, tellInvoker }: Making): void {
  fault('cuts', 'cut what the invoker waits for', [...invokerNeeds, 'late'], ({ control, late }, take) => {
    const cut = (words: string, event: { type: string }, request?: Message) =>
      take(words, (turn) => {
        turn.set('control', { at: 'nothing' });
        if (request) turn.set('late', { request });
        tellInvoker(turn, event);
      });
    switch (control.at) {
      case 'openingCore':
      case 'openingAef':
        return cut('cut TLS', failed('unreachable'));
      case 'asking':
        cut(`lose ${control.message.type}`, { type: 'exchange.failed' });
        if (world.lateRequests && control.to === 'capifCoreFunction' && late.request === 'none') {
          cut(`delay ${control.message.type}`, { type: 'exchange.failed' }, control.message);
        }
        return;
      case 'heldByAef':
        return cut('cut authentication initiation', { type: 'exchange.failed' });
      case 'answered':
        return cut(`lose ${control.message.type}`, { type: 'exchange.failed' });
    }
  });
  fault('cuts', 'cut an invocation', invokerNeeds, ({ invocations }, take) => {
    for (const [n, { at, message }] of invocations.entries()) {
      const { credential = 0 } = message as { credential?: number };
      for (const because of ['handshake', 'cut']) {
        take(`cut ${at} ${message.type} ${credential} ${because}`, (turn) => {
          turn.set('invocations', replacedAt(invocations, n));
          tellInvoker(turn, { type: 'invocation.failed', credential, because } as { type: string });
        });
      }
    }
  });
  fault('cuts', 'cut CAPIF-3', ['fetch', 'invokerAdmission', 'control', 'aefPsk'], ({ fetch }, take) => {
    if (fetch.at === 'nothing') return;
    take(`lose ${fetch.at === 'asking' ? 'SecurityInformationRequest' : fetch.message.type}`, (turn) => {
      turn.set('fetch', { at: 'nothing' });
      turn.tell('invokerAdmission', { type: 'exchange.failed' });
    });
  });
  fault('cuts', 'cut a revocation', ['revocation', 'capifCoreFunction'], ({ revocation }, take) => {
    if (revocation.at === 'nothing') return;
    take(
      `lose ${revocation.at === 'asking' ? 'RevokeAuthorizationRequest' : 'RevokeAuthorizationResponse'}`,
      (turn) => {
        turn.set('revocation', { at: 'nothing' });
        turn.tell('capifCoreFunction', { type: 'exchange.failed' });
      },
    );
  });
  fault(
    'cuts',
    'cut a publication',
    ['publications', 'apiPublishingFunction', 'apiExposingFunction'],
    ({ publications }, take) => {
      for (const [n, publication] of publications.entries()) {
        if (publication.at === 'asking' && !publication.awaited) continue;
        const revision = publication.at === 'asking' ? publication.message.revision : publication.revision;
        const what = publication.at === 'asking' ? publication.message.type : 'ServiceApiUpdateResponse';
        const cut = (words: string, left: Publication[]) =>
          take(`${words} ${what} ${revision}`, (turn) => {
            turn.set('publications', bag(replacedAt(publications, n, ...left)));
            turn.tell('apiPublishingFunction', { type: 'publication.failed', revision } as { type: string });
          });
        cut('lose', []);
        if (world.lateRequests && publication.at === 'asking') cut('delay', [{ ...publication, awaited: false }]);
      }
    },
  );

  if (world.lateRequests && world.cuts !== 0) {
    rule('a late request', 'strong', ['late', 'capifCoreFunction', 'revocation'], ({ late: { request } }, take) => {
      if (request === 'none') return;
      take(`deliver late ${request.type}`, (turn) => {
        turn.set('late', { request: 'none' });
        turn.tell('capifCoreFunction', request);
      });
    });
    rule(
      'a late publication',
      'strong',
      ['publications', 'publishedService', 'capifCoreFunction'],
      ({ publications }, take) => {
        for (const [n, publication] of publications.entries()) {
          if (publication.at !== 'asking' || publication.awaited) continue;
          const { message } = publication;
          take(`deliver late ${message.type} ${message.revision}`, (turn) => {
            turn.set('publications', replacedAt(publications, n));
            turn.tell('publishedService', message);
          });
        }
      },
    );
    rule('a late request is lost', 'none', ['late'], ({ late: { request } }, take) => {
      if (request !== 'none') take(`lose late ${request.type}`, (turn) => turn.set('late', { request: 'none' }));
    });
    rule('a late publication is lost', 'none', ['publications'], ({ publications }, take) => {
      for (const [n, publication] of publications.entries()) {
        if (publication.at !== 'asking' || publication.awaited) continue;
        const { type, revision } = publication.message;
        take(`lose late ${type} ${revision}`, (turn) => turn.set('publications', replacedAt(publications, n)));
      }
    });
  }

  // Not authenticated, so anybody on the network can say it: a fake indication in the place of an answer, a broken handshake.
  fault('forgeries', 'forge', invokerNeeds, ({ invocations, control }, take) => {
    for (const [n, { at, message }] of invocations.entries()) {
      if (at !== 'asking') continue;
      const { credential } = message;
      take(`forge IncorrectMethodFailure ${credential}`, (turn) => {
        turn.set('invocations', replacedAt(invocations, n));
        tellInvoker(turn, { type: 'IncorrectMethodFailure', credential } as { type: string });
      });
    }
    if (control.at === 'openingAef') {
      take('forge alert', (turn) => {
        turn.set('control', { at: 'nothing' });
        tellInvoker(turn, failed('handshake'));
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

  fault('restarts', 'restart the invoker', [...invokerNeeds], ({ apiInvoker }, take) => {
    if (stateOf(apiInvoker.state) === 'onboarded') return;
    take('restart apiInvoker', (turn) => {
      turn.set('apiInvoker', machines.apiInvoker.first.cell);
      turn.set('control', { at: 'nothing' });
      turn.set('invocations', []);
      turn.set('told', { refusedCredential: 0 });
    });
  });
  // Its methods, and what it has announced, are durable; the machine says what it still knows of the invoker.
  fault(
    'restarts',
    'restart the AEF',
    [...invokerNeeds, 'invokerAdmission', 'fetch', 'aefPsk'],
    ({ control, invocations }, take) => {
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
    },
  );

  fault('revocations', 'revoke', ['capifCoreFunction', 'revocation'], (_, take) => {
    take('revoke', (turn) => turn.tell('capifCoreFunction', { type: 'authorization.revoked' }));
  });
}

/** The outermost state of a machine. */
export const stateOf = (state: unknown): string =>
  typeof state === 'string' ? state : Object.keys(state as object)[0]!;
