/** Asks the properties of a setting of every world, every step and every fair run there is. */

import type { CapifModel } from '../model/rules/composition.ts';
import type { Property } from '../requirements/property.ts';
import { type Explored, explore } from './search/explore.ts';
import { type StateGraph, stateGraphOf } from './search/state-graph.ts';
import { type Marks, marksFor } from './transition-labels.ts';
import { Questions, type Verdict } from './verdicts.ts';

export type Verification = {
  verdicts: Verdict[];
  states: number;
  transitions: number;
  seconds: number;
  /** False if it stopped at its limit: then "holds" is said of what was seen, and of nothing more. */
  complete: boolean;
  composition: CapifModel;
  graph: StateGraph;
  explored: Explored;
};

export type VerifyOptions = { limit?: number; onProgress?(what: string, worlds: number): void };

export function verify(model: CapifModel, properties: readonly Property[], options: VerifyOptions = {}): Verification {
  return answer(search(model, properties, options), options);
}

/** Every world visited, and the steps that matter to a sentence marked. */
export type Search = {
  composition: CapifModel;
  properties: readonly Property[];
  explored: Explored;
  marks: Marks;
  startedAt: number;
};

/** `stopsAtBrokenStep`: a search that is over as soon as a sentence about steps is broken. */
export function search(
  model: CapifModel,
  properties: readonly Property[],
  { limit = Number.POSITIVE_INFINITY, onProgress = () => {} }: VerifyOptions = {},
  stopsAtBrokenStep = false,
): Search {
  const startedAt = performance.now();
  const marks = marksFor(properties);
  const broken = new AbortController();
  const explored = explore(model, {
    limit,
    ...(stopsAtBrokenStep && { signal: broken.signal }),
    onProgress: (worlds) => onProgress('exploring', worlds),
    mark(transition, rule) {
      const bits = marks.mark(transition, rule);
      if (stopsAtBrokenStep && marks.broken.size > 0) broken.abort();
      return bits;
    },
  });
  return { composition: model, properties, explored, marks, startedAt };
}

export function answer(
  { composition: model, properties, explored, marks, startedAt }: Search,
  { limit = Number.POSITIVE_INFINITY, onProgress = () => {} }: VerifyOptions = {},
): Verification {
  const graph = stateGraphOf(model, explored.table, {
    limit,
    expected: explored,
    onProgress: (worlds) => onProgress('drawing up', worlds),
  });
  if (explored.complete && (graph.states !== explored.states || graph.targets.length !== explored.transitions)) {
    throw new Error(`two explorations disagree: ${explored.states} worlds and ${graph.states}`);
  }

  const questions = new Questions(model, graph, explored, marks);
  const verdicts = properties.map((property) => {
    onProgress(property.statement, graph.states);
    return questions.answer(property);
  });
  return {
    verdicts,
    states: graph.states,
    transitions: graph.targets.length,
    seconds: (performance.now() - startedAt) / 1000,
    complete: graph.complete,
    composition: model,
    graph,
    explored,
  };
}
