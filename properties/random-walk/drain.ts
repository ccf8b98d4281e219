/**
 * The end of a walk: nothing more goes wrong, the fair rules take turns, and each goal that stays due must be reached within
 * a bounded number of transitions.
 */
import type { AgainAndAgain, AtMost, Property } from '../requirements/property.ts';
import type { NumberedModel, NumberedState, NumberedTransition } from './numbered-model.ts';

export type Walk = {
  /** Those of the drain come last, but only if one of its transitions breaks a property of states or steps. */
  actions: string[];
  /** The number of transitions before the drain, and in it. */
  transitions: number;
  drained: number;
  broken?: Property;
  /** Goals whose condition did not hold to the end, so that they need not be reached. */
  excused: AgainAndAgain[];
};

/** A drain has at most so many transitions. */
export const drainMax = 200;

export function drain(model: NumberedModel, from: NumberedState, walk: Walk): Walk {
  const lastTaken = new Map<number, number>();
  const times = new Map<AtMost, number>();
  const actions: string[] = [];
  let tooOften: AtMost | undefined;
  let open = new Set(model.goals);
  for (let at = from; ; ) {
    for (const goal of [...open]) {
      if (!model.isDue(goal, at) && open.delete(goal)) walk.excused.push(goal);
    }
    const rule = longestWaiting(model, at, lastTaken);
    const [goal] = open;
    if (goal === undefined) return tooOften ? { ...walk, broken: tooOften } : walk;
    if (rule === undefined || walk.drained === drainMax) return { ...walk, broken: goal };
    const transition = at.enabled[rule]![0]!;
    const next = model.after(at, transition);
    const broken = model.broken(transition, at, next);
    at = next;
    lastTaken.set(rule, ++walk.drained);
    actions.push(transition.action);
    tooOften ??= model.bounded.find((one) => exceeds(one, transition, times));
    if (broken) return { ...walk, broken, actions: [...walk.actions, ...actions] };
    open = new Set([...open].filter((one) => !transition.marks.has(one)));
  }
}

/** The enabled fair rule that was last taken longest ago: so each that is enabled again and again is taken. */
function longestWaiting(
  { fair }: NumberedModel,
  { enabled }: NumberedState,
  lastTaken: ReadonlyMap<number, number>,
): number | undefined {
  let found: number | undefined;
  for (const rule of fair) {
    if (enabled[rule]!.length === 0) continue;
    if (found === undefined || (lastTaken.get(rule) ?? 0) < (lastTaken.get(found) ?? 0)) found = rule;
  }
  return found;
}

function exceeds(property: AtMost, { marks }: NumberedTransition, times: Map<AtMost, number>): boolean {
  if (!marks.has(property)) return false;
  const count = (times.get(property) ?? 0) + 1;
  times.set(property, count);
  return count > property.times;
}
