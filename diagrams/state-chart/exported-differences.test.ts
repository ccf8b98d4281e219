/** Whatever XState acts on is a difference between two exported machines. */

import { describe, expect, test } from 'vitest';
import { createMachine, initialTransition, transition } from 'xstate';
import { changeLines } from '../tables/change-tables.ts';
import { xstateJson } from '../text/xstate-json.ts';
import { differencesOf } from './difference.ts';
import { exportedChart } from './exported.ts';

type Json = Record<string, unknown>;
const version = (config: Json) => ({ label: 'x', charts: [exportedChart(JSON.stringify({ id: 'm', ...config }))] });
const linesOf = (old: Json, now: Json): string[] =>
  differencesOf(version(old), version(now)).flatMap(({ changes }) => changeLines(changes));

/** A machine whose state a has this, and which otherwise stays as it is. */
const withA = (a: Json): Json => ({ initial: 'a', states: { a: { on: { go: 'b' }, ...a }, b: { on: { back: 'a' } } } });
const go = (transition: unknown): Json => withA({ on: { go: transition } });
const guard = (guard: unknown): Json => go({ target: 'b', guard });
const invoke = (invoke: unknown): Json => withA({ invoke });
const inside = (more: Json, initial: unknown = 'c'): Json =>
  withA({ initial, states: { c: { on: { go: 'd' } }, d: {}, ...more } });
const history = (more: Json): Json => ({
  ...inside({ last: { type: 'history', ...more } }),
  on: { resume: '#m.a.last' },
});
const parallel = (...regions: string[]): Json => ({
  type: 'parallel',
  states: Object.fromEntries(regions.map((region) => [region, {}])),
});

describe.each<[string, Json, Json, string]>([
  [
    'parameter of a guard',
    guard({ type: 'g', params: { min: 3 } }),
    guard({ type: 'g', params: { min: 5 } }),
    'g(min: 5)',
  ],
  ['parameter that is no object', guard({ type: 'g', params: 3 }), guard({ type: 'g', params: 5 }), 'g(params: 5)'],
  ['guard that lost its parameter', guard({ type: 'g', params: { min: 3 } }), guard('g'), '[g]'],
  ['compound guard', guard({ type: 'and', guards: ['g', 'h'] }), guard({ type: 'and', guards: ['g'] }), '["g"]'],
  ['guard named like a property of objects', guard('toString'), guard('valueOf'), '[valueOf]'],
  [
    'order of guards',
    go([{ guard: 'g', target: 'b' }, { guard: 'h' }]),
    go([{ guard: 'h' }, { guard: 'g', target: 'b' }]),
    'order',
  ],
  [
    'parameter of an action',
    go({ actions: { type: 'x', params: { n: 1 } } }),
    go({ actions: { type: 'x', params: { n: 2 } } }),
    'x(2)',
  ],
  [
    'parameter that is no object',
    go({ actions: { type: 'x', params: 1 } }),
    go({ actions: { type: 'x', params: 2 } }),
    'x(2)',
  ],
  ['order of actions', withA({ entry: ['x', 'y'] }), withA({ entry: ['y', 'x'] }), 'entry'],
  ['invoked actor', invoke({ src: 'one', id: 'i' }), invoke({ src: 'two', id: 'i' }), '"src":"two"'],
  ['input of an actor', invoke({ src: 'one', input: { n: 1 } }), invoke({ src: 'one', input: { n: 2 } }), '"n":2'],
  ['id of an actor', invoke({ src: 'one', id: 'i' }), invoke({ src: 'one', id: 'j' }), '"id":"j"'],
  ['actor in the system', invoke({ src: 'one', systemId: 's' }), invoke({ src: 'one' }), 'invoke'],
  ['actor that is gone', invoke({ src: 'one' }), withA({}), 'invoke'],
  ['end of an actor', invoke({ src: 'one', onDone: 'b' }), invoke({ src: 'one', onDone: '.' }), 'done('],
  ['default of a history', history({ target: 'c' }), history({ target: 'd' }), 'm.a.d'],
  ['depth of a history', history({ history: 'deep' }), history({}), 'shallowHistory'],
  ['initial state', inside({}), inside({}, 'd'), 'initial'],
  ['initial action', inside({}, { target: 'c', actions: 'x' }), inside({}, { target: 'c', actions: 'y' }), '"y"'],
  ['output of a state', withA({ type: 'final', output: 1 }), withA({ type: 'final', output: 2 }), 'output 2'],
  ['output of the machine', { ...withA({}), output: { n: 1 } }, { ...withA({}), output: { n: 2 } }, '{"n":2}'],
  ['initial context', { ...withA({}), context: { n: 1 } }, { ...withA({}), context: { n: 2 } }, '{"n":2}'],
  ['delay', withA({ after: { 1.5: 'b' } }), withA({ after: { 1.7: 'b' } }), 'after(1.7 ms)'],
  ['named delay', withA({ after: { long: 'b' } }), withA({ after: { short: 'b' } }), 'after(short)'],
  ['reentry', go({ target: 'a' }), go({ target: 'a', reenter: true }), 'whether it leaves its state'],
  ['order of regions', parallel('p', 'q'), parallel('q', 'p'), 'order of regions'],
])('another %s', (_, old, now, says) => {
  test('is a difference, both ways', () => {
    expect(linesOf(old, now).join('\n')).toContain(says);
    expect(linesOf(now, old)).not.toEqual([]);
    expect(linesOf(now, now)).toEqual([]);
  });

  test('survives both formats', () => {
    for (const config of [old, now]) {
      const { charts } = version(config);
      for (const text of [xstateJson(charts[0]!), JSON.stringify(charts[0])]) {
        expect(differencesOf({ label: 'x', charts }, { label: 'x', charts: [exportedChart(text)] })).toEqual([]);
      }
    }
  });
});

test('an id that the source gives to a state keeps its letters, and survives', () => {
  const config = { initial: 'a', states: { a: { id: 'alpha', on: { go: '#beta' } }, b: { id: 'beta' } } };
  const lines = linesOf(config, { ...config, states: { ...config.states, a: { id: 'alpha', on: { gone: '#beta' } } } });
  expect(lines.join('\n')).toContain('alpha: go \u2192 beta');
  const again = createMachine(JSON.parse(xstateJson(version(config).charts[0]!)));
  const [begun] = initialTransition(again);
  expect(transition(again, begun, { type: 'go' })[0].value).toBe('b');
});

test('a field that nothing here knows is refused', () => {
  const chart = version(withA({})).charts[0]!;
  const text = JSON.stringify({ ...chart, states: chart.states.map((state) => ({ ...state, newer: 1 })) });
  expect(() => exportedChart(text)).toThrow('Unrecognized key: "newer"');
});

test('what a terminal would obey is printed as text', () => {
  expect(linesOf(withA({}), go({ target: 'b', guard: '\u001b[31m\n' })).join('')).toContain('\\u001b[31m\\u000a');
});
