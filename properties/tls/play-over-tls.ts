/** Plays a plan with the real roles over TLS, and compares each of them with the model after each transition. */

import { isDeepStrictEqual } from 'node:util';
import { stateName } from '../../machines/steps/step.ts';
import type { MachineStep } from '../model/macro-step.ts';
import type { Configuration } from '../model/setting.ts';
import { parts, type State } from '../model/state.ts';
import { type Comparison, Disagreement, startComparison } from './comparison.ts';
import { injections, pausesOf } from './injections.ts';
import type { PlannedTransition } from './plan.ts';
import { type RolesUnderTest, startRoles } from './roles-under-test.ts';
import { follow, type Session } from './under-way.ts';

export type OutcomeOverTls =
  | { outcome: 'agrees'; transitions: number; steps: number }
  /** `transition` counts from 1; it is one more than there are if something happens after the last. */
  | { outcome: 'disagrees'; transition: number; action: string; because: string };

export async function playOverTls(
  configuration: Configuration,
  transitions: readonly PlannedTransition[],
  { patienceMs = 5_000 }: { patienceMs?: number } = {},
): Promise<OutcomeOverTls> {
  const comparison = startComparison(patienceMs);
  const roles = await startRoles(configuration, comparison.record);
  const session: Session = { roles, comparison, wire: { invocations: [] }, isOffboarded: false };
  comparison.begin();
  let at = 0;
  let steps = 0;
  try {
    for (; at < transitions.length; at++) steps += await playTransition(session, transitions[at]!);
    await quiet();
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
async function playTransition(session: Session, planned: PlannedTransition): Promise<number> {
  const { roles, comparison } = session;
  comparison.expectNothing();
  const steps = planned.transition.steps.filter(
    (step) =>
      (comparison.hasBegun(step.part) || !needsMachine(step.event)) &&
      !(session.isOffboarded && isAfterTheEnd(step, planned.before)),
  );
  const left = [...steps];
  const compareNext = async (count: number): Promise<void> => {
    for (const step of left.splice(0, count)) {
      await comparison.expect(step);
      for (const effect of step.effects) await follow(session, step.part, effect);
    }
  };

  const inject = injections[planned.rule];
  if (!inject) throw new Error(`there is no injection for "${planned.rule}"`);
  await comparison.soon(
    `"${planned.action}" cannot be done: nothing is under way`,
    Promise.resolve(inject(session, planned, compareNext)),
  );
  await compareNext(left.length);
  compare(roles, comparison, planned.after);
  return steps.length;
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
function compare(roles: RolesUnderTest, comparison: Comparison, expected: State): void {
  for (const part of parts) {
    if (!comparison.hasBegun(part)) continue;
    const [state, modelled] = [comparison.stateOf(part), expected[part].value];
    if (!isDeepStrictEqual(state, modelled)) {
      throw new Disagreement(`${part} is ${stateName(state)}; in the model it is ${stateName(modelled)}`);
    }
  }
  for (const { part, runs, mustRun } of pausesOf(roles, expected)) {
    if (runs !== mustRun) throw new Disagreement(`${part} ${runs ? 'pauses' : 'does not pause'}, unlike in the model`);
  }
  const remembered = [
    ['apiInvoker', roles.invoker.snapshot()],
    ['apiExposingFunction', roles.aef.snapshot()],
  ] as const;
  for (const [part, { context }] of remembered) {
    const differs = Object.entries(expected[part].context).find(
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

/** Long enough for what is left to do in the process; on the network, only what is let through can move. */
async function quiet(): Promise<void> {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
}
