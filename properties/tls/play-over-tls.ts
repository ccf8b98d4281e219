/** Plays a plan on the real roles over TLS, and compares each of them with the model after each move. */

import { isDeepStrictEqual } from 'node:util';
import { stateName } from '../../machines/state-name.ts';
import type { Configuration } from '../model/setting.ts';
import { parts, type State } from '../model/state.ts';
import { Disagreement, type Observed, observed } from './comparison.ts';
import { deeds, follow, type Playing, pausing } from './injections.ts';
import type { PlannedTransition } from './plan.ts';
import { type Parties, startParties } from './roles-under-test.ts';

export { planOf } from './plan.ts';

export type PlayedOverTls =
  | { outcome: 'agrees'; moves: number; steps: number }
  /** `move` counts from 1; one more than there are if something happens after the last. */
  | { outcome: 'disagrees'; move: number; action: string; because: string };

export type PlayOptions = { patienceMs?: number };

export async function playOverTls(
  configuration: Configuration,
  transitions: readonly PlannedTransition[],
  { patienceMs = 5_000 }: PlayOptions = {},
): Promise<PlayedOverTls> {
  const seen = observed(patienceMs);
  const parties = await startParties(configuration, seen.record);
  const playing: Playing = { parties, seen, wire: { invocations: [] } };
  seen.begin();
  let at = 0;
  let steps = 0;
  try {
    for (; at < transitions.length; at++) steps += await playMove(playing, transitions[at]!);
    await quiet();
    seen.expectNothing();
    return { outcome: 'agrees', moves: transitions.length, steps };
  } catch (error) {
    if (!(error instanceof Disagreement)) throw error;
    const words = transitions[at]?.action ?? 'nothing more';
    return { outcome: 'disagrees', move: at + 1, action: words, because: error.message };
  } finally {
    await parties.close();
  }
}

/** How many steps were compared. */
async function playMove(playing: Playing, planned: PlannedTransition): Promise<number> {
  const { parties, seen } = playing;
  seen.expectNothing();
  const steps = planned.transition.steps.filter(({ part, event }) => seen.hasBegun(part) || !isUnheard(event));
  const left = [...steps];
  const hear = async (count: number): Promise<void> => {
    for (const step of left.splice(0, count)) {
      await seen.expect(step);
      for (const effect of step.effects) await follow(playing, step.part, effect);
    }
  };

  const deed = deeds[planned.rule];
  if (!deed) throw new Error(`nobody knows how to do "${planned.rule}" over TLS`);
  await seen.soon(
    `"${planned.action}" cannot be done: nothing is under way`,
    Promise.resolve(deed(playing, planned, hear)),
  );
  await hear(left.length);
  compare(parties, seen, planned.after);
  return steps.length;
}

/** Core and AEF keep nothing of an invoker that they do not know: until they do, there is nobody to hear this. */
const isUnheard = ({ type }: { type: string }): boolean =>
  type === 'securityMethods.published' || type === 'role.restarted';

/** Where each part stands, as far as it can be seen: its state, the running timers, and what invoker and AEF remember. */
function compare(parties: Parties, seen: Observed, world: State): void {
  for (const part of parts) {
    if (!seen.hasBegun(part)) continue;
    const [state, modelled] = [seen.stateOf(part), world[part].value];
    if (!isDeepStrictEqual(state, modelled)) {
      throw new Disagreement(`${part} is ${stateName(state)}; in the model it is ${stateName(modelled)}`);
    }
  }
  for (const { part, runs, isToRun } of pausing(parties, world)) {
    if (runs !== isToRun) throw new Disagreement(`${part} ${runs ? 'pauses' : 'does not pause'}, unlike in the model`);
  }
  const remembered = [
    ['apiInvoker', parties.invoker.snapshot()],
    ['apiExposingFunction', parties.aef.snapshot()],
  ] as const;
  for (const [part, { context }] of remembered) {
    const differs = Object.entries(world[part].context).find(
      ([name, value]) => !isDeepStrictEqual((context as { [name: string]: unknown })[name], value),
    );
    if (differs) {
      const [name, value] = differs;
      const own = JSON.stringify((context as { [name: string]: unknown })[name]);
      throw new Disagreement(`${part} remembers ${name} as ${own}; in the model as ${JSON.stringify(value)}`);
    }
  }
  const [error] = parties.errors;
  if (error) throw error;
}

/** Long enough for whatever still moves inside the process; on the network nothing moves that is not let through. */
async function quiet(): Promise<void> {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
}
