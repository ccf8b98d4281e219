/**
 * How often notifications make an invoker ask the core: whoever knows where they are taken may send as many as he likes. The first
 * come through at once; beyond them, what has come in a while is told together, so that none is lost.
 */
import type { Clock } from '../../clock.ts';

const atOnce = 32;
const thenEveryMs = 10_000;

/** `tell`: these service APIs were updated, or any. */
export function paced(clock: Clock, tell: (apiIds?: readonly string[]) => void) {
  /** When all of `atOnce` may come again. */
  let wholeAt = 0;
  let cancel: (() => void) | undefined;
  const spend = (apiIds?: readonly string[]) => {
    wholeAt = Math.max(wholeAt, clock.now()) + thenEveryMs;
    tell(apiIds);
  };
  return {
    heard(apiIds?: readonly string[]): void {
      if (cancel) return;
      if (wholeAt - clock.now() <= (atOnce - 1) * thenEveryMs) return spend(apiIds);
      cancel = clock.after(thenEveryMs, () => {
        cancel = undefined;
        spend();
      });
    },
    close: () => cancel?.(),
  };
}
