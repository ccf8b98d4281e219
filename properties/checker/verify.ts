/** Asks the properties of a setting of every world, every step and every fair run there is. */

import type { Composition } from '../model/composition.ts';
import type { Property } from '../requirements/property.ts';
import { type Explored, explore } from './explore.ts';
import { type Graph, graphOf } from './state-graph.ts';
import { type Marks, marksFor } from './transition-labels.ts';
import { Questions, type Verdict } from './verdicts.ts';

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

  const questions = new Questions(composition, graph, explored, marks);
  const verdicts = properties.map((property) => {
    onProgress(property.sentence, graph.worlds);
    return questions.answer(property);
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
