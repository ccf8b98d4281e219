/**
 * The state graph: every reachable state in the order in which a breadth-first search visits it, and every transition
 * between them. One pass enumerates both.
 */
import { Growing } from './growing.ts';
import { batch, Kernel } from './kernel.ts';
import { type Encoded, masksOf, roomyEncoding, TooNarrow } from './state-encoding.ts';
import { SuccessorTable } from './successor-table.ts';
import type { Rule, State, Transition, TransitionSystem } from './transition-system.ts';
import { ValueNumbers } from './value-numbers.ts';

export type StateGraph = {
  states: number;
  /** Encoded states by number, two words each; the initial states come first. */
  words: Int32Array;
  /** The state each was first reached from: following it back is the shortest path. -1 for an initial state. */
  parent: Int32Array;
  /** The transitions of state n are those from heads[n] up to heads[n + 1]. */
  heads: Uint32Array;
  targets: Uint32Array;
  labels: Uint16Array;
  /** The rules that are enabled in each state, as bits. */
  enabled: Int32Array;
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
  labelOf?(transition: Transition, rule: Rule): number;
  /** Stops at so many states. */
  limit?: number;
  onProgress?(states: number): void;
  signal?: AbortSignal;
};

/** Bits for so many values of a group at first. */
const expectedValues = 60;

/** Starts again whenever a group has more values than its field has room for. */
export function explore(system: TransitionSystem, options: ExploreOptions = {}): Exploration {
  const values = new ValueNumbers(system);
  const table = new SuccessorTable(
    system.rules,
    values,
    (transition, rule) => options.labelOf?.(transition, rule) ?? 0,
  );
  const expected = system.variables.map(() => expectedValues);
  for (;;) {
    try {
      return explored(system, table, values, expected, options);
    } catch (error) {
      if (!(error instanceof TooNarrow)) throw error;
      expected[error.group] = 4 * values.counts()[error.group]!;
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
    const graph = graphOf(system, kernel, values, options);
    return {
      graph,
      depth: depthOf(graph),
      seconds: (performance.now() - started) / 1000,
      bytesPerState: kernel.visitedBytes / graph.states,
      stateAt: (n) => kernel.codec.decode(graph.words[2 * n]!, graph.words[2 * n + 1]!),
      masksOf: (variables) => masksOf(encoding, values.groupsOf(variables)),
      again: search,
    };
  };
  return search();
}

function graphOf(
  { initial }: TransitionSystem,
  kernel: Kernel,
  values: ValueNumbers,
  { limit = Number.POSITIVE_INFINITY, onProgress, signal }: ExploreOptions,
): StateGraph {
  const first = distinct(initial.map((state) => kernel.codec.encode(values.symmetry.canonical(state))));
  kernel.begin(first);
  const parent = new Growing(Int32Array, 'states');
  const heads = new Growing(Uint32Array, 'states');
  const enabled = new Growing(Int32Array, 'states');
  const targets = new Growing(Uint32Array, 'transitions');
  const labels = new Growing(Uint16Array, 'transitions');
  parent.push(first.map(() => -1));
  let expanded = 0;
  while (expanded < kernel.size && kernel.size < limit && !signal?.aborted) {
    const end = Math.min(kernel.size, expanded + Math.min(batch, limit - kernel.size));
    const done = kernel.expand(expanded, end);
    const before = targets.length;
    const sums = kernel.ints('sums', 3 * done);
    const ownParent = parent.append(kernel.size - parent.length);
    const [ownHeads, ownEnabled] = [heads.append(done), enabled.append(done)];
    let transitions = before;
    let found = 0;
    for (let n = 0; n < done; n++) {
      ownHeads[n] = transitions;
      transitions += sums[3 * n]!;
      ownEnabled[n] = sums[3 * n + 1]!;
      for (let left = sums[3 * n + 2]!; left > 0; left--) ownParent[found++] = expanded + n;
    }
    expanded += done;
    targets.push(kernel.ints('targets', transitions - before));
    labels.push(kernel.labels(transitions - before));
    onProgress?.(kernel.size);
  }
  // Nothing is known of states that were visited and not expanded: as if every rule were enabled, and none ever taken.
  const rest = kernel.size - expanded;
  heads.append(rest + 1).fill(targets.length);
  enabled.append(rest).fill(-1);
  return {
    states: kernel.size,
    words: kernel.words,
    parent: parent.all(),
    heads: heads.all(),
    targets: targets.all(),
    labels: labels.all(),
    enabled: enabled.all(),
    complete: rest === 0,
  };
}

const distinct = (states: readonly Encoded[]): Encoded[] => [
  ...new Map(states.map((state) => [state.join(), state])).values(),
];

/** Breadth first, so that no state is farther than the last. */
function depthOf({ parent, states }: StateGraph): number {
  let depth = 0;
  for (let at = parent[states - 1]!; at !== -1; at = parent[at]!) depth++;
  return depth;
}
