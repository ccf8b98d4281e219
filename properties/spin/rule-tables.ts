/**
 * The rules of a composition as tables of numbers, for a search that is not ours: what each rule answers for each
 * combination of values in the slots that it needs, before anything is renamed. Our exploration is used only to learn
 * which combinations there are: a combination that it missed is missing here too, and whoever searches must say so.
 */
import { explore } from '../checker/search/state-graph.ts';
import type { Rule, Transition } from '../model/rule.ts';
import type { CapifSystem } from '../model/rules/composition.ts';
import { type State, type Variable, variables } from '../model/state.ts';
import { canonical, sorts as ordinalSorts, type Sort, sortOf } from '../model/symmetry.ts';
import type { Always, EveryStep, Property } from '../requirements/property.ts';

/** A value of a slot: its shape, and the numbers in it of which only the order matters, in the order of its properties. */
export type TabledValue = { shape: number; numbers: readonly number[] };
/** What a slot's values look like without their numbers; each number is a credential or a revision. */
export type Shape = { slot: Variable; sorts: readonly Sort[] };

/** `after`: the numbers of the values in the slots that the rule needs. `violated`: sentences about steps, as bits. */
export type Outcome = { after: readonly number[]; violated: number };
export type TabledRule = { name: string; variables: readonly Variable[]; rows: Map<string, readonly Outcome[]> };
export type TabledProperty = { statement: string; variables: readonly Variable[]; rows: Map<string, boolean> };

export type Tables = {
  /** Of all slots; a value is known by its number in its slot. */
  values: Record<Variable, TabledValue[]>;
  shapes: Shape[];
  first: Record<Variable, number>;
  rules: TabledRule[];
  /** Sentences about worlds. */
  always: TabledProperty[];
  /** Sentences about steps, in the order of the bits of `violated`. */
  everyStep: string[];
};

/** Rows go by the numbers of the values, in the order of the slots. */
export const numbersOf = (key: string): number[] => key.split(',').map(Number);

export type Safety = Always | EveryStep;
export const isSafety = (property: Property): property is Safety =>
  property.kind === 'always' || property.kind === 'everyStep';

export function tablesOf(model: CapifSystem, safety: readonly Safety[]): Tables {
  const { values, shapes, numberIn } = numbering();
  const worlds = safety.filter((one) => one.kind === 'always');
  const steps = safety.filter((one) => one.kind === 'everyStep');
  const always = worlds.map(({ statement, variables }) => ({ statement, variables, rows: new Map<string, boolean>() }));
  const rules = model.rules.map(({ name, variables }) => ({ name, variables, rows: new Map<string, Outcome[]>() }));
  const keyOf = (needs: readonly Variable[], view: Partial<State>) =>
    needs.map((variable) => numberIn(variable, view[variable])).join();

  /** The rule as it was, but what it answers is written down; it sees the slots that it said it needs, and no others. */
  function overheard(rule: Rule, n: number): Rule {
    const { variables: needs, rows } = rules[n]!;
    const enabled = (view: Partial<State>): Transition[] => {
      const seen = Object.fromEntries(needs.map((variable) => [variable, view[variable]])) as Partial<State>;
      const offered = rule
        .enabled(seen)
        .map((transition) => ({ ...transition, after: { ...view, ...transition.after } }));
      const outcomes = offered.map((move) => ({
        after: needs.map((variable) => numberIn(variable, move.after[variable])),
        violated: steps.reduce((bits, step, bit) => bits | (Number(!step.holds(move, rule)) << bit), 0),
      }));
      const key = keyOf(needs, seen);
      const before = rows.get(key);
      if (before && JSON.stringify(before) !== JSON.stringify(outcomes)) {
        throw new Error(`the rule "${rule.name}" depends on more than it says it needs`);
      }
      rows.set(key, outcomes);
      return offered;
    };
    return { ...rule, enabled };
  }

  /** Never offers a move: it is asked for each combination of values that the sentences about worlds are about. */
  const asking: Rule = {
    name: 'ask the sentences',
    fairness: 'none',
    isFault: false,
    variables: [...new Set(worlds.flatMap(({ variables }) => variables))],
    enabled(view) {
      for (const [n, { variables: needs, rows }] of always.entries()) {
        const seen = Object.fromEntries(needs.map((variable) => [variable, view[variable]])) as State;
        rows.set(keyOf(needs, seen), worlds[n]!.holds(seen));
      }
      return [];
    },
  };

  const state = canonical(model.initial[0]);
  const first = Object.fromEntries(
    variables.map((variable) => [variable, numberIn(variable, state[variable])]),
  ) as Record<Variable, number>;
  const extra = worlds.length > 0 ? [asking] : [];
  explore({ ...model, rules: [...model.rules.map(overheard), ...extra] });
  return { values, shapes, first, rules, always, everyStep: steps.map(({ statement }) => statement) };
}

/** Numbers the values of each slot. Properties are taken in alphabetical order, so that their order makes no difference. */
function numbering() {
  const values = Object.fromEntries(variables.map((variable) => [variable, []])) as unknown as Record<
    Variable,
    TabledValue[]
  >;
  const known = new Map<string, number>();
  const shapes: Shape[] = [];
  const shapeNumbers = new Map<string, number>();
  const written = new WeakMap<object, ReturnType<typeof write>>();

  function numberIn(variable: Variable, value: unknown): number {
    const object = value as object;
    const { text, sorts, numbers } = written.get(object) ?? write(value);
    written.set(object, { text, sorts, numbers });
    const shapeText = `${variable} ${text}`;
    let shape = shapeNumbers.get(shapeText);
    if (shape === undefined) {
      shape = shapes.push({ slot: variable, sorts }) - 1;
      shapeNumbers.set(shapeText, shape);
    }
    const key = `${shape} ${numbers}`;
    let number = known.get(key);
    if (number === undefined) {
      number = values[variable].push({ shape, numbers }) - 1;
      known.set(key, number);
    }
    return number;
  }
  return { values, shapes, numberIn };
}

function write(value: unknown, sorts: Sort[] = [], numbers: number[] = []) {
  const within = (inner: unknown) => write(inner, sorts, numbers).text;
  let text: string;
  if (Array.isArray(value)) text = `[${value.map(within).join()}]`;
  else if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => {
        const sort = typeof inner === 'number' ? sortOf(name) : undefined;
        if (sort === undefined) return `${name}:${within(inner)}`;
        sorts.push(ordinalSorts[sort]!);
        numbers.push(inner as number);
        return `${name}:#`;
      });
    text = `{${parts.join()}}`;
  } else text = JSON.stringify(value) ?? 'undefined';
  return { text, sorts, numbers };
}
