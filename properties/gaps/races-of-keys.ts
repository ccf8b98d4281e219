/** R26 to R41: keys and tokens, their lifetimes, notification, revocation, and other parties. */
import type { Race } from './race.ts';

export const racesOfKeys: readonly Race[] = [
  {
    number: 26,
    what: 'from which CAPIF-1e session is AEFPSK derived?',
    modelled: [
      { decision: 'a fresh CAPIF-1e connection per negotiation' },
      { machine: 'apiInvoker', state: 'authenticated.derivingAefPsk' },
      { setting: 'late' },
      { test: 'runtime/credentials/aef-psk-connection.test.ts', name: 'two connections give different keys' },
    ],
  },
  {
    number: 27,
    what: 'Annex A does not define AEFPSK for TLS 1.3 or resumed sessions',
    modelled: [
      { decision: 'a fresh CAPIF-1e connection per negotiation' },
      { test: 'runtime/credentials/aef-psk-connection.test.ts', name: 'so both refuse' },
      {
        test: 'runtime/credentials/aef-psk-connection.test.ts',
        name: 'both ends derive the same key, by the exporter',
      },
    ],
  },
  {
    number: 28,
    what: 'the encoding of P0: if one character differs, the handshake fails',
    modelled: [
      { test: 'runtime/credentials/aef-psk.test.ts', name: 'any change of any input changes the key' },
      { test: 'runtime/credentials/aef-psk.test.ts', name: 'two ways to write the same characters' },
    ],
    outOfScope: 'peers with another encoding: for our roles that is a handshake that fails (R10)',
  },
  {
    number: 29,
    what: 'the AEF fetches credentials only if it has none',
    modelled: [
      { finding: 'cached-credentials' },
      { amendment: 'fetch-credentials-again' },
      { scenario: 'r29-cached-key-is-stale' },
    ],
  },
  {
    number: 30,
    what: 'the lifetime of a credential starts at different moments at core, AEF and invoker',
    modelled: [{ setting: 'ageing' }, { rule: 'expire at the invoker' }, { rule: 'expire at the AEF' }],
  },
  {
    number: 31,
    what: 'a token outlives its method; the method changes while a token is requested',
    modelled: [
      { property: 'S1 no invocation is served' },
      { machine: 'apiInvoker', state: 'authenticated.requestingToken' },
      {
        test: 'runtime/core/access-tokens.test.ts',
        name: 'the core gives a token only while OAUTH is the selected method',
      },
    ],
  },
  {
    number: 32,
    what: 'is `exp` absolute, how much clock skew is allowed, and what if the scope names something that has changed?',
    modelled: [
      { test: 'runtime/credentials/access-token.test.ts', name: 'expires 30 seconds after its time' },
      { test: 'runtime/core/access-tokens.test.ts', name: 'a scope names published APIs by their AEFs' },
    ],
  },
  {
    number: 33,
    what: 'an invoker learns of a change by notification, polling or refusal; late and repeated updates',
    modelled: [
      { finding: 'learning-by-refusal' },
      { amendment: 'notify-of-updates' },
      { setting: 'notified' },
      { setting: 'notifications' },
      { setting: 'late' },
      { setting: 'repeated' },
    ],
    outOfScope: 'polling',
  },
  {
    number: 34,
    what: 'a SecurityNotification can say that authorization is revoked, but not that the method has changed',
    modelled: [{ machine: 'capifCoreFunction', state: 'revoked' }, { amendment: 'notify-of-updates' }],
    outOfScope: 'a notification that names the method: SERVICE_API_UPDATE says that something has changed',
  },
  {
    number: 35,
    what: 'renegotiation during offboarding; the cache of the AEF outlives the enrolment',
    modelled: [
      { finding: 'offboarded-invoker' },
      { amendment: 'revoke-at-offboarding' },
      { setting: 'offboarding' },
      { scenario: 'offboarded-invoker-is-refused' },
      { test: 'runtime/exposing/revoked-invoker.test.ts', name: 'an AEF serves an offboarded invoker' },
    ],
    outOfScope: 'an invoker that deletes its security context (DELETE)',
  },
  {
    number: 36,
    what: 'revocation while the invoker recovers from a mismatch',
    modelled: [
      { setting: 'revocation' },
      { property: 'S3 once the AEF has acknowledged' },
      { finding: 'forgotten-revocation' },
      { scenario: 'revoked-invoker-is-refused' },
    ],
  },
  {
    number: 37,
    what: 'authentication initiation succeeds although the method has changed, over an unprotected exchange',
    modelled: [
      { machine: 'invokerAdmission', state: 'known' },
      { rule: 'forge' },
      { property: 'S1 no invocation is served' },
    ],
  },
  {
    number: 38,
    what: 'a method assigned at onboarding, and another one negotiated later',
    outOfScope: 'our core assigns none at onboarding (B.1 leaves it open); an invoker negotiates before it invokes',
  },
  {
    number: 39,
    what: 'topology hiding: the published methods may be those of a hidden AEF',
    outOfScope: 'topology hiding; for an invoker, the entry point is the AEF',
  },
  {
    number: 40,
    what: 'interconnection: the core of the invoker has a copy that may be stale',
    outOfScope: 'CAPIF-6; a stale copy is a late publication (R1), but without acknowledgement end to end',
  },
  {
    number: 41,
    what: 'an AEF that restarts, or several instances behind one identifier',
    modelled: [
      { setting: 'restarts' },
      { scenario: 'restarted-aef-still-refuses' },
      { finding: 'forgotten-revocation' },
      { amendment: 'keep-revocations' },
      { test: 'properties/model/rules/restart.test.ts', name: 'a restart of the AEF keeps a revocation' },
    ],
    outOfScope: 'several instances: our AEF is one machine, whose change takes effect at once',
  },
];
