/** Exchanges that break, at any moment: a request is lost, or its answer; and what was given up, or repeated, arrives late. */
import type { Message } from '../../../machines/messages.ts';
import { invokerNeeds, type Making } from '../composition.ts';
import { bag, replacedAt } from '../macro-step.ts';
import { type Publication, publicationsMax } from '../state.ts';

const unreachable = { type: 'tls.failed', because: 'unreachable' };

export function addCuts({ world, fault, tellInvoker }: Making): void {
  fault('cuts', 'cut what the invoker waits for', [...invokerNeeds, 'late'], (view, take) => {
    const { control, late, invocations } = view;
    const cut = (words: string, event: { type: string }, request?: Message) =>
      take(words, (turn) => {
        turn.set('control', { at: 'nothing' });
        if (request) turn.set('late', { request });
        tellInvoker(turn, event);
      });
    switch (control.at) {
      case 'openingCore':
      case 'openingAef':
        cut('cut TLS', unreachable);
        break;
      case 'asking':
        cut(`lose ${control.message.type}`, { type: 'exchange.failed' });
        if (world.lateRequests && control.to === 'capifCoreFunction' && late.request === 'none') {
          cut(`delay ${control.message.type}`, { type: 'exchange.failed' }, control.message);
        }
        break;
      case 'heldByAef':
        cut('cut authentication initiation', { type: 'exchange.failed' });
        break;
      case 'answered':
        cut(`lose ${control.message.type}`, { type: 'exchange.failed' });
    }
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
}

/** Requests for which nobody waits: given up by the one who asked, or repeated by something on the way. */
export function addLateRequests({ world, rule, fault }: Making): void {
  fault('repetitions', 'repeat a request to the core', ['control', 'late'], ({ control, late }, take) => {
    if (control.at !== 'asking' || control.to !== 'capifCoreFunction' || late.request !== 'none') return;
    take(`repeat ${control.message.type}`, (turn) => turn.set('late', { request: control.message }));
  });
  fault('repetitions', 'repeat a publication', ['publications'], ({ publications }, take) => {
    if (publications.length === publicationsMax) return;
    for (const publication of publications) {
      if (publication.at !== 'asking' || !publication.awaited) continue;
      const { type, revision } = publication.message;
      take(`repeat ${type} ${revision}`, (turn) =>
        turn.set('publications', bag([...publications, { ...publication, awaited: false }])),
      );
    }
  });

  if ((!world.lateRequests || world.cuts === 0) && world.repetitions === 0) return;
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
