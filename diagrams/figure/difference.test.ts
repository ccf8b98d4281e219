/** One picture of two versions: what became of everything can be seen, without colour, and read on a page. */
import { beforeAll, expect, test } from 'vitest';
import { machines } from '../../machines/roles.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import { type DrawnDifference, differenceFiles, drawDifferences } from '../difference-files.ts';
import { changeRequest } from '../files.ts';
import { measured, smallestPt } from '../scene/legibility.ts';
import { type Run, type Scene, type Style, shapesOf } from '../scene/scene.ts';
import { type Chart, chartOf } from '../state-chart/chart.ts';
import { differenceOf, differencesOf } from '../state-chart/difference.ts';
import { changeStyles } from '../state-chart/marks.ts';
import { everySign } from '../testing/machines.ts';

const now = chartOf(everySign, allAmendments);
/** Without the state "away" and what leads there, and with other effects of "both". */
const old: Chart = {
  ...now,
  states: now.states
    .filter(({ name }) => name !== 'away')
    .map((state) => (state.name === 'both' ? { ...state, entry: [{ name: 'hear' }] } : state)),
  transitions: now.transitions
    .filter(({ from, to }) => ![from, ...to].some((id) => id.endsWith('.away')))
    .map((transition) => (transition.event === 'hear' ? { ...transition, guard: 'wasHeard' } : transition)),
};

let drawn: DrawnDifference[] = [];
const scenes: Scene[] = [];
beforeAll(async () => {
  const words = { old: 'old', now: 'new' };
  drawn = [
    ...(await changeRequest()),
    ...(await drawDifferences([differenceOf(old, now, words), differenceOf(now, old, words)])),
  ];
  scenes.push(...drawn.flatMap(({ figures }) => figures.map(({ scene }) => scene)));
}, 60_000);

const runsIn = (scene: Scene): Run[] =>
  [...shapesOf(scene.items)].flatMap((shape) => (shape.shape === 'text' ? shape.runs : []));
const wordsIn = (scene: Scene, isStruck: boolean) =>
  runsIn(scene)
    .filter(({ struck = false }) => struck === isStruck)
    .map(({ text }) => text);
const [added, removed] = [() => scenes.at(-2) as Scene, () => scenes.at(-1) as Scene];

test('every figure can be read on a page', () => {
  expect(scenes.length).toBeGreaterThan(10);
  for (const scene of scenes) {
    const { pt, textOnText, lineThroughText, outside } = measured(scene);
    expect({ id: scene.id, textOnText, lineThroughText, outside }).toEqual({
      id: scene.id,
      textOnText: [],
      lineThroughText: [],
      outside: [],
    });
    expect(pt).toBeGreaterThanOrEqual(smallestPt);
  }
});

test('new, gone and changed are told apart without colour', () => {
  const looks = Object.values(changeStyles).map(({ width, dash }: Style) => `${width} ${dash}`);
  expect(new Set(looks).size).toBe(3);
  expect(wordsIn(added(), false)).toEqual(expect.arrayContaining(['new', 'changed']));
  expect(wordsIn(removed(), false)).toEqual(expect.arrayContaining(['gone', 'changed']));
});

test('what is gone is struck through, and nothing else is', () => {
  expect(wordsIn(removed(), true)).toContain('away');
  expect(wordsIn(added(), true)).not.toContain('away');
  expect(wordsIn(added(), true)).toEqual(expect.arrayContaining(['entry / hear', '[wasHeard]']));
  expect(wordsIn(removed(), true)).toEqual(expect.arrayContaining(['entry / forget']));
});

test('a transition to another target is drawn as two, one gone and one new', () => {
  const [first, ...others] = now.transitions;
  if (!first) throw new Error('there is no transition');
  const elsewhere = { ...now, transitions: [{ ...first, to: ['everySign.both'] }, ...others] };
  const { chart, marks } = differenceOf(now, elsewhere, { old: 'old', now: 'new' });
  const changes = chart.transitions.slice(0, 2).map(({ id }) => marks.transitions.get(id)?.change);
  expect(changes).toEqual(['removed', 'added']);
});

test('a machine that only one version has is new or gone as a whole', () => {
  const version = (charts: Chart[]) => ({ words: 'x', charts });
  const [difference] = differencesOf(version([]), version([now]));
  expect(difference?.changes.states.every(({ change }) => change === 'added')).toBe(true);
  expect(differencesOf(version([now]), version([now]))).toEqual([]);
});

test('the tables have every change of the change request', () => {
  const files = differenceFiles(drawn.slice(0, -2), '# Changes');
  const lines = files.get('changes.csv')?.split('\n') ?? [];
  const count = (words: string) => lines.filter((line) => line.includes(words)).length;
  expect(count('bounded-attempts')).toBe(
    chartOf(machines.apiInvoker, allAmendments).transitions.filter(
      ({ source }) => source?.amendment === 'bounded-attempts',
    ).length,
  );
  expect(files.get('changes.md')).toContain('| gone | ~~unpublished~~ |');
  expect(files.get('changes.md')).toContain('~~switchMethods~~ **switchMethodsAndAcceptBoth**');
});
