/** The gaps of clause 6.7: the problem, the setting that shows it, the amendment that closes it, and wording for a change request. */
import type { Amendment, Clause } from '../../machines/vocabulary.ts';
import { type Setting, settings } from '../model/setting.ts';

export type Finding = {
  /** The name of its page. */
  name: string;
  title: string;
  /** Their numbers in the table of races. */
  races: string;
  clause: Clause;
  /** The problem, in a few lines. */
  gap: string;
  amendment: Amendment;
  /** The setting in which the gap shows, and the beginning of the property that fails there. */
  setting: Setting;
  statement: 'L1' | 'L2' | 'L2 an invoker' | 'S3 an invoker';
  /** Also left out in the run that is shown, because it would soften what the run shows. */
  alsoWithout?: readonly Amendment[];
  wording: string;
};

export const settingOf = (name: string, changed: Partial<Setting> = {}): Setting => ({
  ...settings.find((one) => one.name === name)!,
  ...changed,
});
export const lossyOnce = settingOf('lossy', { about: 'exchanges break any number of times', changes: 1 });
export const revokedOnce = settingOf('revocation', {
  about: 'the core revokes the invoker at any moment, and the AEF or the invoker restarts',
  cuts: 0,
});

export const offboardedOnce = settingOf('offboarding', {
  about: 'the invoker is offboarded at any moment, and one exchange breaks',
  cuts: 1,
  restarts: 0,
});

export const findings: readonly Finding[] = [
  {
    name: 'lost-publication',
    title: 'A lost publication is never repeated',
    races: 'R3',
    clause: '6.7',
    gap:
      'The clause wants the core to receive the update, but does not say what happens if it does not. The AEF has changed, ' +
      'the core goes on selecting the old method, and an invoker that does everything that 6.7 asks is refused for ever.',
    amendment: 'publish-until-acknowledged',
    setting: lossyOnce,
    statement: 'L1',
    alsoWithout: ['accept-both-until-published'],
    wording:
      'The API publishing function shall repeat the update of the service API information until the CAPIF core function has ' +
      'acknowledged it, or until it is superseded by a later update.',
  },
  {
    name: 'late-publication',
    title: 'Until the core has the update, an invoker goes round in circles',
    races: 'R1, R2',
    clause: '6.7',
    gap:
      'The AEF may refuse the old method before the core knows the new one. Each time the invoker asks, the core then ' +
      'answers with the method that was just refused, as often and as fast as the invoker asks.',
    amendment: 'accept-both-until-published',
    setting: settingOf('fair'),
    statement: 'L2',
    wording:
      'The API exposing function shall accept both the previous and the updated security method until its API publishing ' +
      'function has received the acknowledgement of the update from the CAPIF core function, and shall send the failure ' +
      'response of the present clause only after that.',
  },
  {
    name: 'overtaken-publication',
    title: 'An older update that arrives last undoes the newer one',
    races: 'R5, R7',
    clause: 'TS 29.222 5.3.2.5',
    gap:
      'Two changes in a row give two updates, and nothing says which one is newer. If the older one arrives last, the core ' +
      'has the older methods, both updates are acknowledged, and the publisher has no reason to send another.',
    amendment: 'newest-revision-wins',
    setting: settingOf('fair'),
    statement: 'L1',
    wording:
      'Each update of the security methods of an AEF shall carry a revision that increases with every change. The CAPIF core ' +
      'function shall acknowledge an update whose revision is lower than the one it holds, and shall not apply it.',
  },
  {
    name: 'cached-credentials',
    title: 'A key in the cache of the AEF outlives the negotiation it belongs to',
    races: 'R29',
    clause: 'TS 29.222 6.2.2.2',
    gap:
      'The AEF fetches security information only if it has none. After a renegotiation it still has the earlier key: it ' +
      'accepts the authentication initiation, and the TLS-PSK handshake fails, however often the invoker asks the core.',
    amendment: 'fetch-credentials-again',
    setting: settingOf('fair'),
    statement: 'L1',
    wording:
      'Upon each request to initiate authentication, the API exposing function shall obtain the security information of the ' +
      'API invoker from the CAPIF core function, whether or not it holds security information of that API invoker.',
  },
  {
    name: 'two-services',
    title: 'Two service APIs of one AEF share an entry, and none gets its method',
    races: 'R21, R22',
    clause: 'TS 29.222 8.5.4.2.3',
    gap:
      'An entry of a negotiation may name the AEF alone, but methods are published for each service API and each interface. Where ' +
      'these differ, no rule says which of them the one method must fit. If no method fits all, whatever is selected is refused ' +
      'by one of the services for ever. We assume that the core then selects none.',
    amendment: 'name-the-service-api',
    setting: settingOf('services', {
      about: 'the AEF exposes another service, whose one method is another; nothing is lost',
      changes: 1,
      otherServices: 1,
      othersOffer: [['OAUTH']],
    }),
    statement: 'L1',
    wording:
      'An API invoker shall include in each entry of securityInfo the apiId of the service API, and interfaceDetails if the AEF ' +
      'exposes it at several interfaces. The CAPIF core function shall select the security method of the entry from those that are ' +
      'published for that service API at that interface only.',
  },
  {
    name: 'offboarded-invoker',
    title: 'The AEF goes on serving an invoker that is offboarded',
    races: 'R35',
    clause: '6.8',
    gap:
      'The core cancels the enrolment and deletes what belongs to it, but nothing asks it to tell the AEF. If the invoker keeps ' +
      'its key or token, for example because the answer to its request is lost, an AEF that still knows it serves it.',
    amendment: 'revoke-at-offboarding',
    setting: offboardedOnce,
    statement: 'S3 an invoker',
    wording:
      'When it cancels the enrolment of an API invoker, the CAPIF core function shall revoke the authorization of that API ' +
      'invoker at each API exposing function to which it has given security information or for which it has issued an access ' +
      'token, as if its authorization had been revoked (TS 29.222 5.6.2.5), until the API exposing function has acknowledged it.',
  },
  {
    name: 'forgotten-revocation',
    title: 'An AEF that restarts forgets which invokers it must refuse',
    races: 'R36, R41',
    clause: 'TS 29.222 6.2.2.3',
    gap:
      'The AEF acknowledges a revocation, so the core does not repeat it, and nothing asks the AEF to keep it. After a restart ' +
      'the AEF accepts a token that was issued before (C.2), and serves its bearer until the token expires.',
    amendment: 'keep-revocations',
    setting: revokedOnce,
    statement: 'S3 an invoker',
    wording:
      'The API exposing function shall store the revocation of the authorization of an API invoker so that it outlasts a ' +
      'restart, before it acknowledges the revocation, and shall keep it until every access token that has been issued to ' +
      'that API invoker has expired.',
  },
  {
    name: 'learning-by-refusal',
    title: 'An invoker learns of an update only by being refused',
    races: 'R8, R16, R33',
    clause: '6.7',
    gap:
      'The clause has one way to learn of an update: to be refused. The core knows which invokers the update concerns, and notifies ' +
      'those that have subscribed to SERVICE_API_UPDATE, but the clause names no event, and nothing asks an invoker to subscribe, or ' +
      'to act before it is refused. So each update costs each invoker a request that fails, however long the AEF accepts the old method.',
    amendment: 'notify-of-updates',
    setting: settingOf('notified', {
      about: 'nothing is lost, and the invoker is notified of every update in time',
      changes: 1,
    }),
    statement: 'L2 an invoker',
    wording:
      'When an update of the service API information withdraws the security method that it has selected for an API invoker, the CAPIF ' +
      'core function shall notify that API invoker (event SERVICE_API_UPDATE of TS 29.222) before it acknowledges the update. Upon this ' +
      'notification the API invoker shall obtain the security method from the CAPIF core function before it invokes the service API ' +
      'again. The notification shall not change the security method by itself.',
  },
];
