/** Exchanges break at any moment: a request or its answer is lost, and requests arrive late or twice. */
import type { Message } from '../../../machines/messages.ts';
import { bag, replacedAt } from '../macro-step.ts';
import { invokerVariables, type RuleContext } from '../rule.ts';
import { type Publication, publicationsMax } from '../state.ts';

const unreachable = { type: 'tls.failed', because: 'unreachable' };

export function addLoss({ configuration, fault, tellInvoker }: RuleContext): void {
  fault('cuts', 'cut what the invoker waits for', [...invokerVariables, 'late'], (view, enable) => {
    const { control, late, invocations } = view;
    const cut = (action: string, event: { type: string }, request?: Message) =>
      enable(action, (step) => {
        step.set('control', { at: 'nothing' });
        if (request) step.set('late', { request });
        tellInvoker(step, event);
      });
    switch (control.at) {
      case 'openingCore':
      case 'openingAef':
        cut('cut TLS', unreachable);
        break;
      case 'asking':
        cut(`lose ${control.message.type}`, { type: 'exchange.failed' });
        if (configuration.lateRequests && control.to === 'capifCoreFunction' && late.request === 'none') {
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
        enable(`cut ${at} ${message.type} ${credential} ${because}`, (step) => {
          step.set('invocations', replacedAt(invocations, n));
          tellInvoker(step, { type: 'invocation.failed', credential, because } as { type: string });
        });
      }
    }
  });
  fault('cuts', 'cut CAPIF-3', ['fetch', 'invokerAdmission', 'control', 'aefPsk'], ({ fetch }, enable) => {
    if (fetch.at === 'nothing') return;
    enable(`lose ${fetch.at === 'asking' ? 'SecurityInformationRequest' : fetch.message.type}`, (step) => {
      step.set('fetch', { at: 'nothing' });
      step.tell('invokerAdmission', { type: 'exchange.failed' });
    });
  });
  fault(
    'cuts',
    'cut a publication',
    ['publications', 'apiPublishingFunction', 'apiExposingFunction'],
    ({ publications }, enable) => {
      for (const [n, publication] of publications.entries()) {
        if (publication.at === 'asking' && !publication.awaited) continue;
        const revision = publication.at === 'asking' ? publication.message.revision : publication.revision;
        const what = publication.at === 'asking' ? publication.message.type : 'ServiceApiUpdateResponse';
        const cut = (action: string, left: Publication[]) =>
          enable(`${action} ${what} ${revision}`, (step) => {
            step.set('publications', bag(replacedAt(publications, n, ...left)));
            step.tell('apiPublishingFunction', { type: 'publication.failed', revision } as { type: string });
          });
        cut('lose', []);
        if (configuration.lateRequests && publication.at === 'asking')
          cut('delay', [{ ...publication, awaited: false }]);
      }
    },
  );
}

/** Requests without a waiting sender: their sender has given up, or a proxy has repeated them. */
export function addLateRequests({ configuration, rule, fault }: RuleContext): void {
  fault('repetitions', 'repeat a request to the core', ['control', 'late'], ({ control, late }, enable) => {
    if (control.at !== 'asking' || control.to !== 'capifCoreFunction' || late.request !== 'none') return;
    enable(`repeat ${control.message.type}`, (step) => step.set('late', { request: control.message }));
  });
  fault('repetitions', 'repeat a publication', ['publications'], ({ publications }, enable) => {
    if (publications.length === publicationsMax) return;
    for (const publication of publications) {
      if (publication.at !== 'asking' || !publication.awaited) continue;
      const { type, revision } = publication.message;
      enable(`repeat ${type} ${revision}`, (step) =>
        step.set('publications', bag([...publications, { ...publication, awaited: false }])),
      );
    }
  });

  if ((!configuration.lateRequests || configuration.cuts === 0) && configuration.repetitions === 0) return;
  rule('a late request', 'strong', ['late', 'capifCoreFunction', 'revocation'], ({ late: { request } }, enable) => {
    if (request === 'none') return;
    enable(`deliver late ${request.type}`, (step) => {
      step.set('late', { request: 'none' });
      step.tell('capifCoreFunction', request);
    });
  });
  rule(
    'a late publication',
    'strong',
    ['publications', 'publishedService', 'capifCoreFunction'],
    ({ publications }, enable) => {
      for (const [n, publication] of publications.entries()) {
        if (publication.at !== 'asking' || publication.awaited) continue;
        const { message } = publication;
        enable(`deliver late ${message.type} ${message.revision}`, (step) => {
          step.set('publications', replacedAt(publications, n));
          step.tell('publishedService', message);
        });
      }
    },
  );
  rule('a late request is lost', 'none', ['late'], ({ late: { request } }, enable) => {
    if (request !== 'none') enable(`lose late ${request.type}`, (step) => step.set('late', { request: 'none' }));
  });
  rule('a late publication is lost', 'none', ['publications'], ({ publications }, enable) => {
    for (const [n, publication] of publications.entries()) {
      if (publication.at !== 'asking' || publication.awaited) continue;
      const { type, revision } = publication.message;
      enable(`lose late ${type} ${revision}`, (step) => step.set('publications', replacedAt(publications, n)));
    }
  });
}
