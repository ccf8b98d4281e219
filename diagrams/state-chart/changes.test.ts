/** Changes are matched: a transition with another guard is changed, not removed and added. */
import { describe, expect, test } from 'vitest';
import { machines } from '../../machines/roles.ts';
import { allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { changesOf, isDifferent } from './changes.ts';
import { type ChartTransition, type StateChart, stateChartOf } from './chart.ts';

const before = stateChartOf(machines.apiInvoker, asWritten);
const state = 'apiInvoker.negotiated.secured';
const of = (chart: StateChart, event: string) =>
  chart.transitions.filter((transition) => transition.from === state && transition.event === event);

/** The chart with other transitions in place of these. */
const replaced = (old: readonly ChartTransition[], now: readonly ChartTransition[]): StateChart => ({
  ...before,
  transitions: before.transitions.flatMap((each) => (each === old[0] ? now : old.includes(each) ? [] : [each])),
});
const changesTo = (now: StateChart) =>
  changesOf(before, now)
    .transitions.filter(({ change }) => change !== 'same')
    .map((each) => (each.change === 'changed' ? [each.change, ...each.what] : [each.change]));

const failures = of(before, 'invocation.failed').slice(1);
const [first, second] = failures as [ChartTransition, ChartTransition];

describe('a transition', () => {
  test('that is untouched is the same', () => {
    expect(isDifferent(changesOf(before, stateChartOf(machines.apiInvoker, asWritten)))).toBe(false);
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
    expect(changesTo(replaced(failures, now))).toEqual(changes);
  });

  test('with only state and event in common is another one', () => {
    const other = { ...first, id: 'x', guard: 'isOther', to: ['apiInvoker.gaveUp'], effects: [] };
    expect(changesTo(replaced(failures, [other, second])).sort()).toEqual([['added'], ['removed']]);
  });

  test('that is gone comes after the one that it followed', () => {
    const { transitions } = changesOf(before, replaced(failures, [first]));
    const n = transitions.findIndex(({ change }) => change === 'removed');
    expect(transitions[n]).toEqual({ change: 'removed', old: second });
    expect(transitions[n - 1]).toEqual({ change: 'same', old: first, now: first });
  });
});

describe.each(Object.values(machines))('$id, as written and with all amendments', (machine) => {
  const [old, now] = [stateChartOf(machine, asWritten), stateChartOf(machine, allAmendments)];
  const { states, transitions } = changesOf(old, now);
  const versions = (which: 'old' | 'now', all: readonly object[]) =>
    all.flatMap((each) => (which in each ? [(each as Record<string, unknown>)[which]] : []));

  test('every state and transition of both versions occurs once', () => {
    expect(new Set(versions('old', states))).toEqual(new Set(old.states));
    expect(new Set(versions('old', transitions))).toEqual(new Set(old.transitions));
    expect(versions('now', states)).toEqual(now.states);
    expect(versions('now', transitions)).toEqual(now.transitions);
    expect(versions('old', [...states, ...transitions])).toHaveLength(old.states.length + old.transitions.length);
  });

  test('whatever counts as the same is equal', () => {
    for (const each of [...states, ...transitions]) if (each.change === 'same') expect(each.old).toEqual(each.now);
  });
});
