/**
 * Restarts: the process of a role is killed, and another goes on from its folder. All its connections end at once; the middle
 * boxes let its peers see that one after another, in the order in which the model breaks what is under way.
 */
import { Disagreement } from './comparison.ts';
import { timeoutMs } from './hosts/run-options.ts';
import type { RoleName } from './hosts/starters.ts';
import type { Passage } from './passage.ts';
import { brokenPublications, type PlannedTransition } from './plan.ts';
import { passageOf, present, type Session, takePublication } from './under-way.ts';

type CompareNext = (steps: number) => Promise<void>;

/** The role of each restart. A publisher restarts with its AEF. */
export const killedBy: { readonly [action: string]: RoleName } = {
  'restart capifCoreFunction': 'core',
  'restart invokerAdmission': 'provider',
  'restart apiInvoker': 'invoker',
};

/** Those that have processes of their own in a run, and how often each is killed. */
export function killedIn(transitions: readonly PlannedTransition[]): Map<RoleName, number> {
  const kills = new Map<RoleName, number>();
  for (const { action } of transitions) {
    const role = killedBy[action];
    if (role) kills.set(role, (kills.get(role) ?? 0) + 1);
  }
  return kills;
}

/** `peersSee`: what its peers see while it is gone. */
async function restart({ roles, comparison }: Session, role: RoleName, peersSee: () => Promise<void> = async () => {}) {
  await roles[role].kill();
  comparison.expectNothing();
  comparison.forget(role);
  await peersSee();
  try {
    await roles.startAgain(role);
  } catch (error) {
    throw new Disagreement(`the ${role} does not go on after its restart: ${(error as Error).message}`);
  }
}

const ended = async ({ comparison }: Session, passage: Passage | undefined, otherwise: string): Promise<void> =>
  passage && comparison.soon(otherwise, passage.end());

export async function restartInvoker(session: Session): Promise<void> {
  await restart(session, 'invoker');
  session.wire.invocations = [];
}

export async function restartCore(session: Session, planned: PlannedTransition, compareNext: CompareNext) {
  const { roles, wire } = session;
  const { control, fetch, revocation } = planned.before;
  const boxes = [roles.boxes.invokerToCore, roles.boxes.aefToCore];
  const isOfCore =
    control.at === 'openingCore' ||
    (control.at === 'asking' && control.to === 'capifCoreFunction') ||
    (control.at === 'answered' && !control.message.type.startsWith('AuthenticationInitiation'));
  for (const box of boxes) box.setHolding(true);
  await restart(session, 'core', async () => {
    if (isOfCore) {
      if (control.at === 'openingCore') await roles.invoker.expire(timeoutMs);
      else passageOf(wire, control).cut();
      await compareNext(1);
    }
    if (fetch.at !== 'nothing') {
      cutFetch(session);
      await compareNext(1);
    }
    await ended(session, wire.idle, 'the AEF keeps a connection to a core that is gone');
    delete wire.idle;
  });
  if (revocation.at !== 'nothing') await compareNext(1);
  for (const { at, revision } of brokenPublications(planned.before)) {
    takePublication(wire, { revision, at, awaited: true }).passage.cut();
    await compareNext(1);
  }
  for (const box of boxes) box.setHolding(false);
}

/** The AEF and its publisher, which are one process. What its publications then do is a transition of their own. */
export async function restartProvider(session: Session, { before }: PlannedTransition, compareNext: CompareNext) {
  const { roles, wire } = session;
  const boxes = [roles.boxes.invokerToAef, roles.boxes.coreToAef];
  for (const box of boxes) box.setHolding(true);
  await restart(session, 'provider');
  wire.publications = wire.publications.filter(({ awaited }) => !awaited);
  delete wire.fetch;
  delete wire.idle;
  await compareNext(1);
  for (const { passage } of wire.invocations.splice(0)) {
    passage.cut();
    await compareNext(1);
  }
  if (before.control.at === 'heldByAef') present(wire.initiation).cut();
  await ended(session, wire.aef, 'the invoker keeps a connection to an AEF that is gone');
  for (const box of boxes) box.setHolding(false);
}

/** If a kept connection ends, its client tries once more: that is cut as well. */
export function cutFetch({ roles, wire }: Session): void {
  if (wire.fetchIsOnKept) roles.boxes.aefToCore.cutNext();
  present(wire.fetch).cut();
  delete wire.fetch;
}
