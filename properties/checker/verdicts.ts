/** Verdicts: decides properties on the state graph of a model. */
import { answersOf } from './answers.ts';
import { eachFairComponent, type FairComponent, fairRules } from './fairness.ts';
import { lasso, pathTo, type Run, sourceOf } from './lasso.ts';
import { longestPath } from './longest-path.ts';
import type { Always, Answer, AtMost, Property } from './model.ts';
import type { Propositions } from './propositions.ts';
import { propositionsMax } from './search/labels.ts';
import type { Exploration, StateGraph } from './search/state-graph.ts';
import type { Rule, State } from './search/transition-system.ts';
import { type Components, components, type Follows } from './strongly-connected.ts';

export type Verdict<P extends Property = Property> = {
  property: P;
  holds: boolean;
  /** In how many states or distinct steps it says something. If in none, it holds vacuously: it says nothing of this model. */
  asked: number;
  /** A run that shows it: a violation, or that something happens. */
  run?: Run;
  /** Of `atMost`: how often it can happen. */
  times?: number;
};
type Decided = Omit<Verdict, 'property'>;
type OfRuns = Extract<Property, { kind: 'againAndAgain' | 'notForEver' }>;

export class Verdicts<P extends Property = Property> {
  readonly #rules: readonly Rule[];
  readonly #exploration: Exploration;
  readonly #graph: StateGraph;
  readonly #propositions: Propositions<P>;
  /** By proposition, the first transition of which it is true; looked for when it is first needed. */
  #first: readonly (number | undefined)[] | undefined;
  /** The components without faults; found when they are first needed. */
  #parts: Components | undefined;

  constructor(rules: readonly Rule[], exploration: Exploration, propositions: Propositions<P>) {
    this.#rules = rules;
    this.#exploration = exploration;
    this.#graph = exploration.graph;
    this.#propositions = propositions;
  }

  of(property: P): Verdict<P> {
    return { property, ...this.#decide(property) };
  }

  #decide(property: Property): Decided {
    if (property.kind === 'always') return this.#ofStates(property);
    const bit = this.#propositions.bitOf(property);
    const run = bit === undefined ? undefined : this.#firstRun(bit);
    const asked = this.#propositions.asked.get(property) ?? 0;
    switch (property.kind) {
      case 'everyStep':
        return { holds: !this.#propositions.broken.has(property as P), asked, ...(run && { run }) };
      case 'sometimes':
        return { holds: run !== undefined, asked, ...(run && { run }) };
      case 'atMost':
        return this.#ofNumbers(property, bit!);
      default:
        return this.#ofEndlessRuns(property, bit!);
    }
  }

  #ofStates({ variables, holds }: Always): Decided {
    const answers = this.#answersOf(variables, holds);
    const asked = answers.reduce((count, answer) => count + Number(answer !== saysNothing), 0);
    const state = answers.indexOf(0);
    if (state < 0) return { holds: true, asked };
    return { holds: false, asked, run: { stem: pathTo(this.#graph, state), loop: [] } };
  }

  #ofEndlessRuns(property: OfRuns, bit: number): Decided {
    const has = this.#answersOf(property.variables, property.while);
    const avoids = property.kind === 'againAndAgain';
    const states = has.reduce((count, answer) => count + answer, 0);
    const asked = avoids ? states : Math.min(states, this.#propositions.asked.get(property) ?? 0);
    const follows = this.#withoutFaults();
    const parts = this.#partsWithoutFaults(follows);
    if (avoids) for (const label of follows.keys()) if (this.#hasBit(label, bit)) follows[label] = 0;
    const fair = fairRules(this.#rules);
    let found: FairComponent | undefined;
    eachFairComponent(this.#graph, fair, { has, follows }, parts, (component) => {
      if (!avoids && !this.#passes(component, follows, bit)) return true;
      found = component;
      return false;
    });
    if (!found) return { holds: true, asked };
    return { holds: false, asked, run: lasso(this.#graph, found, follows, fair, avoids ? undefined : bit) };
  }

  #ofNumbers(property: AtMost, bit: number): Decided {
    const follows = this.#withoutFaults();
    const parts = this.#partsWithoutFaults(follows);
    const times = longestPath(this.#graph, parts, follows, bit);
    const asked = this.#propositions.asked.get(property) ?? 0;
    if (Number.isFinite(times)) return { holds: times <= property.times, asked, times };
    const found = [...each(parts)].find((component) => this.#passes(component, follows, bit))!;
    // A bound is not a matter of fairness.
    return {
      holds: false,
      asked,
      times,
      run: lasso(
        this.#graph,
        found,
        follows,
        fairRules(this.#rules.map((rule) => ({ ...rule, fairness: 'none' }))),
        bit,
      ),
    };
  }

  #firstRun(bit: number): Run | undefined {
    this.#first ??= firstOfEach(this.#graph);
    const transition = this.#first[bit];
    if (transition === undefined) return undefined;
    return { stem: [...pathTo(this.#graph, sourceOf(this.#graph, transition)), transition], loop: [] };
  }

  /** Endless runs are assumed to have finitely many faults: only transitions that are no faults can recur. */
  #withoutFaults(): Follows {
    return Uint8Array.from(this.#graph.meanings.rules, (rule) => Number(!this.#rules[rule]!.isFault));
  }

  #hasBit(label: number, bit: number): boolean {
    return (this.#graph.meanings.propositions[label]! & (1 << bit)) !== 0;
  }

  #partsWithoutFaults(follows: Follows): Components {
    this.#parts ??= components(this.#graph, follows);
    return this.#parts;
  }

  /** Whether this proposition is true of a transition within a component. */
  #passes(component: FairComponent, follows: Follows, bit: number): boolean {
    const { heads, targets, labels } = this.#graph;
    const mayPass = (at: number) => this.#hasBit(labels[at]!, bit) && follows[labels[at]!] === 1;
    let inside: Set<number> | undefined;
    for (const state of component) {
      for (let at = heads[state]!; at < heads[state + 1]!; at++) {
        if (!mayPass(at)) continue;
        inside ??= new Set(component);
        if (inside.has(targets[at]!)) return true;
      }
    }
    return false;
  }

  /** For each state 1 or 0, or `saysNothing`. */
  #answersOf(variables: readonly string[], ask: (state: State) => Answer): Uint8Array {
    const { masksOf, stateAt } = this.#exploration;
    return answersOf(this.#graph, masksOf(variables), (state) => numberOf(ask(stateAt(state))));
  }
}

const saysNothing = 2;
const numberOf = (answer: Answer): number => (answer === undefined ? saysNothing : Number(answer));

function* each({ members, ends }: Components): Generator<FairComponent> {
  let from = 0;
  for (const to of ends) {
    yield members.subarray(from, to);
    from = to;
  }
}

/** By proposition, the first transition of which it is true. */
function firstOfEach({ targets, labels, meanings: { propositions } }: StateGraph): (number | undefined)[] {
  const first: (number | undefined)[] = [];
  let missing = propositions.reduce((bits, own) => bits | own, 0);
  for (let transition = 0; transition < targets.length && missing !== 0; transition++) {
    const found = propositions[labels[transition]!]! & missing;
    if (found === 0) continue;
    missing &= ~found;
    for (let bit = 0; bit < propositionsMax; bit++) if ((found & (1 << bit)) !== 0) first[bit] = transition;
  }
  return first;
}
