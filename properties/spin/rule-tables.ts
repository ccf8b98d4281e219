/**
 * The rules of a model as tables of numbers, for a search that is not ours: the outcomes of each rule for each combination
 * of values of its variables, before anything is renamed. Our exploration serves only to find the combinations: one that it
 * misses is missing here too, and the other search must report it.
 */
import { explore } from '../checker/search/state-graph.ts';
import type { Rule, Transition } from '../model/rule.ts';
import type { CapifSystem } from '../model/rules/composition.ts';
import { type State, type Variable, variables } from '../model/state.ts';
import { canonical, sorts as ordinalSorts, type Sort, sortOf } from '../model/symmetry.ts';
import type { Always, EveryStep, Property } from '../requirements/property.ts';

/** A value of a variable: its shape, and its credentials and revisions, of which only the order matters. */
type NumberedValue = { shape: number; numbers: readonly number[] };
/** The form of a value without its numbers; each number is a credential or a revision. */
type Shape = { variable: Variable; sorts: readonly Sort[] };

/** `after`: the numbers of the values of the rule's variables. `violated`: the properties of steps that it breaks, as bits. */
type Outcome = { after: readonly number[]; violated: number };
export type RuleTable = { name: string; variables: readonly Variable[]; rows: Map<string, readonly Outcome[]> };
type PropertyTable = { statement: string; variables: readonly Variable[]; rows: Map<string, boolean> };

export type Tables = {
  /** The number of a value is its position among the values of its variable. */
  values: Record<Variable, NumberedValue[]>;
  shapes: Shape[];
  first: Record<Variable, number>;
  rules: RuleTable[];
  /** Properties of states. */
  always: PropertyTable[];
  /** Statements of properties of steps, in the order of the bits of `violated`. */
  everyStep: string[];
};

/** The key of a row is the numbers of the values, in the order of the variables. */
export const numbersOf = (key: string): number[] => key.split(',').map(Number);

type Safety = Always | EveryStep;
export const isSafety = (property: Property): property is Safety =>
  property.kind === 'always' || property.kind === 'everyStep';

export function tablesOf(model: CapifSystem, safety: readonly Safety[]): Tables {
  const { values, shapes, numberIn } = numbering();
  const ofStates = safety.filter((one) => one.kind === 'always');
  const ofSteps = safety.filter((one) => one.kind === 'everyStep');
  const always = ofStates.map(({ statement, variables }) => ({
    statement,
    variables,
    rows: new Map<string, boolean>(),
  }));
  const rules = model.rules.map(({ name, variables }) => ({ name, variables, rows: new Map<string, Outcome[]>() }));
  const keyOf = (needs: readonly Variable[], view: Partial<State>) =>
    needs.map((variable) => numberIn(variable, view[variable])).join();

  /** The same rule as a whole, but its outcomes are recorded; it sees its own variables and no others. */
  function recorded({ conjunctions: _, ...rule }: Rule, n: number): Rule {
    const { variables: needs, rows } = rules[n]!;
    const enabled = (view: Partial<State>): Transition[] => {
      const seen = Object.fromEntries(needs.map((variable) => [variable, view[variable]])) as Partial<State>;
      const transitions = rule
        .enabled(seen)
        .map((transition) => ({ ...transition, after: { ...view, ...transition.after } }));
      const outcomes = transitions.map((transition) => ({
        after: needs.map((variable) => numberIn(variable, transition.after[variable])),
        violated: ofSteps.reduce(
          (bits, step, bit) => bits | (Number(step.holds(transition, rule) === false) << bit),
          0,
        ),
      }));
      const key = keyOf(needs, seen);
      const before = rows.get(key);
      if (before && JSON.stringify(before) !== JSON.stringify(outcomes)) {
        throw new Error(`the rule "${rule.name}" depends on a variable that it does not name`);
      }
      rows.set(key, outcomes);
      return transitions;
    };
    return { ...rule, enabled };
  }

  /** A rule that enables nothing: the exploration calls it for each combination of values that properties of states read. */
  const checking: Rule = {
    name: 'check the properties of states',
    fairness: 'none',
    isFault: false,
    variables: [...new Set(ofStates.flatMap(({ variables }) => variables))],
    enabled(view) {
      for (const [n, { variables: needs, rows }] of always.entries()) {
        const seen = Object.fromEntries(needs.map((variable) => [variable, view[variable]])) as State;
        rows.set(keyOf(needs, seen), ofStates[n]!.holds(seen) !== false);
      }
      return [];
    },
  };

  const state = canonical(model.initial[0]);
  const first = Object.fromEntries(
    variables.map((variable) => [variable, numberIn(variable, state[variable])]),
  ) as Record<Variable, number>;
  const extra = ofStates.length > 0 ? [checking] : [];
  explore({ ...model, rules: [...model.rules.map(recorded), ...extra] });
  return { values, shapes, first, rules, always, everyStep: ofSteps.map(({ statement }) => statement) };
}

/** Numbers the values of each variable. Fields are written in alphabetical order, so that their order makes no difference. */
function numbering() {
  const values = Object.fromEntries(variables.map((variable) => [variable, []])) as unknown as Record<
    Variable,
    NumberedValue[]
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
      shape = shapes.push({ variable: variable, sorts }) - 1;
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
