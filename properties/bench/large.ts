/** A search of many states: how many a CPU second, and how much memory the process takes at most. */
import type { Bench } from '../../runtime/bench/figure.ts';
import { explore } from '../checker/search/state-graph.ts';
import type { Rule, TransitionSystem } from '../checker/search/transition-system.ts';

const counters = 7;

/** Counters that go round, each by itself; the first is as long as it takes to have so many states at least. */
function counting(states: number): TransitionSystem {
  const size = Math.ceil(states ** (1 / counters));
  const names = Array.from({ length: counters }, (_, n) => `counter ${n}`);
  const sizes = names.map((_, n) => (n > 0 ? size : Math.ceil(states / size ** (counters - 1))));
  return {
    initial: [Object.fromEntries(names.map((name) => [name, 0]))],
    rules: names.map(
      (name, n): Rule => ({
        name,
        fairness: 'weak',
        isFault: false,
        variables: [name],
        enabled: (view) => [{ action: name, after: { [name]: ((view[name] as number) + 1) % sizes[n]! } }],
      }),
    ),
    variables: names.map((name) => [name]),
  };
}

export function large(atLeast: number, talk: (text: string) => void): Bench[] {
  const before = process.cpuUsage();
  const { graph, bytesPerState } = explore(counting(atLeast));
  const { user, system } = process.cpuUsage(before);
  const { states, targets } = graph;
  if (targets.length !== counters * states || states < atLeast)
    throw new Error(`${states} states, ${targets.length} transitions`);
  const peak = process.resourceUsage().maxRSS * 1024;
  talk(`${states} states, ${targets.length} transitions: ${((user + system) / 1e6).toFixed(0)} CPU s`);
  return [
    { name: 'large', median: states / ((user + system) / 1e6), unit: 'states/CPU s', runs: 1, ratios: {} },
    { name: 'large visited', median: bytesPerState, unit: 'bytes/state', runs: 1, ratios: {} },
    { name: 'large in all', median: peak / 2 ** 30, unit: 'GiB', runs: 1, ratios: {} },
  ];
}
