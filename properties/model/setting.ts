/** Settings: the methods of the roles, and what their environment may do; the bounds of an exploration, by name. */
import type { Amendment, SecurityMethod } from '../../machines/vocabulary.ts';

/** How often something may happen in one run. `always`: without bound, so that a proof does not depend on a count. */
export type Times = number | 'always';

/**
 * What becomes of the notifications of the core (SERVICE_API_UPDATE). `lost`: none arrives. `in time`: each arrives, as does every
 * invocation that is under way, before the publication that caused it is acknowledged. `at any moment`: they arrive whenever they
 * like and as often, whether the core has sent them or not; this has the late, the lost, the repeated and the forged ones.
 */
export const notificationKinds = ['lost', 'in time', 'at any moment'] as const;
export type Notifications = (typeof notificationKinds)[number];

export type Setting = {
  name: string;
  /** One line for people. */
  about: string;
  /** The invoker's methods, in order of preference. */
  supported: readonly SecurityMethod[];
  /** The AEF's first methods, and the sets that it may change to. */
  first: readonly SecurityMethod[];
  changesTo: readonly (readonly SecurityMethod[])[];
  /** How often it changes. */
  changes: Times;
  /** How often another service of the same AEF is published, and the methods that it may have; none: it is withdrawn. */
  otherServices: Times;
  othersOffer: readonly (readonly SecurityMethod[])[];
  /** The operator of the AEF ends the old methods before the core has the update. */
  withdrawals: Times;
  /** An exchange breaks: its request or its answer is lost, and the sender only hears that it failed. */
  cuts: Times;
  /** A request whose exchange was cut may still arrive later: at most one at a time on each reference point. */
  lateRequests: boolean;
  /** A proxy repeats a request to the core, so that it arrives twice. */
  repetitions: Times;
  /** A network attacker fakes an answer of the AEF, or breaks a handshake. */
  forgeries: Times;
  /** A key, token or right expires, at the invoker or at the AEF. */
  expiries: Times;
  /** A role restarts, and knows only what is durable. */
  restarts: Times;
  /** The core revokes the authorization of the invoker, or ends its enrolment. */
  revocations: Times;
  offboardings: Times;
  notifications: Notifications;
  attemptsMax: number;
  /** How many invocations may be outstanding at once. */
  invocations: 1 | 2;
};

export type Configuration = Setting & { amendments: readonly Amendment[] };

const quiet = {
  otherServices: 0,
  othersOffer: [],
  withdrawals: 0,
  cuts: 0,
  lateRequests: false,
  repetitions: 0,
  forgeries: 0,
  expiries: 0,
  restarts: 0,
  revocations: 0,
  offboardings: 0,
  notifications: 'lost',
} as const;
const twoMethods = { supported: ['PSK', 'OAUTH'], first: ['PSK'], changesTo: [['PSK'], ['OAUTH']] } as const;

export const settings: readonly Setting[] = [
  {
    name: 'fair',
    about: 'nothing is lost; the AEF changes between TLS-PSK and OAUTH without bound',
    ...twoMethods,
    ...quiet,
    changes: 'always',
    attemptsMax: 3,
    invocations: 2,
  },
  {
    name: 'three',
    about: 'nothing is lost; the AEF changes between TLS-PSK, PKI and OAUTH without bound',
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
    about: 'the AEF adds and removes methods, and at times shares none with the invoker',
    supported: ['PKI', 'PSK'],
    first: ['PSK', 'PKI'],
    changesTo: [['PSK'], ['PSK', 'PKI'], ['OAUTH']],
    ...quiet,
    changes: 'always',
    attemptsMax: 2,
    invocations: 1,
  },
  {
    name: 'services',
    about: 'the AEF exposes another service, whose methods differ; both change without bound, and nothing is lost',
    ...twoMethods,
    ...quiet,
    changes: 'always',
    otherServices: 'always',
    othersOffer: [['PSK'], ['OAUTH'], ['PSK', 'OAUTH'], []],
    attemptsMax: 2,
    invocations: 1,
  },
  {
    name: 'disjoint',
    about: 'at times the AEF and the invoker share no method, or one of two, and exchanges break; two changes',
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
    about: 'exchanges break and the AEF changes without bound',
    ...twoMethods,
    ...quiet,
    changes: 'always',
    cuts: 'always',
    attemptsMax: 1,
    invocations: 1,
  },
  {
    name: 'withdrawn',
    about: 'as lossy, and the operator of the AEF ends the old methods before the core has the update; two changes',
    ...twoMethods,
    ...quiet,
    changes: 2,
    withdrawals: 'always',
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
    about: 'every role restarts and the AEF changes without bound; nothing else is lost',
    ...twoMethods,
    ...quiet,
    changes: 'always',
    restarts: 'always',
    attemptsMax: 1,
    invocations: 1,
  },
  {
    name: 'hostile',
    about: 'as lossy, and a network attacker forges or replays answers of the AEF, and alerts',
    ...twoMethods,
    ...quiet,
    changes: 'always',
    cuts: 'always',
    forgeries: 'always',
    attemptsMax: 1,
    invocations: 1,
  },
  {
    name: 'notified',
    about: 'nothing is lost, the AEF changes without bound, and the invoker is notified of every update in time',
    ...twoMethods,
    ...quiet,
    changes: 'always',
    notifications: 'in time',
    attemptsMax: 1,
    invocations: 1,
  },
  {
    name: 'notifications',
    about:
      'notifications are late, lost, repeated and forged without bound, and other messages late or lost; one change',
    ...twoMethods,
    ...quiet,
    changes: 1,
    cuts: 'always',
    lateRequests: true,
    notifications: 'at any moment',
    attemptsMax: 1,
    invocations: 1,
  },
];
