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
  /** This and the next happen at once: the process of the AEF and its publisher is killed. */
  isOneWithNext: boolean;
};
type Plan = {
  transitions: PlannedTransition[];
  /** The action that the runtime cannot do, and why; the plan ends before it. */
  unsupported?: { action: string; because: string };
};

/** A transition of the canonical state, and its rule. */
export type Enabled = { transition: Transition; rule: Rule };

export type Planner = {
  enabled(): Enabled[];
  /** Why the runtime cannot do this, or undefined. */
  refusal(enabled: Enabled): string | undefined;
  add(enabled: Enabled): void;
  /** The last transition has only begun: the process of the AEF is killed, and what its publisher waits for is not broken yet. */
  isUnfinished(): boolean;
  transitions: PlannedTransition[];
};

export function planner({ initial: [initial], rules }: CapifSystem): Planner {
  const transitions: PlannedTransition[] = [];
  const connections = connectionsToAef();
  let counted = initial;
  let renamed = canonical(initial);
  let isUnfinished = false;

  /** The same transition of the state in which numbers are counted. */
  function countedTransition({ rule, transition }: Enabled): Transition {
    const after = written(canonical({ ...renamed, ...transition.after }));
    const same = rule.enabled(counted).find((one) => written(canonical({ ...counted, ...one.after })) === after);
    if (!same) throw new Error(`"${transition.action}" cannot happen if numbers are counted`);
    return same;
  }

  /** The AEF and its publisher restart together: first the AEF, and then all that its publisher waits for is broken. */
  function restartsTogether(enabled: Enabled): boolean {
    const { action } = enabled.transition;
    const broken = brokenPublications(counted).map(({ revision }) => revision);
    const isOfPublisher = action === 'restart apiPublishingFunction';
    if (!isUnfinished) {
      const isInOrder = broken.every((revision, n) => n === 0 || revision > broken[n - 1]!);
      return action === 'restart invokerAdmission' ? isInOrder : !isOfPublisher;
    }
    return (
      isOfPublisher || (/^lose ServiceApi/.test(action) && isAboutPublication(countedTransition(enabled), broken[0]!))
    );
  }

  return {
    transitions,
    isUnfinished: () => isUnfinished,
    enabled: () => rules.flatMap((rule) => rule.enabled(renamed).map((transition) => ({ rule, transition }))),
    refusal(enabled) {
      const { action } = enabled.transition;
      if (action === 'revoke' && transitions.some((one) => one.rule === 'offboard')) return impossible.noRight;
      if (action === 'want' && counted.apiInvoker.value === 'offboarded') return impossible.afterTheEnd;
      if (action === 'offboard' && counted.capifCoreFunction.value === 'withoutContext') return impossible.nothingToEnd;
      if (action === 'restart capifCoreFunction' && hasLateRequest(counted)) return impossible.lateRequest;
      if (!restartsTogether(enabled)) return impossible.oneProcess;
      return impossibleRules[enabled.rule.name] ?? connections.refusal(countedTransition(enabled));
    },
    add(enabled) {
      const transition = countedTransition(enabled);
      const after = { ...counted, ...transition.after };
      const { action } = enabled.transition;
      const marks = { withImpostor: false, isOneWithNext: false };
      const planned = { action, rule: enabled.rule.name, transition, before: counted, after, ...marks };
      connections.follow(planned);
      const last = transitions.at(-1);
      if (isUnfinished && last) last.isOneWithNext = true;
      transitions.push(planned);
      counted = after;
      isUnfinished = (isUnfinished || action === 'restart invokerAdmission') && brokenPublications(after).length > 0;
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
  if (!planned.isUnfinished()) return { transitions: planned.transitions };
  const [action] = actions.slice(-1) as [string];
  return { transitions: planned.transitions.slice(0, -1), unsupported: { action, because: impossible.oneProcess } };
}

type Broken = { at: 'asking' | 'answered'; revision: number };

/** Those that their publisher waits for, as the model breaks them. */
export const brokenPublications = ({ publications }: State): Broken[] =>
  publications.flatMap((one): Broken[] => {
    if (one.at === 'answered') return [{ at: one.at, revision: one.revision }];
    return one.awaited ? [{ at: one.at, revision: one.message.revision }] : [];
  });

const isAboutPublication = ({ action }: Transition, revision: number): boolean =>
  action.endsWith(` ${revision}`) && !action.includes('late ');
/** Its sender has given it up, or a proxy has repeated it; it is still on its way to the core. */
const hasLateRequest = ({ late, publications }: State): boolean =>
  late.request !== 'none' || publications.some((one) => one.at === 'asking' && !one.awaited);

const written = (state: State): string => JSON.stringify(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
