/** What a world is made of, and what its environment may do to it: the bounds of an exploration, by name. */
import type { Amendment, SecurityMethod } from '../../machines/vocabulary.ts';

/** How often something may happen in one run. `always`: as often as it likes, so that a proof does not depend on a count. */
export type Times = number | 'always';

export type Setting = {
  name: string;
  /** What is in it, for people. */
  about: string;
  /** The invoker's methods, in order of preference. */
  supported: readonly SecurityMethod[];
  /** The AEF's methods to begin with, and the sets it may change to. */
  first: readonly SecurityMethod[];
  changesTo: readonly (readonly SecurityMethod[])[];
  /** How often it changes. */
  changes: Times;
  /** An exchange breaks: its request is lost, or its answer; the one who asked hears nothing but that. */
  cuts: Times;
  /** ... and a request that was cut arrives all the same, later: at most one at a time on each reference point. */
  lateRequests: boolean;
  /** Something on the way repeats a request to the core that is to arrive, so that it arrives again. */
  repetitions: Times;
  /** A network attacker fakes an answer of the AEF, or breaks a handshake. */
  forgeries: Times;
  /** A key, token or right expires, at the invoker or at the AEF. */
  expiries: Times;
  /** A role ends and begins again, and knows what is durable. */
  restarts: Times;
  /** The core takes the authorization of the invoker away, or its enrolment. */
  revocations: Times;
  offboardings: Times;
  attemptsMax: number;
  /** How many invocations may be outstanding at once. */
  invocations: 1 | 2;
};

export type Configuration = Setting & { amendments: readonly Amendment[] };

const quiet = {
  cuts: 0,
  lateRequests: false,
  repetitions: 0,
  forgeries: 0,
  expiries: 0,
  restarts: 0,
  revocations: 0,
  offboardings: 0,
} as const;
const twoMethods = { supported: ['PSK', 'OAUTH'], first: ['PSK'], changesTo: [['PSK'], ['OAUTH']] } as const;

export const settings: readonly Setting[] = [
  {
    name: 'fair',
    about: 'nothing is lost; the AEF changes between TLS-PSK and OAUTH as often as it likes',
    ...twoMethods,
    ...quiet,
    changes: 'always',
    attemptsMax: 3,
    invocations: 2,
  },
  {
    name: 'three',
    about: 'nothing is lost; the AEF changes between TLS-PSK, PKI and OAUTH as often as it likes',
    supported: ['PSK', 'PKI', 'OAUTH'],
    first: ['PSK'],
    changesTo: [['PSK'], ['PKI'], ['OAUTH']],
    ...quiet,
    changes: 'always',
    attemptsMax: 2,
    invocations: 1,
  },
  {
    name: 'sets',
    about: 'method sets: methods are added and removed, and at times none is in common',
    supported: ['PKI', 'PSK'],
    first: ['PSK', 'PKI'],
    changesTo: [['PSK'], ['PSK', 'PKI'], ['OAUTH']],
    ...quiet,
    changes: 'always',
    attemptsMax: 2,
    invocations: 1,
  },
  {
    name: 'disjoint',
    about: 'at times no method, or one of two, is in common, and exchanges break; two changes',
    supported: ['PSK', 'OAUTH'],
    first: ['PSK'],
    changesTo: [['PKI'], ['PSK', 'PKI'], ['OAUTH']],
    ...quiet,
    changes: 2,
    cuts: 'always',
    attemptsMax: 1,
    invocations: 1,
  },
  {
    name: 'lossy',
    about: 'exchanges break as often as they like, and the AEF changes as often as it likes',
    ...twoMethods,
    ...quiet,
    changes: 'always',
    cuts: 'always',
    attemptsMax: 1,
    invocations: 1,
  },
  {
    name: 'late',
    about: 'as lossy, but a request that was cut may still arrive, after later ones; two changes',
    ...twoMethods,
    ...quiet,
    changes: 2,
    cuts: 'always',
    lateRequests: true,
    attemptsMax: 1,
    invocations: 1,
  },
  {
    name: 'repeated',
    about: 'requests to the core arrive twice, the second time after later ones, and exchanges break; one change',
    ...twoMethods,
    ...quiet,
    changes: 1,
    cuts: 'always',
    repetitions: 'always',
    attemptsMax: 1,
    invocations: 1,
  },
  {
    name: 'ageing',
    about: 'one expiry, one restart and one change, among broken exchanges and forged indications',
    ...twoMethods,
    ...quiet,
    changes: 1,
    cuts: 'always',
    forgeries: 'always',
    expiries: 1,
    restarts: 1,
    attemptsMax: 1,
    invocations: 1,
  },
  {
    name: 'revocation',
    about:
      'the core revokes the invoker at any moment, exchanges break, and the AEF or the invoker restarts; one change',
    ...twoMethods,
    ...quiet,
    changes: 1,
    cuts: 'always',
    restarts: 1,
    revocations: 1,
    attemptsMax: 1,
    invocations: 1,
  },
  {
    name: 'offboarding',
    about: 'the invoker is offboarded at any moment, exchanges break, and the AEF or the invoker restarts; one change',
    ...twoMethods,
    ...quiet,
    changes: 1,
    cuts: 'always',
    restarts: 1,
    offboardings: 1,
    attemptsMax: 1,
    invocations: 1,
  },
  {
    name: 'restarts',
    about: 'every role restarts, and the AEF changes, as often as they like; nothing else is lost',
    ...twoMethods,
    ...quiet,
    changes: 'always',
    restarts: 'always',
    attemptsMax: 1,
    invocations: 1,
  },
  {
    name: 'hostile',
    about: 'as lossy, and a network attacker forges or replays what the AEF may say, and alerts',
    ...twoMethods,
    ...quiet,
    changes: 'always',
    cuts: 'always',
    forgeries: 'always',
    attemptsMax: 1,
    invocations: 1,
  },
];
