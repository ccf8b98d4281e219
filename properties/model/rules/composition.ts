/**
 * The transition system of a configuration: one rule for each kind of transition. The checker, walks, scenarios and replay
 * share these rules; there is no other description of the model.
 */
import type { Fairness, TransitionSystem } from '../../checker/search/transition-system.ts';
import { beginMacroStep, type MacroStep } from '../macro-step.ts';
import type { Conjunct, Enumerate, Rule, Transition } from '../rule.ts';
import type { Configuration, Times } from '../setting.ts';
import {
  type Budget,
  type MachineTables,
  machineTablesOf,
  type Part,
  parts,
  type Replacements,
  type State,
  stateBeforeAnnouncement,
  type Variable,
  variableGroups,
} from '../state.ts';
import { ordinals } from '../symmetry.ts';
import { addExchanges } from './exchanges.ts';
import { addForgeryAndExpiry } from './forgery-and-expiry.ts';
import { addLateRequests, addLoss } from './loss.ts';
import { addNotification } from './notification.ts';
import { addRestart } from './restart.ts';
import { addRevocation } from './revocation.ts';

export type CapifSystem = TransitionSystem<State, Transition> & { initial: readonly [State]; machines: MachineTables };

export function compose(configuration: Configuration, replaced: Replacements = {}): CapifSystem {
  const machines = machineTablesOf(configuration, replaced);
  const rules: Rule[] = [];

  function rule(name: string, fairness: Fairness, variables: readonly Variable[], enumerate: Enumerate): void {
    const enabled = (view: Partial<State>): Transition[] => {
      const found: Transition[] = [];
      enumerate(view as State, (action, take) => {
        const step = beginMacroStep(machines, view);
        take(step);
        found.push({ action, after: step.state, steps: step.steps });
      });
      return found;
    };
    rules.push({ name, fairness, isFault: fairness === 'none', variables: [...new Set(variables)], enabled });
  }

  /** A fault: only if the setting has it, and only as often as its budget allows. */
  function fault(kind: keyof Budget, name: string, variables: readonly Variable[], enumerate: Enumerate): void {
    const times: Times = configuration[kind];
    if (times === 0) return;
    if (times === 'always') return rule(name, 'none', variables, enumerate);
    rule(name, 'none', [...variables, 'budget'], (view, enable) => {
      if (view.budget[kind] === 0) return;
      enumerate(view, (action, take) =>
        enable(action, (step) => {
          step.set('budget', { ...view.budget, [kind]: view.budget[kind] - 1 });
          take(step);
        }),
      );
    });
  }

  function jointFault(kind: keyof Budget, name: string, actions: Readonly<Record<string, readonly Conjunct[]>>): void {
    const times: Times = configuration[kind];
    if (times === 0) return;
    const conjunctionOf = ([action, conjuncts]: [string, readonly Conjunct[]]) => {
      const all = conjuncts.map(({ variables, take, when }) => ({
        variables,
        enabled(view: Partial<State>): Transition | undefined {
          if (when && !when(view as State)) return undefined;
          const step = beginMacroStep(machines, Object.fromEntries(variables.map((one) => [one, view[one]])));
          take(step);
          return { action, after: step.state, steps: step.steps };
        },
      }));
      return times === 'always' ? all : [...all, spending(kind, action)];
    };
    rules.push(jointRule(name, Object.entries(actions).map(conjunctionOf)));
  }

  /** A step of the invoker; for S5, the model remembers the credential of the last mismatch. */
  function tellInvoker(step: MacroStep, event: { type: string }): void {
    const { credential } = step.get('apiInvoker').context;
    step.tell('apiInvoker', event);
    if (step.get('apiInvoker').value === 'mismatch') step.set('told', { refusedCredential: credential as number });
  }

  const context = { configuration, machines, rule, fault, jointFault, tellInvoker };
  const additions = [addExchanges, addRevocation, addLoss, addLateRequests, addForgeryAndExpiry, addRestart];
  for (const add of additions) add(context);
  addNotification(context, configuration.amendments);
  return {
    initial: [initialState(configuration, machines, rules)],
    rules,
    variables: variableGroups,
    ordinals,
    machines,
  };
}

const spending = (kind: keyof Budget, action: string) => ({
  variables: ['budget'] as const,
  enabled({ budget }: Partial<State>): Transition | undefined {
    if (budget![kind] === 0) return undefined;
    return { action, after: { budget: { ...budget!, [kind]: budget![kind] - 1 } }, steps: [] };
  },
});

function jointRule(name: string, conjunctions: NonNullable<Rule['conjunctions']>): Rule {
  return {
    name,
    fairness: 'none',
    isFault: true,
    variables: [...new Set(conjunctions.flat().flatMap(({ variables }) => variables))],
    conjunctions,
    enabled: (view) =>
      conjunctions.flatMap((conjunction) => {
        const found = conjunction.flatMap((one) => one.enabled(view) ?? []);
        if (found.length < conjunction.length) return [];
        const after = Object.assign({}, ...found.map((one) => one.after));
        return [{ action: found[0]!.action, after, steps: found.flatMap(({ steps }) => steps) }];
      }),
  };
}

/** After the first publication has reached the core, so that properties only concern later changes. */
function initialState(configuration: Configuration, machines: MachineTables, rules: readonly Rule[]): State {
  const step = beginMacroStep(machines, stateBeforeAnnouncement(configuration, machines));
  for (const part of parts) {
    for (const effect of machines[part].first.effects)
      if (effect.type === 'tell') step.tell(effect.to as Part, effect.event);
  }
  let first = step.state as State;
  for (const name of ['publish', 'acknowledge']) {
    const [transition] = rules.find((rule) => rule.name === name)!.enabled(first);
    first = { ...first, ...transition!.after };
  }
  return first;
}
