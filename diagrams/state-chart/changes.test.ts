/** A change of a machine is told as what it is: a guard that is another one is no transition removed and another added. */
import { describe, expect, test } from 'vitest';
import { machines } from '../../machines/roles.ts';
import { allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { changesOf, isDifferent } from './changes.ts';
import { type Chart, type ChartTransition, chartOf } from './chart.ts';

const written = chartOf(machines.apiInvoker, asWritten);
const state = 'apiInvoker.negotiated.secured';
const of = (chart: Chart, event: string) =>
  chart.transitions.filter((transition) => transition.from === state && transition.event === event);

/** With other transitions in the place of these. */
const replaced = (old: readonly ChartTransition[], now: readonly ChartTransition[]): Chart => ({
  ...written,
  transitions: written.transitions.flatMap((each) => (each === old[0] ? now : old.includes(each) ? [] : [each])),
});
const told = (now: Chart) =>
  changesOf(written, now)
    .transitions.filter(({ change }) => change !== 'same')
    .map((each) => (each.change === 'changed' ? [each.change, ...each.what] : [each.change]));

const failures = of(written, 'invocation.failed').slice(1);
const [first, second] = failures as [ChartTransition, ChartTransition];

describe('a transition', () => {
  test('that nobody touched is the same', () => {
    expect(isDifferent(changesOf(written, chartOf(machines.apiInvoker, asWritten)))).toBe(false);
  });

  test.each<[string, readonly ChartTransition[], string[][]]>([
    ['with another guard', [{ ...first, id: 'x', guard: 'isOther' }, second], [['changed', 'guard']]],
    ['with another target', [{ ...first, to: ['apiInvoker.gaveUp'] }, second], [['changed', 'to']]],
    ['with other effects', [{ ...first, effects: [] }, second], [['changed', 'effects']]],
    ['with another clause', [{ ...first, source: { clause: '6.8' } }, second], [['changed', 'source']]],
    [
      'that is no longer the first to be tried',
      [second, first],
      [
        ['changed', 'order'],
        ['changed', 'order'],
      ],
    ],
    ['that is gone', [second], [['removed']]],
    ['that is new', [first, { ...first, id: 'x', guard: 'isOther' }, second], [['added']]],
  ])('%s', (_, now, changes) => {
    expect(told(replaced(failures, now))).toEqual(changes);
  });

  test('of which nothing but state and event is left is another one', () => {
    const other = { ...first, id: 'x', guard: 'isOther', to: ['apiInvoker.gaveUp'], effects: [] };
    expect(told(replaced(failures, [other, second])).sort()).toEqual([['added'], ['removed']]);
  });

  test('that is gone is told after the one that it came after', () => {
    const { transitions } = changesOf(written, replaced(failures, [first]));
    const n = transitions.findIndex(({ change }) => change === 'removed');
    expect(transitions[n]).toEqual({ change: 'removed', old: second });
    expect(transitions[n - 1]).toEqual({ change: 'same', old: first, now: first });
  });
});

describe.each(Object.values(machines))('$id, as written and with all amendments', (machine) => {
  const [old, now] = [chartOf(machine, asWritten), chartOf(machine, allAmendments)];
  const { states, transitions } = changesOf(old, now);
  const versions = (which: 'old' | 'now', all: readonly object[]) =>
    all.flatMap((each) => (which in each ? [(each as Record<string, unknown>)[which]] : []));

  test('every state and transition of both is told once', () => {
    expect(new Set(versions('old', states))).toEqual(new Set(old.states));
    expect(new Set(versions('old', transitions))).toEqual(new Set(old.transitions));
    expect(versions('now', states)).toEqual(now.states);
    expect(versions('now', transitions)).toEqual(now.transitions);
    expect(versions('old', [...states, ...transitions])).toHaveLength(old.states.length + old.transitions.length);
  });

  test('what is called the same is', () => {
    for (const each of [...states, ...transitions]) if (each.change === 'same') expect(each.old).toEqual(each.now);
  });
});
