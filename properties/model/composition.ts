/**
 * What may happen next, and the world after it: one rule per kind of move, with the slots it needs. Explorer, walks,
 * scenarios and replay share these; nothing else says how the world goes on.
 */

import { beginTurn, type Turn, type TurnStep } from './macro-step.ts';
import { addProcedures } from './rules/exchanges.ts';
import { addFaults } from './rules/forgery-and-expiry.ts';
import { addCuts, addLateRequests } from './rules/loss.ts';
import { addRestarts } from './rules/restart.ts';
import { addWithdrawal } from './rules/revocation.ts';
import type { Times, World } from './setting.ts';
import {
  type Budget,
  emptyWorld,
  type Machines,
  machinesOf,
  type Part,
  parts,
  type Replacements,
  type Slot,
  type Slots,
} from './state.ts';

/** `weak`: it happens if it can for ever. `strong`: it happens if it can again and again. Faults promise nothing. */
export type Fairness = 'weak' | 'strong' | 'none';

export type Move = {
  /** As it is written in a scenario: unique among the moves on offer. */
  words: string;
  /** The slots of the rule, afterwards. */
  after: Partial<Slots>;
  steps: TurnStep[];
};

export type Rule = {
  name: string;
  fairness: Fairness;
  /** Something goes wrong; the others are how things are meant to go. */
  isFault: boolean;
  /** All the slots that it reads or writes. */
  needs: readonly Slot[];
  moves(view: Partial<Slots>): Move[];
};

/** Offers a move: its words, and the turn it is. */
export type Take = (words: string, take: (turn: Turn) => void) => void;
export type Offer = (view: Slots, take: Take) => void;

/** What rules are made with. */
export type Making = {
  world: World;
  machines: Machines;
  rule(name: string, fairness: Fairness, needs: readonly Slot[], offer: Offer): void;
  /** A rule that is there only if the setting has this fault, as often as its budget says. */
  fault(kind: keyof Budget, name: string, needs: readonly Slot[], offer: Offer): void;
  /** Steps the invoker, and remembers what it was told of a mismatch. */
  tellInvoker(turn: Turn, event: { type: string }): void;
};

/** Everything that a step of the invoker may touch. */
export const invokerNeeds = ['apiInvoker', 'control', 'invocations', 'told'] as const;

export function expirePause(turn: Turn, part: Part): void {
  turn.set(part, { ...turn.get(part), paused: false });
  turn.tell(part, { type: 'timer.expired', timer: 'pause' } as { type: string });
}

export type Composition = { first: Slots; rules: readonly Rule[]; machines: Machines };

export function compose(world: World, replaced: Replacements = {}): Composition {
  const machines = machinesOf(world, replaced);
  const rules: Rule[] = [];

  function rule(name: string, fairness: Fairness, needs: readonly Slot[], offer: Offer): void {
    const moves = (view: Partial<Slots>): Move[] => {
      const offered: Move[] = [];
      offer(view as Slots, (words, take) => {
        const turn = beginTurn(machines, view);
        take(turn);
        offered.push({ words, after: turn.slots, steps: turn.steps });
      });
      return offered;
    };
    rules.push({ name, fairness, isFault: fairness === 'none', needs: [...new Set(needs)], moves });
  }

  /** A fault: only if the setting has it, and as often as its budget says. */
  function fault(kind: keyof Budget, name: string, needs: readonly Slot[], offer: Offer): void {
    const times: Times = world[kind];
    if (times === 0) return;
    if (times === 'always') return rule(name, 'none', needs, offer);
    rule(name, 'none', [...needs, 'budget'], (view, take) => {
      if (view.budget[kind] === 0) return;
      offer(view, (words, turnOf) =>
        take(words, (turn) => {
          turn.set('budget', { ...view.budget, [kind]: view.budget[kind] - 1 });
          turnOf(turn);
        }),
      );
    });
  }

  /** A step of the invoker; S5 remembers under which credential it was last told of a mismatch. */
  function tellInvoker(turn: Turn, event: { type: string }): void {
    const { credential } = turn.get('apiInvoker').context;
    turn.tell('apiInvoker', event);
    if (turn.get('apiInvoker').state === 'mismatch') turn.set('told', { refusedCredential: credential as number });
  }

  const making = { world, machines, rule, fault, tellInvoker };
  for (const add of [addProcedures, addWithdrawal, addCuts, addLateRequests, addFaults, addRestarts]) add(making);
  return { first: firstWorld(world, machines, rules), rules, machines };
}

/** The first announcement has reached the core: what is asked about is what happens to the changes after it. */
function firstWorld(world: World, machines: Machines, rules: readonly Rule[]): Slots {
  const turn = beginTurn(machines, emptyWorld(world, machines));
  for (const part of parts) {
    for (const effect of machines[part].first.effects)
      if (effect.type === 'tell') turn.tell(effect.to as Part, effect.event);
  }
  let first = turn.slots as Slots;
  for (const name of ['publish', 'acknowledge']) {
    const [move] = rules.find((rule) => rule.name === name)!.moves(first);
    first = { ...first, ...move!.after };
  }
  return first;
}
