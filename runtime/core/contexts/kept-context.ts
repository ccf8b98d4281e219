/** What the core keeps of a security context: where its machine stands, and what it has given the invoker. */
import type { TLSSocket } from 'node:tls';
import { capifCoreFunction } from '../../../machines/capif-core-function.ts';
import type { SecurityMethodResponse } from '../../../machines/messages.ts';
import type { Standing } from '../../../machines/steps/step.ts';
import { type Resting, restingAt } from '../../participant.ts';
import type { Store } from '../../store/store.ts';
import type { Subject } from '../../wire/security-api.ts';

export type About = { apiInvokerId: string; aefId: string; subject: Subject };

/** The latest negotiation. */
export type Negotiated = {
  /** As the invoker wrote it. */
  preferred: readonly string[];
  /** The method that it was given, and the number of the negotiation. */
  selection?: SecurityMethodResponse | undefined;
  /** Of the latest negotiation that selected TLS-PSK. */
  aefPsk?: Buffer | undefined;
  /** Higher than that of every negotiation before, whatever that was about. */
  nth?: number | undefined;
  /** The connection that brought it. */
  over?: WeakRef<TLSSocket> | undefined;
};

/** All its members are there from the beginning: in memory, those that come later are kept apart. */
export const nothingNegotiated = (): Negotiated => ({
  preferred: [],
  selection: undefined,
  aefPsk: undefined,
  nth: undefined,
  over: undefined,
});

/** Of a negotiation whose credential has ended, for all contexts. */
export const nothingLeft = Object.freeze(nothingNegotiated());

/** What a context goes on from. */
export type Former = {
  resting: Resting;
  negotiated: Negotiated;
  /** The number of the service that the subject names, if it names more than an AEF; 0 otherwise. */
  service: number;
  /** The services that its machine has been told of, and not that they offer nothing. */
  told: readonly number[];
  /** The number of the news of the AEF that it has heard last. */
  heard: number;
  /** Its credential has ended, and no other will come. */
  hasEnded: boolean;
};

export type KeptContext = About &
  Pick<Negotiated, 'preferred' | 'selection' | 'nth'> &
  Pick<Former, 'service' | 'hasEnded'> & {
    standing: Standing;
    aefPsk?: string | undefined;
    /** The AEF has been told of a revocation, and has not answered. */
    isRevoking: boolean;
    /** The attempt that it pauses before. */
    pausesBefore?: number | undefined;
  };

/** `told`: what there is after a restart. */
export function formerOf(kept: KeptContext, told: readonly number[], store: Store): Former {
  const { standing, preferred, selection, nth, aefPsk, service, hasEnded } = kept;
  const key = aefPsk === undefined ? undefined : store.unseal(aefPsk);
  return {
    resting: restingAt(capifCoreFunction, standing),
    negotiated: hasEnded ? nothingLeft : Object.assign(nothingNegotiated(), { preferred, selection, nth, aefPsk: key }),
    service,
    told,
    heard: 0,
    hasEnded,
  };
}
