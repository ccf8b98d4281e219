/** What a search cannot do is said, with what to change. */
import { afterEach, expect, test, vi } from 'vitest';
import { Growing } from './growing.ts';
import { Labels } from './labels.ts';
import { SearchLimit } from './limits.ts';
import { explore } from './state-graph.ts';
import type { Rule, TransitionSystem } from './transition-system.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const counting = (names: readonly string[], size: number, by = [1]): TransitionSystem => ({
  initial: [Object.fromEntries(names.map((name) => [name, 0]))],
  rules: names.map(
    (name): Rule => ({
      name,
      fairness: 'weak',
      isFault: false,
      variables: [name],
      enabled: (view) =>
        by.map((step) => ({ action: `${name} ${step}`, after: { [name]: ((view[name] as number) + step) % size } })),
    }),
  ),
  variables: names.map((name) => [name]),
});
const named = (count: number) => Array.from({ length: count }, (_, n) => `v${n}`);

test('more labels than a byte can tell apart take two, and more than two bytes can are refused', () => {
  const { graph } = explore(counting(named(300), 1));
  expect(graph.labels.BYTES_PER_ELEMENT).toBe(2);
  expect([...graph.labels].map((label) => graph.meanings.rules[label])).toEqual([...Array(300).keys()]);
  const labels = new Labels();
  for (let rule = 0; rule < 65_536; rule++) labels.numberOf(rule, 0);
  expect(() => labels.numberOf(0, 1)).toThrow(/65536 labels are the most/);
});

test('a state with more than 2048 successors is refused', () => {
  const all = Array.from({ length: 2049 }, (_, n) => n);
  expect(() => explore(counting(['v'], 5000, all))).toThrow(/more than 2048 successors/);
});

test('memory that runs out ends the search with what it needs and what is left', () => {
  vi.spyOn(process, 'availableMemory').mockReturnValue(100_000);
  expect(explore(counting(['v'], 1000)).graph.states).toBe(1000);
  const large = () => explore(counting(named(3), 40));
  expect(large).toThrow(SearchLimit);
  expect(large).toThrow(/needs 1 MB more memory, and 1 MB are left: visit fewer states/);
});

test('arrays end at 4 GiB instead of losing what is written behind', () => {
  vi.spyOn(process, 'availableMemory').mockReturnValue(2 ** 40);
  const targets = new Growing(Uint32Array, 'transitions');
  targets.push([1, 2, 3]);
  expect(() => targets.append(2 ** 30)).toThrow(/1073741824 transitions are the most in one search/);
});

test('an array that has grown beyond its first memory has what was written', () => {
  const grown = new Growing(Uint16Array, 'labels');
  for (let n = 0; n < 100; n++) grown.append(2 ** 16).fill(n);
  expect(grown.length).toBe(100 * 2 ** 16);
  expect([...new Set(grown.all())]).toEqual([...Array(100).keys()]);
});
