/** R26 to R41: keys, tokens and their times; notification, revocation and who else there is. */
import type { Race } from './races.ts';

export const racesOfKeys: readonly Race[] = [
  {
    number: 26,
    what: 'which CAPIF-1e session does AEFPSK come from?',
    modelled: [
      { decision: 'a fresh CAPIF-1e connection per negotiation' },
      { machine: 'apiInvoker', state: 'authenticated.derivingAefPsk' },
      { setting: 'late' },
      { test: 'runtime/credentials/aef-psk-connection.test.ts', name: 'two connections give different keys' },
    ],
  },
  {
    number: 27,
    what: 'TLS 1.3 and tickets, for which Annex A defines nothing',
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
    what: 'how P0 is written: one other character, and the handshake fails',
    modelled: [
      { test: 'runtime/credentials/aef-psk.test.ts', name: 'any change of any input changes the key' },
      { test: 'runtime/credentials/aef-psk.test.ts', name: 'two ways to write the same characters' },
    ],
    outOfScope: 'cores and invokers of others that write it otherwise: to ours it is a handshake that fails (R10)',
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
    what: 'validity begins at different moments at core, AEF and invoker',
    modelled: [{ setting: 'ageing' }, { rule: 'expire at the invoker' }, { rule: 'expire at the AEF' }],
  },
  {
    number: 31,
    what: 'a token outlives its method; a token is asked for while the method changes',
    modelled: [
      { sentence: 'S1 no invocation is served' },
      { machine: 'apiInvoker', state: 'authenticated.requestingToken' },
      { test: 'runtime/core/access-tokens.test.ts', name: 'only to be had once OAUTH has been selected' },
    ],
  },
  {
    number: 32,
    what: 'is `exp` absolute, with how much skew, and what of a scope that names what has changed?',
    modelled: [
      { test: 'runtime/credentials/access-token.test.ts', name: 'expires 30 seconds after its time' },
      { test: 'runtime/core/access-tokens.test.ts', name: 'a scope names published APIs of one AEF' },
    ],
  },
  {
    number: 33,
    what: 'notification, polling, or being refused; late and repeated updates',
    modelled: [{ setting: 'late' }, { setting: 'repeated' }],
    outOfScope: 'notifications to the invoker',
  },
  {
    number: 34,
    what: 'a SecurityNotification can only say “revoked”, not that the method has changed',
    modelled: [{ machine: 'capifCoreFunction', state: 'revoked' }],
    outOfScope: 'a core that pushes a change of method: no message says it',
  },
  {
    number: 35,
    what: 'renegotiation against offboarding; what the AEF has cached outlives it',
    modelled: [
      { finding: 'offboarded-invoker' },
      { amendment: 'revoke-at-offboarding' },
      { setting: 'offboarding' },
      { scenario: 'offboarded-invoker-is-refused' },
      { test: 'runtime/exposing/revoked-invoker.test.ts', name: 'an AEF serves an offboarded invoker' },
    ],
    outOfScope: 'DELETE of a security context by the invoker alone',
  },
  {
    number: 36,
    what: 'revocation while the invoker recovers from a mismatch',
    modelled: [
      { setting: 'revocation' },
      { sentence: 'S3 once the AEF has acknowledged' },
      { finding: 'forgotten-revocation' },
      { scenario: 'revoked-invoker-is-refused' },
    ],
  },
  {
    number: 37,
    what: 'authentication initiation succeeds although the method has changed, and over what is not protected',
    modelled: [
      { machine: 'invokerAdmission', state: 'known' },
      { rule: 'forge' },
      { sentence: 'S1 no invocation is served' },
    ],
  },
  {
    number: 38,
    what: 'a method that is given at onboarding, against one that is negotiated later',
    outOfScope: 'our core gives none at onboarding (B.1 leaves it free); an invoker negotiates before it invokes',
  },
  {
    number: 39,
    what: 'topology hiding: the methods published may be those of a hidden AEF',
    outOfScope: 'topology hiding; to an invoker the entry point is the AEF',
  },
  {
    number: 40,
    what: 'interconnection: the core of the invoker holds a copy that may be stale',
    outOfScope: 'CAPIF-6; a stale copy is a late publication (R1), but nobody acknowledges it end to end',
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
    outOfScope: 'several instances: an AEF is one machine, whose change takes effect at once',
  },
];
