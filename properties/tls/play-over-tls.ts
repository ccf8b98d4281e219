/** Plays a plan with the real roles over TLS, and compares each of them with the model after each transition. */

import { isDeepStrictEqual } from 'node:util';
import { stateName } from '../../machines/steps/step.ts';
import type { MachineStep } from '../model/macro-step.ts';
import { compose } from '../model/rules/composition.ts';
import type { Configuration } from '../model/setting.ts';
import { parts, type State } from '../model/state.ts';
import { Disagreement, partsOf, startComparison } from './comparison.ts';
import { prepare } from './hosts/processes.ts';
import { injections, pausesOf } from './injections.ts';
import type { PlannedTransition } from './plan.ts';
import { killedBy, killedIn } from './restarts.ts';
import { startRoles } from './roles-under-test.ts';
import { answersAreThere, follow, type Session } from './under-way.ts';

export type OutcomeOverTls =
  | { outcome: 'agrees'; transitions: number; steps: number }
  /** `transition` counts from 1; it is one more than there are if something happens after the last. */
  | { outcome: 'disagrees'; transition: number; action: string; because: string };

export async function playOverTls(
  configuration: Configuration,
  transitions: readonly PlannedTransition[],
  { patienceMs = 5_000 }: { patienceMs?: number } = {},
): Promise<OutcomeOverTls> {
  const killed = killedIn(transitions);
  await Promise.all([...killed].map(([role, kills]) => prepare(role, kills + 1)));
  const comparison = startComparison(patienceMs, killed);
  const roles = await startRoles(configuration, comparison.record, killed);
  const wire = { invocations: [], publications: [] };
  const [first] = compose(configuration).initial;
  const session: Session = { roles, comparison, killed, wire, first, isOffboarded: false };
  comparison.begin();
  let at = 0;
  let steps = 0;
  try {
    for (; at < transitions.length; at++) steps += await playTransition(session, transitions[at]!, transitions[at - 1]);
    await quiet(session);
    comparison.expectNothing();
    return { outcome: 'agrees', transitions: transitions.length, steps };
  } catch (error) {
    if (!(error instanceof Disagreement)) throw error;
    const action = transitions[at]?.action ?? 'nothing more';
    return { outcome: 'disagrees', transition: at + 1, action, because: error.message };
  } finally {
    await roles.close();
  }
}

/** Returns the number of steps that were compared. */
async function playTransition(
  session: Session,
  planned: PlannedTransition,
  before?: PlannedTransition,
): Promise<number> {
  const { comparison } = session;
  const { steps } = planned.transition;
  const left = [...steps];
  let compared = 0;
  const compareNext = async (count: number): Promise<void> => {
    for (const step of left.splice(0, count)) {
      if (!isTaken(session, step, planned.before)) continue;
      await comparison.expect(step);
      for (const effect of step.effects) await follow(session, step.part, effect);
      compared += 1;
    }
  };

  if (!before?.isOneWithNext) {
    comparison.expectNothing();
    const inject = injections[planned.rule];
    if (!inject) throw new Error(`there is no injection for "${planned.rule}"`);
    const injected = Promise.resolve(inject(session, planned, compareNext));
    // A process takes its time to start.
    if (killedBy[planned.action]) await injected;
    else await comparison.soon(`"${planned.action}" cannot be done: nothing is under way`, injected);
  }
  await compareNext(left.length);
  if (planned.isOneWithNext) return compared;
  await answersAreThere(session, planned.after);
  await silentStepsAreDurable(session, planned);
  await compare(session, planned);
  return compared;
}

/** Whether the runtime has a machine that takes this step. */
function isTaken({ comparison, isOffboarded }: Session, step: MachineStep, before: State): boolean {
  const hasMachine = comparison.hasBegun(step.part) || !needsMachine(step.event);
  return hasMachine && !(isOffboarded && isAfterTheEnd(step, before));
}

/** What a role sends is durable before it leaves. Of a step that sends nothing, its store must say so. */
async function silentStepsAreDurable({ roles, killed }: Session, { transition: { steps } }: PlannedTransition) {
  for (const role of ['core', 'provider'] as const) {
    const own = steps.filter(({ part }) => partsOf[role].includes(part));
    const sends = own.some(({ effects }) => effects.some(({ type }) => type === 'send'));
    if (!killed.has(role) || own.length === 0 || sends) continue;
    await (role === 'core' ? roles.core.give('committed') : roles.provider.give('committed'));
  }
}

/** Core and AEF have no machine for an invoker that they do not know, so none that receives these events. */
const needsMachine = ({ type }: { type: string }): boolean =>
  ['securityMethods.published', 'invoker.offboarded', 'role.restarted'].includes(type);

/** The context of an offboarded invoker has ended: it hears nothing, and its `invokerProfile` refuses what is asked. */
const isAfterTheEnd = ({ part, event }: MachineStep, { capifCoreFunction }: State): boolean =>
  part === 'capifCoreFunction' &&
  ['offboarded', 'revoked.informed'].includes(stateName(capifCoreFunction.value)) &&
  heardNoMore.includes(event.type);
const heardNoMore = [
  'securityMethods.published',
  'SecurityMethodRequest',
  'SecurityMethodUpdateRequest',
  'AccessTokenRequest',
  'SecurityInformationRequest',
];

/** Compares what can be observed: states, running timers, and what invoker and AEF remember. */
async function compare(
  { roles, comparison, isOffboarded, first }: Session,
  { after }: PlannedTransition,
): Promise<void> {
  for (const part of parts) {
    const hasBegun = comparison.hasBegun(part);
    if (!hasBegun && part === 'capifCoreFunction' && isOffboarded) continue;
    const state = hasBegun ? comparison.stateOf(part) : first[part].value;
    const modelled = after[part].value;
    if (!isDeepStrictEqual(state, modelled)) {
      throw new Disagreement(`${part} is ${stateName(state)}; in the model it is ${stateName(modelled)}`);
    }
  }
  for (const { part, runs, mustRun } of await pausesOf(roles, after)) {
    if (runs !== mustRun) throw new Disagreement(`${part} ${runs ? 'pauses' : 'does not pause'}, unlike in the model`);
  }
  const remembered = [
    ['apiInvoker', await roles.invoker.give('context')],
    ['apiExposingFunction', await roles.provider.give('context')],
  ] as const;
  for (const [part, context] of remembered) {
    const differs = Object.entries(after[part].context).find(
      ([name, value]) => !isDeepStrictEqual((context as { [name: string]: unknown })[name], value),
    );
    if (differs) {
      const [name, value] = differs;
      const own = JSON.stringify((context as { [name: string]: unknown })[name]);
      throw new Disagreement(`${part} remembers ${name} as ${own}; in the model as ${JSON.stringify(value)}`);
    }
  }
  const [error] = roles.errors;
  if (error) throw error;
}

/** Long enough for what is left to do in each process; on the network, only what is let through can move. */
async function quiet({ roles: { core, provider, invoker } }: Session): Promise<void> {
  for (let n = 0; n < 5; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    for (const role of [core, provider, invoker]) await role.turn();
  }
}
