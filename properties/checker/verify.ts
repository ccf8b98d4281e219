/** Verifies a model: enumerates its states and transitions in one pass, and decides each of its properties on the graph. */
import type { Model } from './model.ts';
import { Propositions } from './propositions.ts';
import { type Exploration, explore, type StateGraph } from './search/state-graph.ts';
import { type Verdict, Verdicts } from './verdicts.ts';

export type Verification<M extends Model = Model> = {
  model: M;
  verdicts: Verdict<M['properties'][number]>[];
  states: number;
  transitions: number;
  seconds: number;
  /** False if it stopped at its limit: then "holds" is said of what was visited, and of nothing more. */
  complete: boolean;
  graph: StateGraph;
  exploration: Exploration;
  /** What is true of a transition, as bits of its label. */
  propositions: Propositions;
};

export type VerifyOptions = {
  /** Stops at so many states. */
  limit?: number;
  /** Stops the search as soon as a property of every step is broken. */
  untilBroken?: boolean;
  onProgress?(what: string, states: number): void;
};

export const verify = <M extends Model>(model: M, options: VerifyOptions = {}): Verification<M> =>
  decide(enumerate(model, options), options);

/** Every state and transition, with the propositions about each transition; no property is decided yet. */
export type Enumeration<M extends Model = Model> = {
  model: M;
  exploration: Exploration;
  propositions: Propositions<M['properties'][number]>;
  startedAt: number;
};

export function enumerate<M extends Model>(
  model: M,
  { limit = Number.POSITIVE_INFINITY, untilBroken = false, onProgress = () => {} }: VerifyOptions = {},
): Enumeration<M> {
  const startedAt = performance.now();
  const propositions = new Propositions<M['properties'][number]>(model.properties);
  const broken = new AbortController();
  const exploration = explore(model, {
    limit,
    signal: broken.signal,
    onProgress: (states) => onProgress('exploring', states),
    propositionsOf(transition, rule) {
      const bits = propositions.of(transition, rule);
      if (untilBroken && propositions.broken.size > 0) broken.abort();
      return bits;
    },
  });
  return { model, exploration, propositions, startedAt };
}

export function decide<M extends Model>(
  { model, exploration, propositions, startedAt }: Enumeration<M>,
  { onProgress = () => {} }: VerifyOptions = {},
): Verification<M> {
  const { graph } = exploration;
  const verdicts = new Verdicts(model.rules, exploration, propositions);
  return {
    model,
    verdicts: model.properties.map((property) => {
      onProgress(property.statement, graph.states);
      return verdicts.of(property);
    }),
    states: graph.states,
    transitions: graph.targets.length,
    seconds: (performance.now() - startedAt) / 1000,
    complete: graph.complete,
    graph,
    exploration,
    propositions,
  };
}
