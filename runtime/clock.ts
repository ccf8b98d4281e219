/** The timers of one participant. A machine names a timer and an attempt; the length of the pause is decided here. */

export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once, after `ms`; the answer cancels it. */
  after(ms: number, call: () => void): () => void;
};

export const systemClock: Clock = {
  now: Date.now,
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

export type Pause = {
  firstMs: number;
  longestMs: number;
  /** Evenly from 0 to 1; by default `Math.random`. 0 makes every pause as long as it may be, or as was asked for. */
  random?: () => number;
};
export const defaultPause: Pause = { firstMs: 50, longestMs: 5_000 };

/** Doubles with every attempt in a row. */
const longestPauseMs = ({ firstMs, longestMs }: Pause, attempt: number) => Math.min(firstMs * 2 ** attempt, longestMs);

/**
 * Those that began to pause together must not come back together: a pause is between half and all of its length, and one that
 * a peer has asked for is up to half as long again.
 */
export function pauseTimer(clock: Clock, pause: Pause, expired: () => void) {
  const { start, stop } = timer(clock, expired);
  const { random = Math.random } = pause;
  let leastMs = 0;
  return {
    stop,
    /** A peer has asked for it: the next pause is at least as long. */
    atLeast(ms: number) {
      leastMs = ms;
    },
    start(attempt: number) {
      const half = random() / 2;
      start(Math.max(longestPauseMs(pause, attempt) * (1 - half), leastMs * (1 + half)));
      leastMs = 0;
    },
  };
}

/** The longest that a timer of Node runs, some 24 days. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Ends the life of a key, a token or a right after `ms`, or after the life that comes with it if that is shorter; without
 * either, it lasts until the peer refuses it.
 */
export function lifetimeTimer(clock: Clock, ms: number | undefined, expired: () => void) {
  const { start, stop } = timer(clock, expired);
  return {
    stop,
    start(ownMs = Number.POSITIVE_INFINITY) {
      const shorter = Math.min(ms ?? ownMs, ownMs);
      stop();
      if (shorter !== Number.POSITIVE_INFINITY) start(Math.min(shorter, longestTimerMs));
    },
  };
}

/** One timer that is started, stopped and started again. */
function timer(clock: Clock, expired: () => void) {
  let cancel: (() => void) | undefined;
  const stop = () => {
    cancel?.();
    cancel = undefined;
  };
  return {
    stop,
    start(ms: number) {
      stop();
      cancel = clock.after(ms, () => {
        cancel = undefined;
        expired();
      });
    },
  };
}
