/** Long work in one thread that Ctrl-C can end: it stops where it is, and what it has delivered by then stays. */
import { Script } from 'node:vm';

/** False if it was interrupted. Errors of the work are thrown as they are. */
export function untilInterrupted(work: () => void): boolean {
  try {
    new Script('work()').runInNewContext({ work }, { breakOnSigint: true });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_INTERRUPTED') throw error;
    return false;
  }
}
