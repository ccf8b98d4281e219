/**
 * A role of a run as its host starts it: what it is told to do, and what it tells, are plain data, because the role may live in
 * another process.
 */
import type { TraceLine } from '../../../machines/steps/trace.ts';
import type { manualClock } from './manual-clock.ts';

/** What a role tells unasked. */
export type Telling = { record(line: TraceLine): void; onError(error: unknown): unknown };

// biome-ignore lint/suspicious/noExplicitAny: the arguments of each order are its own
export type Orders = { [order: string]: (...args: any[]) => unknown };

/** `about`: what others need to know of it. `close` is for a role that ends without being killed. */
export type Started<About, Own extends Orders> = {
  about: About;
  orders: Own & CommonOrders & { close(): Promise<void> | void };
};

type CommonOrders = {
  expire(ms: number): void;
  isRunning(ms: number): boolean;
  /** Resolves when what is left to do in its process has had its turn. */
  turn(): Promise<void>;
};

/** Its timers expire when the run says so. */
export const commonOrders = ({ expire, isRunning }: ReturnType<typeof manualClock>): CommonOrders => ({
  expire,
  isRunning,
  turn: () => new Promise((resolve) => setImmediate(resolve)),
});
