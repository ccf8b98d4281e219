/** What a world is made of, and what its environment may do to it: the bounds of an exploration, by name. */
import type { Amendment, SecurityMethod } from '../machines/vocabulary.ts';

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
  /** A network attacker fakes an IncorrectMethodFailure, or breaks a handshake. */
  forgeries: Times;
  /** A key, token or right expires, at the invoker or at the AEF. */
  expiries: Times;
  /** The AEF forgets its cache, or the invoker all it has negotiated. */
  restarts: Times;
  revocations: Times;
  attemptsMax: number;
};

export type World = Setting & { amendments: readonly Amendment[] };

const quiet = { cuts: 0, lateRequests: false, forgeries: 0, expiries: 0, restarts: 0, revocations: 0 } as const;
const threeMethods = {
  supported: ['PSK', 'PKI', 'OAUTH'],
  first: ['PSK'],
  changesTo: [['PSK'], ['PKI'], ['OAUTH']],
} as const;

export const settings: readonly Setting[] = [
  {
    name: 'fair',
    about: 'nothing is lost; the AEF changes its method as often as it likes',
    ...threeMethods,
    ...quiet,
    changes: 'always',
    attemptsMax: 3,
  },
  {
    name: 'lossy',
    about: 'exchanges break as often as they like, requests that were cut may arrive late',
    ...threeMethods,
    ...quiet,
    changes: 'always',
    cuts: 'always',
    lateRequests: true,
    attemptsMax: 2,
  },
  {
    name: 'hostile',
    about: 'as lossy, with forged indications, expiry and restarts',
    ...threeMethods,
    changesTo: [['PSK'], ['PKI']],
    supported: ['PSK', 'PKI'],
    changes: 'always',
    cuts: 'always',
    lateRequests: true,
    forgeries: 'always',
    expiries: 'always',
    restarts: 'always',
    revocations: 0,
    attemptsMax: 1,
  },
  {
    name: 'sets',
    about: 'method sets: added methods, removed ones, and none in common',
    supported: ['PKI', 'PSK'],
    first: ['PSK', 'PKI'],
    changesTo: [['PSK'], ['PKI'], ['PSK', 'PKI'], ['OAUTH']],
    ...quiet,
    changes: 'always',
    attemptsMax: 2,
  },
  {
    name: 'revocation',
    about: 'the core revokes the invoker at any moment, and exchanges break',
    supported: ['PSK', 'OAUTH'],
    first: ['PSK'],
    changesTo: [['PSK'], ['OAUTH']],
    ...quiet,
    changes: 1,
    cuts: 'always',
    revocations: 1,
    attemptsMax: 2,
  },
];
