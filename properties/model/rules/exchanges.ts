/** The procedures: the application, time, and the exchanges on each reference point, with one rule for each kind. */

import { replacedAt } from '../macro-step.ts';
import { expirePause, invokerVariables, type RuleContext } from '../rule.ts';
import { anotherService, publicationsMax, type State } from '../state.ts';
import { sendNotifications } from './notification.ts';

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

export function addExchanges(context: RuleContext): void {
  for (const add of [addApplicationAndTime, addCapif1e, addCapif2e, addCapif3, addCapif4, addMethodChanges])
    add(context);
}

const hasRoom = ({ invocations }: State, { configuration }: RuleContext) =>
  invocations.length < configuration.invocations;

/** The application wants an invocation, and pauses end. */
function addApplicationAndTime(context: RuleContext): void {
  const { rule, tellInvoker } = context;
  rule('want', 'weak', invokerVariables, (view, enable) => {
    if (hasRoom(view, context) && view.apiInvoker.context.wanted !== true)
      enable('want', (step) => tellInvoker(step, { type: 'serviceApi.wanted' }));
  });
  rule('pause of the invoker', 'weak', invokerVariables, (view, enable) => {
    if (view.apiInvoker.paused) enable('expire pause of apiInvoker', (step) => expirePause(step, 'apiInvoker'));
  });
  rule('pause of the publisher', 'weak', ['apiPublishingFunction', 'publications'], (view, enable) => {
    if (!view.apiPublishingFunction.paused || view.publications.length === publicationsMax) return;
    enable('expire pause of apiPublishingFunction', (step) => expirePause(step, 'apiPublishingFunction'));
  });
}

/** Negotiation and access tokens; and the answers to all that the invoker asks. */
function addCapif1e({ rule, tellInvoker }: RuleContext): void {
  rule('open CAPIF-1e', 'strong', invokerVariables, (view, enable) => {
    if (view.control.at !== 'openingCore') return;
    enable('open CAPIF-1e', (step) => {
      step.set('control', { at: 'nothing' });
      tellInvoker(step, { type: 'tls.established' });
    });
  });
  // Fairness is for each kind of exchange: a lossy network must not lose all tokens and nothing else.
  for (const [name, isMeant] of coreExchanges) {
    rule(`ask for ${name}`, 'strong', ['control', 'capifCoreFunction', 'revocation'], ({ control }, enable) => {
      if (control.at !== 'asking' || control.to !== 'capifCoreFunction' || !isMeant(control.message.type)) return;
      enable(`deliver ${control.message.type}`, (step) => step.tell('capifCoreFunction', control.message, 'control'));
    });
  }
  for (const [name, isMeant] of [...coreExchanges, ...aefExchanges]) {
    rule(`answer with ${name}`, 'strong', invokerVariables, ({ control }, enable) => {
      if (control.at !== 'answered' || !isMeant(control.message.type)) return;
      enable(`deliver ${control.message.type}`, (step) => {
        step.set('control', { at: 'nothing' });
        tellInvoker(step, control.message);
      });
    });
  }
}

/** Authentication initiation, connections and invocations. */
function addCapif2e(context: RuleContext): void {
  const { rule, tellInvoker } = context;
  rule(
    'initiate authentication',
    'strong',
    ['control', 'invokerAdmission', 'fetch', 'aefPsk'],
    ({ control }, enable) => {
      if (control.at !== 'asking' || control.to !== 'apiExposingFunction') return;
      enable(`deliver ${control.message.type}`, (step) => {
        step.set('control', { at: 'heldByAef' });
        step.tell('invokerAdmission', control.message, 'control');
      });
    },
  );
  // A TLS-PSK handshake succeeds if both sides have the same key; the other methods use certificates.
  const agrees = ({ control, aefPsk }: State) =>
    control.at === 'openingAef' && (control.method !== 'PSK' || control.credential === aefPsk.keyCredential);
  rule('open CAPIF-2e', 'strong', [...invokerVariables, 'aefPsk'], (view, enable) => {
    if (view.control.at !== 'openingAef' || !hasRoom(view, context) || !agrees(view)) return;
    enable('open CAPIF-2e', (step) => {
      step.set('control', { at: 'nothing' });
      tellInvoker(step, { type: 'tls.established' });
    });
  });
  rule('fail CAPIF-2e', 'strong', [...invokerVariables, 'aefPsk'], (view, enable) => {
    if (view.control.at !== 'openingAef' || agrees(view)) return;
    enable('fail CAPIF-2e', (step) => {
      step.set('control', { at: 'nothing' });
      tellInvoker(step, { type: 'tls.failed', because: 'handshake' } as { type: string });
    });
  });
  rule('invoke', 'strong', ['invocations', 'apiExposingFunction', 'invokerAdmission'], ({ invocations }, enable) => {
    for (const [n, invocation] of invocations.entries()) {
      if (invocation.at !== 'asking') continue;
      const { method, credential } = invocation.message;
      enable(`deliver ServiceApiInvocation ${method} ${credential}`, (step) =>
        step.tell('apiExposingFunction', invocation.message, { invocation: n }),
      );
    }
  });
  rule('answer an invocation', 'strong', invokerVariables, ({ invocations }, enable) => {
    for (const [n, invocation] of invocations.entries()) {
      if (invocation.at !== 'answered') continue;
      const { credential } = invocation.message as { credential?: number };
      enable(`deliver ${invocation.message.type} ${credential}`, (step) => {
        step.set('invocations', replacedAt(invocations, n));
        tellInvoker(step, invocation.message);
      });
    }
  });
}

/** The AEF fetches keys and rights. */
function addCapif3({ rule }: RuleContext): void {
  rule('ask for security information', 'strong', ['fetch', 'capifCoreFunction', 'revocation'], ({ fetch }, enable) => {
    if (fetch.at === 'asking') {
      enable('deliver SecurityInformationRequest', (step) =>
        step.tell('capifCoreFunction', { type: 'SecurityInformationRequest' }),
      );
    }
  });
  rule('answer the AEF', 'strong', ['fetch', 'invokerAdmission', 'control', 'aefPsk'], ({ fetch }, enable) => {
    if (fetch.at !== 'answered') return;
    enable(`deliver ${fetch.message.type}`, (step) => {
      step.set('fetch', { at: 'nothing' });
      step.tell('invokerAdmission', fetch.message);
    });
  });
}

/** Publications. */
function addCapif4({ configuration, rule }: RuleContext): void {
  const isInTime = configuration.notifications === 'in time';
  const notified = isInTime ? (['notifications'] as const) : [];
  const needs = ['publications', 'publishedService', 'capifCoreFunction', ...notified] as const;
  rule('publish', 'strong', needs, ({ publications }, enable) => {
    for (const [n, publication] of publications.entries()) {
      if (publication.at !== 'asking' || !publication.awaited) continue;
      const { message } = publication;
      enable(`deliver ${message.type} ${message.revision}`, (step) => {
        step.tell('publishedService', message, { publication: n });
        if (isInTime) sendNotifications(step);
      });
    }
  });
  rule(
    'acknowledge',
    'strong',
    [
      ...(['publications', 'apiPublishingFunction', 'apiExposingFunction'] as const),
      ...(isInTime ? (['notifications', 'invocations'] as const) : []),
    ],
    ({ publications, notifications, invocations }, enable) => {
      if (isInTime && (notifications.underWay > 0 || invocations.some(({ at }) => at === 'asking'))) return;
      for (const [n, publication] of publications.entries()) {
        if (publication.at !== 'answered') continue;
        const { revision } = publication;
        enable(`deliver ServiceApiUpdateResponse ${revision}`, (step) => {
          step.set('publications', replacedAt(publications, n));
          step.tell('apiPublishingFunction', { type: 'ServiceApiUpdateResponse', revision } as { type: string });
        });
      }
    },
  );
}

/** The AEF changes its methods, or those of another of its services, of which only the publication matters. */
function addMethodChanges({ configuration, fault }: RuleContext): void {
  fault(
    'changes',
    'change methods',
    ['apiExposingFunction', 'apiPublishingFunction', 'publications'],
    (view, enable) => {
      if (view.publications.length === publicationsMax) return;
      for (const methods of configuration.changesTo) {
        if (JSON.stringify(methods) === JSON.stringify(view.apiExposingFunction.context.methods)) continue;
        enable(`change methods to ${methods.join(',')}`, (step) =>
          step.tell('apiExposingFunction', { type: 'securityMethods.changed', methods } as { type: string }),
        );
      }
    },
  );
  fault(
    'withdrawals',
    'withdraw old methods',
    ['apiExposingFunction'],
    ({ apiExposingFunction: { context } }, enable) => {
      if (JSON.stringify(context.accepted) === JSON.stringify(context.methods)) return;
      enable('withdraw old methods', (step) => step.tell('apiExposingFunction', { type: 'oldMethods.withdrawn' }));
    },
  );
  fault('otherServices', 'publish another service', ['capifCoreFunction'], (_, enable) => {
    for (const methods of configuration.othersOffer) {
      const event = { type: 'securityMethods.published', service: anotherService, methods };
      enable(`publish another service with ${methods.join(',') || 'no method'}`, (step) =>
        step.tell('capifCoreFunction', event as { type: string }),
      );
    }
  });
}
