/** Restarts of the core and its publisher, in the order in which the model breaks what is under way. */
import type { State } from '../model/state.ts';
import type { PlannedTransition } from './plan.ts';
import { timeoutMs } from './roles-under-test.ts';
import { passageOf, present, type Session } from './under-way.ts';

/** Its connections break one after another, in the order of the model; then it goes on with what it has kept. */
export async function restartCore(
  session: Session,
  planned: PlannedTransition,
  compareNext: (steps: number) => Promise<void>,
) {
  const { roles, wire } = session;
  const { control, fetch, revocation } = planned.before;
  const isOfCore =
    control.at === 'openingCore' ||
    (control.at === 'asking' && control.to === 'capifCoreFunction') ||
    (control.at === 'answered' && !control.message.type.startsWith('AuthenticationInitiation'));
  if (isOfCore) {
    if (control.at === 'openingCore') roles.clocks.invoker.expire(timeoutMs);
    else passageOf(wire, control).cut();
    await compareNext(1);
  }
  if (fetch.at !== 'nothing') {
    cutFetch(session);
    await compareNext(1);
  }
  delete wire.idle;
  const revoking = revocation.at === 'nothing' ? undefined : present(wire.revocation);
  await roles.core.restart();
  revoking?.cut();
  if (revoking) await compareNext(1);
}

/** If a kept connection ends, its client tries once more: that is cut as well. */
export function cutFetch({ roles, wire }: Session): void {
  if (wire.fetchIsOnKept) roles.boxes.aefToCore.cutNext();
  present(wire.fetch).cut();
  delete wire.fetch;
}

type Broken = { at: 'asking' | 'answered'; revision: number };

/** Those that their publisher waits for, as the model breaks them. */
export const brokenPublications = ({ publications }: State): Broken[] =>
  publications.flatMap((one): Broken[] => {
    if (one.at === 'answered') return [{ at: one.at, revision: one.revision }];
    return one.awaited ? [{ at: one.at, revision: one.message.revision }] : [];
  });
