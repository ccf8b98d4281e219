/** A clock that stands still: a timer expires when a test says so. */
import type { Clock } from '../../../runtime/clock.ts';

type ManualClock = Clock & {
  /** Expires the timer of this length that was started last. */
  expire(ms: number): void;
  isRunning(ms: number): boolean;
};

type Timer = { ms: number; call: () => void };

export function manualClock(): ManualClock {
  const started = Date.now();
  const running: Timer[] = [];
  const stop = (timer: Timer) => {
    const at = running.indexOf(timer);
    if (at >= 0) running.splice(at, 1);
  };
  return {
    now: () => started,
    after(ms, call) {
      const timer = { ms, call };
      running.push(timer);
      return () => stop(timer);
    },
    expire(ms) {
      const timer = running.findLast((one) => one.ms === ms);
      if (!timer) throw new Error(`no timer of ${ms} ms is running`);
      stop(timer);
      timer.call();
    },
    isRunning: (ms) => running.some((timer) => timer.ms === ms),
  };
}
