/** What the core keeps of a security context: where its machine stands, and what it has given the invoker. */
import { capifCoreFunction } from '../../../machines/capif-core-function.ts';
import type { SecurityMethodResponse } from '../../../machines/messages.ts';
import type { Standing } from '../../../machines/steps/step.ts';
import { type Resting, restingAt } from '../../participant.ts';
import type { Store } from '../../store/store.ts';
import type { Subject } from '../../wire/security-api.ts';

export type About = { apiInvokerId: string; aefId: string; subject: Subject };

/** The latest negotiation. Nothing is left of it once the credential has ended. */
export type Negotiated = {
  preferred: readonly string[];
  selection?: SecurityMethodResponse | undefined;
  aefPsk?: Buffer | undefined;
  /** Higher than that of every negotiation before, whatever that was about. */
  nth?: number | undefined;
};

/** What a context goes on from. */
export type Former = Negotiated & {
  resting: Resting;
  /** The number of the service that the subject names, if it names more than an AEF; 0 otherwise. */
  service: number;
  /** Its credential has ended, and no other will come. */
  hasEnded: boolean;
  /** The AEF has been told of a revocation, and has not answered. */
  isRevoking: boolean;
  /** The attempt that it pauses before. */
  pausesBefore?: number | undefined;
};

export type KeptContext = About &
  Omit<Former, 'resting' | 'aefPsk'> & { standing: Standing; aefPsk?: string | undefined };

export const formerOf = ({ standing, aefPsk, ...kept }: KeptContext, store: Store): Former => ({
  ...kept,
  resting: restingAt(capifCoreFunction, standing),
  aefPsk: aefPsk === undefined ? undefined : store.unseal(aefPsk),
});
