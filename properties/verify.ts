/** Asks the properties of a setting of every world, every step and every fair run there is. */
import { markBits } from './answers.ts';
import { type Components, components, type Follows, labelCount } from './components.ts';
import { type Explored, explore } from './explore.ts';
import { eachFairComponent, type FairComponent, fairRules } from './fairness.ts';
import { type Graph, graphOf, marksOf, ruleOf } from './graph.ts';
import { groups } from './interned.ts';
import { mostOften } from './most.ts';
import type { Always, AtMost, Property } from './property.ts';
import type { Composition, Move, Rule } from './rules.ts';
import { lasso, type Run, sourceOf, wayTo } from './runs.ts';
import type { Slot, Slots } from './world.ts';

export type Verdict = {
  property: Property;
  holds: boolean;
  /** What shows it: a violation, or that something happens. */
  run?: Run;
  /** Of `atMost`: how often it can happen. */
  times?: number;
};

export type Verification = {
  verdicts: Verdict[];
  worlds: number;
  transitions: number;
  seconds: number;
  /** False if it stopped at its limit: then "holds" is said of what was seen, and of nothing more. */
  complete: boolean;
  composition: Composition;
  graph: Graph;
  explored: Explored;
};

/** What is assumed of endless runs: changes and faults happen as often as they like, but not for ever. */
const stable = (rules: readonly Rule[]): Follows =>
  Uint8Array.from({ length: labelCount }, (_, label) => Number(rules[ruleOf(label)]?.isFault === false));

export type VerifyOptions = { limit?: number; onProgress?(what: string, worlds: number): void };

export function verify(
  composition: Composition,
  properties: readonly Property[],
  options: VerifyOptions = {},
): Verification {
  return answer(search(composition, properties, options), options);
}

/** Every world visited, and the steps that matter to a sentence marked. */
export type Search = {
  composition: Composition;
  properties: readonly Property[];
  explored: Explored;
  marks: Marks;
  startedAt: number;
};

/** `stopsAtBrokenStep`: a search that is over as soon as a sentence about steps is broken. */
export function search(
  composition: Composition,
  properties: readonly Property[],
  { limit = Number.POSITIVE_INFINITY, onProgress = () => {} }: VerifyOptions = {},
  stopsAtBrokenStep = false,
): Search {
  const startedAt = performance.now();
  const marks = marksFor(properties);
  const broken = new AbortController();
  const explored = explore(composition, {
    limit,
    ...(stopsAtBrokenStep && { signal: broken.signal }),
    onProgress: (worlds) => onProgress('exploring', worlds),
    mark(move, rule) {
      const bits = marks.mark(move, rule);
      if (stopsAtBrokenStep && marks.broken.size > 0) broken.abort();
      return bits;
    },
  });
  return { composition, properties, explored, marks, startedAt };
}

export function answer(
  { composition, properties, explored, marks, startedAt }: Search,
  { limit = Number.POSITIVE_INFINITY, onProgress = () => {} }: VerifyOptions = {},
): Verification {
  const graph = graphOf(composition, explored.table, {
    limit,
    expected: explored,
    onProgress: (worlds) => onProgress('drawing up', worlds),
  });
  if (explored.complete && (graph.worlds !== explored.worlds || graph.targets.length !== explored.transitions)) {
    throw new Error(`two explorations disagree: ${explored.worlds} worlds and ${graph.worlds}`);
  }

  const asked = new Question(graph, explored);
  const verdicts = properties.map((property): Verdict => {
    onProgress(property.sentence, graph.worlds);
    if (property.kind === 'always') return asked.ofWorlds(property);
    if (property.kind === 'everyStep')
      return asked.ofEveryStep(property, marks.broken.has(property), marks.bitOf(property));
    const bit = marks.bitOf(property)!;
    if (property.kind === 'sometimes') return asked.ofSomeStep(property, bit);
    if (property.kind === 'atMost') return asked.ofNumbers(composition, property, bit);
    return asked.ofRuns(composition, property, bit);
  });
  return {
    verdicts,
    worlds: graph.worlds,
    transitions: graph.targets.length,
    seconds: (performance.now() - startedAt) / 1000,
    complete: graph.complete,
    composition,
    graph,
    explored,
  };
}

type Marks = ReturnType<typeof marksFor>;

/**
 * What marks a step, in bits. Each sentence about runs has a bit of its own; a sentence about steps gets one when it is
 * first broken, so that there may be many of them. Should too many be broken, the last ones are shown no run.
 */
function marksFor(properties: readonly Property[]) {
  const bits = new Map<Property, number>();
  const aboutSteps = properties.filter((property) => property.kind === 'everyStep');
  const aboutRuns = properties.filter((property) => property.kind !== 'everyStep' && property.kind !== 'always');
  const broken = new Set<Property>();
  if (aboutRuns.length > markBits) throw new RangeError(`${markBits} sentences about runs are the most`);
  for (const property of aboutRuns) bits.set(property, bits.size);

  function mark(move: Move, rule: Rule): number {
    let marks = 0;
    for (const property of aboutSteps) {
      if (property.holds(move, rule)) continue;
      broken.add(property);
      if (!bits.has(property) && bits.size < markBits) bits.set(property, bits.size);
      const bit = bits.get(property);
      if (bit !== undefined) marks |= 1 << bit;
    }
    for (const property of aboutRuns) {
      const isMarked = property.kind === 'againAndAgain' ? property.reaches(move, rule) : property.happens(move, rule);
      if (isMarked) marks |= 1 << bits.get(property)!;
    }
    return marks;
  }
  return {
    mark,
    bitOf: (property: Property) => bits.get(property),
    broken,
  };
}

const isMarkedBy = (label: number, bit: number): boolean => (marksOf(label) & (1 << bit)) !== 0;

function* each({ members, ends }: Components): Generator<FairComponent> {
  let from = 0;
  for (const to of ends) {
    yield members.subarray(from, to);
    from = to;
  }
}

class Question {
  readonly #graph: Graph;
  readonly #explored: Explored;
  /** By mark, the first transition that has it. */
  readonly #first: (number | undefined)[] = [];
  #parts: Components | undefined;

  constructor(graph: Graph, explored: Explored) {
    this.#graph = graph;
    this.#explored = explored;
    let missing = 2 ** markBits - 1;
    for (let transition = 0; transition < graph.targets.length && missing !== 0; transition++) {
      const news = marksOf(graph.labels[transition]!) & missing;
      if (news === 0) continue;
      missing &= ~news;
      for (let bit = 0; bit < markBits; bit++) if ((news & (1 << bit)) !== 0) this.#first[bit] = transition;
    }
  }

  ofWorlds(property: Always): Verdict {
    const holds = this.#each(property.needs, property.holds);
    const world = holds.indexOf(0);
    return world < 0
      ? { property, holds: true }
      : { property, holds: false, run: { stem: wayTo(this.#graph, world), loop: [] } };
  }

  ofEveryStep(property: Property, isBroken: boolean, bit: number | undefined): Verdict {
    const run = bit === undefined ? undefined : this.#firstRun(bit);
    return { property, holds: !isBroken, ...(run && { run }) };
  }

  ofSomeStep(property: Property, bit: number): Verdict {
    const run = this.#firstRun(bit);
    return { property, holds: run !== undefined, ...(run && { run }) };
  }

  #firstRun(bit: number): Run | undefined {
    const transition = this.#first[bit];
    if (transition === undefined) return undefined;
    return { stem: [...wayTo(this.#graph, sourceOf(this.#graph, transition)), transition], loop: [] };
  }

  ofRuns(
    { rules }: Composition,
    property: Extract<Property, { kind: 'againAndAgain' | 'notForEver' }>,
    bit: number,
  ): Verdict {
    const graph = this.#graph;
    const has = this.#each(property.needs, property.while);
    const avoids = property.kind === 'againAndAgain';
    const follows = stable(rules);
    const parts = this.#stableParts(follows);
    if (avoids) for (let label = 0; label < labelCount; label++) if (isMarkedBy(label, bit)) follows[label] = 0;
    const fair = fairRules(rules);
    let found: FairComponent | undefined;
    eachFairComponent(graph, fair, { has, follows }, parts, (component) => {
      if (!avoids && !this.#passes(component, follows, bit)) return true;
      found = component;
      return false;
    });
    if (!found) return { property, holds: true };
    return { property, holds: false, run: lasso(graph, found, follows, fair, avoids ? undefined : bit) };
  }

  ofNumbers({ rules }: Composition, property: AtMost, bit: number): Verdict {
    const graph = this.#graph;
    const follows = stable(rules);
    const parts = this.#stableParts(follows);
    const times = mostOften(graph, parts, follows, bit);
    if (Number.isFinite(times)) return { property, holds: times <= property.times, times };
    const found = [...each(parts)].find((component) => this.#passes(component, follows, bit))!;
    // A bound is not a matter of fairness.
    return { property, holds: false, times, run: lasso(graph, found, follows, { weak: 0, strong: 0 }, bit) };
  }

  /** The components by what is stable: asked by all questions about runs, so found once. */
  #stableParts(follows: Follows): Components {
    this.#parts ??= components(this.#graph, follows);
    return this.#parts;
  }

  /** Whether a component has a transition with this mark. */
  #passes(component: FairComponent, follows: Follows, bit: number): boolean {
    const { heads, targets, labels } = this.#graph;
    const mayPass = (at: number) => isMarkedBy(labels[at]!, bit) && follows[labels[at]!] === 1;
    let inside: Set<number> | undefined;
    for (const world of component) {
      for (let at = heads[world]!; at < heads[world + 1]!; at++) {
        if (!mayPass(at)) continue;
        inside ??= new Set(component);
        if (inside.has(targets[at]!)) return true;
      }
    }
    return false;
  }

  /** The answer for each world, 1 or 0; asked once for each distinct content of the slots that the question needs. */
  #each(needs: readonly Slot[], ask: (world: Slots) => boolean): Uint8Array {
    const { low, high, worlds } = this.#graph;
    const { table, places } = this.#explored;
    const masks: [number, number] = [0, 0];
    for (const [n, members] of groups.entries()) {
      if (!members.some((slot) => needs.includes(slot))) continue;
      const { word, shift, bits } = places[n]!;
      masks[word] |= (2 ** bits - 1) << shift;
    }
    const known = new Map<number, number>();
    const answers = new Uint8Array(worlds);
    for (let world = 0; world < worlds; world++) {
      const key = ((low[world]! & masks[0]) >>> 0) * 2 ** 32 + ((high[world]! & masks[1]) >>> 0);
      const answer = known.get(key) ?? Number(ask(table.unpack(low[world]!, high[world]!)));
      known.set(key, answer);
      answers[world] = answer;
    }
    return answers;
  }
}
