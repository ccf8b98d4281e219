/**
 * The state graph: every reachable state in the order in which a breadth-first search visits it, and every transition
 * between them. One pass enumerates both.
 */
import { Growing } from './growing.ts';
import { batch, Kernel } from './kernel.ts';
import type { Meanings } from './labels.ts';
import { TooNarrow } from './limits.ts';
import { type Encoded, masksOf, roomyEncoding } from './state-encoding.ts';
import { SuccessorTable } from './successor-table.ts';
import type { Rule, State, Transition, TransitionSystem } from './transition-system.ts';
import { ValueNumbers } from './value-numbers.ts';

export type StateGraph = {
  states: number;
  /** Encoded states by number, `wordsPerState` words each; the initial states come first. */
  words: Int32Array;
  wordsPerState: number;
  /** How many initial states there are. Every other one is the target of a transition from one before it. */
  initial: number;
  /** How many states were expanded, the first ones; of the rest no transitions are known. */
  expanded: number;
  /** The transitions of state n are those from heads[n] up to heads[n + 1]. */
  heads: Uint32Array;
  targets: Uint32Array;
  labels: Uint8Array | Uint16Array;
  meanings: Meanings;
  /** False if the search stopped at its limit, or by its signal. */
  complete: boolean;
};

export type Exploration = {
  graph: StateGraph;
  /** How many transitions the farthest state is away. */
  depth: number;
  /** Of the search itself, once the tables were filled. */
  seconds: number;
  /** Of the set of visited states and their encoding; the graph's other arrays come on top. */
  bytesPerState: number;
  stateAt(number: number): State;
  /** The bits of these variables in an encoded state. */
  masksOf(variables: readonly string[]): Encoded;
  /** Searches again with the tables that are filled already. */
  again(): Exploration;
};

export type ExploreOptions = {
  /** The propositions that are true of a transition, as bits. */
  propositionsOf?(transition: Transition, rule: Rule): number;
  /** Stops at so many states. */
  limit?: number;
  onProgress?(states: number): void;
  signal?: AbortSignal;
};

/** Bits for so many values of a group at first. */
const expectedValues = 60;

/** Starts again whenever there are more values of a group, or more labels, than were given room. */
export function explore(system: TransitionSystem, options: ExploreOptions = {}): Exploration {
  const values = new ValueNumbers(system);
  const table = new SuccessorTable(
    system.rules,
    values,
    (transition, rule) => options.propositionsOf?.(transition, rule) ?? 0,
  );
  const expected = system.variables.map(() => expectedValues);
  for (;;) {
    try {
      return explored(system, table, values, expected, options);
    } catch (error) {
      if (!(error instanceof TooNarrow)) throw error;
      if (error.group !== undefined) expected[error.group] = 4 * values.counts()[error.group]!;
    }
  }
}

function explored(
  system: TransitionSystem,
  table: SuccessorTable,
  values: ValueNumbers,
  expected: readonly number[],
  options: ExploreOptions,
): Exploration {
  const encoding = roomyEncoding(values.counts(), expected);
  const kernel = new Kernel(table, values, encoding);
  const search = (): Exploration => {
    const started = performance.now();
    const found = graphOf(system, kernel, table, values, options);
    const { words, wordsPerState, states } = found.graph;
    return {
      ...found,
      seconds: (performance.now() - started) / 1000,
      bytesPerState: kernel.visitedBytes / states,
      stateAt: (n) => kernel.codec.decode(words.subarray(wordsPerState * n, wordsPerState * (n + 1))),
      masksOf: (variables) => masksOf(encoding, values.groupsOf(variables)),
      again: search,
    };
  };
  return search();
}

function graphOf(
  { initial }: TransitionSystem,
  kernel: Kernel,
  table: SuccessorTable,
  values: ValueNumbers,
  { limit = Number.POSITIVE_INFINITY, onProgress, signal }: ExploreOptions,
): { graph: StateGraph; depth: number } {
  const first = distinct(initial.map((state) => kernel.codec.encode(values.symmetry.canonical(state))));
  kernel.begin(first);
  const heads = new Growing(Uint32Array, 'states');
  const targets = new Growing(Uint32Array, 'transitions');
  const labels = new Growing<Uint8Array | Uint16Array>(
    table.labels.bytes === 1 ? Uint8Array : Uint16Array,
    'transitions',
  );
  let expanded = 0;
  // States up to here are as many transitions away as the depth.
  let reached = kernel.size;
  let depth = 0;
  while (expanded < kernel.size && kernel.size < limit && !signal?.aborted) {
    const end = Math.min(reached, expanded + Math.min(batch, limit - kernel.size));
    const done = kernel.expand(expanded, end, targets.length);
    expanded += done;
    heads.push(kernel.heads(done));
    targets.push(kernel.targets());
    labels.push(kernel.labels());
    if (expanded === reached && kernel.size > reached) {
      reached = kernel.size;
      depth++;
    }
    onProgress?.(kernel.size);
  }
  heads.append(kernel.size - expanded + 1).fill(targets.length);
  const graph = {
    states: kernel.size,
    words: kernel.words,
    wordsPerState: first[0]!.length,
    initial: first.length,
    expanded,
    heads: heads.all(),
    targets: targets.all(),
    labels: labels.all(),
    meanings: table.labels.meanings,
    complete: expanded === kernel.size,
  };
  return { graph, depth: kernel.size > reached ? depth + 1 : depth };
}

const distinct = (states: readonly Encoded[]): Encoded[] => [
  ...new Map(states.map((state) => [state.join(), state])).values(),
];
