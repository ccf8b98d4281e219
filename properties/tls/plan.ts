/**
 * A plan for the real roles: the transitions of a run with credentials and revisions counted as the runtime counts them,
 * instead of canonical ones, up to the first that the runtime cannot do.
 */

import type { Rule, Transition } from '../model/rule.ts';
import { type CapifSystem, compose } from '../model/rules/composition.ts';
import type { Configuration } from '../model/setting.ts';
import type { State } from '../model/state.ts';
import { canonical } from '../model/symmetry.ts';
import { connectionsToAef } from './connections.ts';
import { impossible, impossibleRules } from './not-over-tls.ts';

export type PlannedTransition = {
  /** The action as a scenario writes it. */
  action: string;
  rule: string;
  transition: Transition;
  before: State;
  after: State;
  /** The handshake is with an impostor that has a certificate of the AEF: the next answer is forged. */
  withImpostor: boolean;
};
type Plan = {
  transitions: PlannedTransition[];
  /** The action that the runtime cannot do, and why; the plan ends before it. */
  unsupported?: { action: string; because: string };
};

/** A transition of the canonical state, and its rule. */
type Enabled = { transition: Transition; rule: Rule };

export type Planner = {
  enabled(): Enabled[];
  /** Why the runtime cannot do this, or undefined. */
  refusal(enabled: Enabled): string | undefined;
  add(enabled: Enabled): void;
  transitions: PlannedTransition[];
};

export function planner({ initial: [initial], rules }: CapifSystem): Planner {
  const transitions: PlannedTransition[] = [];
  const connections = connectionsToAef();
  let counted = initial;
  let renamed = canonical(initial);

  /** The same transition of the state in which numbers are counted. */
  function countedTransition({ rule, transition }: Enabled): Transition {
    const after = written(canonical({ ...renamed, ...transition.after }));
    const same = rule.enabled(counted).find((one) => written(canonical({ ...counted, ...one.after })) === after);
    if (!same) throw new Error(`"${transition.action}" cannot happen if numbers are counted`);
    return same;
  }

  return {
    transitions,
    enabled: () => rules.flatMap((rule) => rule.enabled(renamed).map((transition) => ({ rule, transition }))),
    refusal(enabled) {
      const { action } = enabled.transition;
      if (action === 'revoke' && transitions.some((one) => one.rule === 'offboard')) return impossible.noRight;
      if (action === 'want' && counted.apiInvoker.value === 'offboarded') return impossible.afterTheEnd;
      if (action === 'offboard' && counted.capifCoreFunction.value === 'withoutContext') return impossible.nothingToEnd;
      if (action === 'restart capifCoreFunction' && counted.late.request !== 'none') return impossible.lateRequest;
      return impossibleRules[enabled.rule.name] ?? connections.refusal(countedTransition(enabled));
    },
    add(enabled) {
      const transition = countedTransition(enabled);
      const after = { ...counted, ...transition.after };
      const { action } = enabled.transition;
      const planned = { action, rule: enabled.rule.name, transition, before: counted, after, withImpostor: false };
      connections.follow(planned);
      transitions.push(planned);
      counted = after;
      renamed = canonical({ ...renamed, ...enabled.transition.after });
    },
  };
}

/** The plan of a run, given as the actions of a scenario. */
export function planOf(configuration: Configuration, actions: readonly string[]): Plan {
  const planned = planner(compose(configuration));
  for (const action of actions) {
    const enabled = planned.enabled().find(({ transition }) => transition.action === action);
    if (!enabled) throw new Error(`"${action}" cannot happen here`);
    const because = planned.refusal(enabled);
    if (because) return { transitions: planned.transitions, unsupported: { action, because } };
    planned.add(enabled);
  }
  return { transitions: planned.transitions };
}

const written = (state: State): string => JSON.stringify(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
