/** What clause 6.7 leaves open, one gap at a time: what goes wrong, what closes it, where it shows, and words for a change request. */
import type { Amendment, Clause } from '../../machines/vocabulary.ts';
import { type Setting, settings } from '../model/setting.ts';

export type Finding = {
  /** Name of its page. */
  name: string;
  title: string;
  /** As the races of clause 6.7 are numbered in this project. */
  races: string;
  clause: Clause;
  /** What goes wrong, in two sentences. */
  gap: string;
  amendment: Amendment;
  /** Where its absence shows, and in which sentence. */
  setting: Setting;
  sentence: 'L1' | 'L2' | 'S3 an invoker';
  /** Left out as well in the run that is shown, where another amendment would soften what it shows. */
  alsoWithout?: readonly Amendment[];
  wording: string;
};

export const settingOf = (name: string, changed: Partial<Setting> = {}): Setting => ({
  ...settings.find((one) => one.name === name)!,
  ...changed,
});
export const lossyOnce = settingOf('lossy', { about: 'exchanges break as often as they like', changes: 1 });
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
    title: 'A publication that is lost is never repeated',
    races: 'R3',
    clause: '6.7',
    gap:
      'The core is to receive the update, but nobody is told what to do when it does not. The AEF has switched, the core ' +
      'goes on selecting the old method, and an invoker that does all that 6.7 asks of it is refused for ever.',
    amendment: 'publish-until-acknowledged',
    setting: lossyOnce,
    sentence: 'L1',
    alsoWithout: ['accept-both-until-published'],
    wording:
      'The API publishing function shall repeat the update of the service API information until the CAPIF core function has ' +
      'acknowledged it, or until it is superseded by a later update.',
  },
  {
    name: 'late-publication',
    title: 'Until the core has the update, an invoker is sent round in circles',
    races: 'R1, R2',
    clause: '6.7',
    gap:
      'The AEF may refuse the old method before the core has heard of the new one. Every question of the invoker is then ' +
      'answered with the method that has just been refused, as often and as fast as it asks.',
    amendment: 'accept-both-until-published',
    setting: settingOf('fair'),
    sentence: 'L2',
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
      'Two changes in a row are two updates, and nothing says which is the newer. If the older arrives last, the core has ' +
      'the older methods, all updates are acknowledged, and nobody will ever send another.',
    amendment: 'newest-revision-wins',
    setting: settingOf('fair'),
    sentence: 'L1',
    wording:
      'Each update of the security methods of an AEF shall carry a revision that increases with every change. The CAPIF core ' +
      'function shall acknowledge an update whose revision is lower than the one it holds, and shall not apply it.',
  },
  {
    name: 'cached-credentials',
    title: 'A key that the AEF has cached outlives the negotiation it belongs to',
    races: 'R29',
    clause: 'TS 29.222 6.2.2.2',
    gap:
      'The AEF fetches security information only if it has none. After a renegotiation it still has the key before, answers ' +
      'the authentication initiation with success, and the TLS-PSK handshake fails, however often the invoker asks the core.',
    amendment: 'fetch-credentials-again',
    setting: settingOf('fair'),
    sentence: 'L1',
    wording:
      'Upon each request to initiate authentication, the API exposing function shall obtain the security information of the ' +
      'API invoker from the CAPIF core function, whether or not it holds security information of that API invoker.',
  },
  {
    name: 'offboarded-invoker',
    title: 'An invoker that is offboarded goes on being served',
    races: 'R35',
    clause: '6.8',
    gap:
      'The core cancels the enrolment and deletes what belongs to it, and nothing asks it to tell the AEF. An invoker that keeps ' +
      'its key or token, be it that the answer to its request is lost, is served by an AEF that still knows it.',
    amendment: 'revoke-at-offboarding',
    setting: offboardedOnce,
    sentence: 'S3 an invoker',
    wording:
      'When it cancels the enrolment of an API invoker, the CAPIF core function shall revoke the authorization of that API ' +
      'invoker at each API exposing function to which it has given security information or for which it has issued an access ' +
      'token, as if its authorization had been revoked (TS 29.222 5.6.2.5), until the API exposing function has acknowledged it.',
  },
  {
    name: 'forgotten-revocation',
    title: 'An AEF that restarts forgets whom it was told to refuse',
    races: 'R36, R41',
    clause: 'TS 29.222 6.2.2.3',
    gap:
      'The AEF acknowledges a revocation, so the core will not repeat it, and nothing asks the AEF to keep it. After a ' +
      'restart a token that was issued before proves itself (C.2), and its bearer is served until it expires.',
    amendment: 'keep-revocations',
    setting: revokedOnce,
    sentence: 'S3 an invoker',
    wording:
      'The API exposing function shall store the revocation of the authorization of an API invoker so that it outlasts a ' +
      'restart, before it acknowledges the revocation, and shall keep it until every access token that has been issued to ' +
      'that API invoker has expired.',
  },
];
