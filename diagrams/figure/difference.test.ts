/** The figure of two versions shows every change, without relying on colour, and is legible. */
import { beforeAll, expect, test } from 'vitest';
import { machines } from '../../machines/roles.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import { type DrawnDifference, differenceFiles, drawDifferences } from '../difference-files.ts';
import { changeRequest } from '../files.ts';
import { legibilityOf, smallestPt } from '../scene/legibility.ts';
import { type Scene, type Span, type Style, shapesOf } from '../scene/scene.ts';
import { type StateChart, stateChartOf } from '../state-chart/chart.ts';
import { differenceOf, differencesOf } from '../state-chart/difference.ts';
import { changeOf } from '../state-chart/marks.ts';
import { everySign } from '../testing/machines.ts';
import { changeStyles } from './mark-style.ts';

const now = stateChartOf(everySign, allAmendments);
/** Without the state "away" and the transitions to it, and with other effects of "both". */
const old: StateChart = {
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
  const labels = { old: 'old', now: 'new' };
  drawn = [
    ...(await changeRequest()),
    ...(await drawDifferences([differenceOf(old, now, labels), differenceOf(now, old, labels)])),
  ];
  scenes.push(...drawn.flatMap(({ figures }) => figures.map(({ scene }) => scene)));
}, 60_000);

const spansIn = (scene: Scene): Span[] =>
  [...shapesOf(scene.items)].flatMap((shape) => (shape.shape === 'text' ? shape.spans : []));
const textsIn = (scene: Scene, isStruck: boolean) =>
  spansIn(scene)
    .filter(({ struck = false }) => struck === isStruck)
    .map(({ text }) => text);
const [added, removed] = [() => scenes.at(-2) as Scene, () => scenes.at(-1) as Scene];

test('every figure is legible', () => {
  expect(scenes.length).toBeGreaterThan(10);
  for (const scene of scenes) {
    const { pt, textOnText, lineThroughText, outside } = legibilityOf(scene);
    expect({ id: scene.id, textOnText, lineThroughText, outside }).toEqual({
      id: scene.id,
      textOnText: [],
      lineThroughText: [],
      outside: [],
    });
    expect(pt).toBeGreaterThanOrEqual(smallestPt);
  }
});

test('new, gone and changed differ in more than colour', () => {
  const looks = Object.values(changeStyles).map(({ width, dash }: Style) => `${width} ${dash}`);
  expect(new Set(looks).size).toBe(3);
  expect(textsIn(added(), false)).toEqual(expect.arrayContaining(['new', 'changed']));
  expect(textsIn(removed(), false)).toEqual(expect.arrayContaining(['gone', 'changed']));
});

test('everything that is gone is struck through, and nothing else is', () => {
  expect(textsIn(removed(), true)).toContain('away');
  expect(textsIn(added(), true)).not.toContain('away');
  expect(textsIn(added(), true)).toEqual(expect.arrayContaining(['entry / hear', '[wasHeard]']));
  expect(textsIn(removed(), true)).toEqual(expect.arrayContaining(['entry / forget']));
});

test('a transition with another target is drawn as two, one gone and one new', () => {
  const [first, ...others] = now.transitions;
  if (!first) throw new Error('there is no transition');
  const elsewhere = { ...now, transitions: [{ ...first, to: ['everySign.both'] }, ...others] };
  const { chart } = differenceOf(now, elsewhere, { old: 'old', now: 'new' });
  const changes = chart.transitions.slice(0, 2).map(changeOf);
  expect(changes).toEqual(['removed', 'added']);
});

test('a machine of one version only is new or gone as a whole', () => {
  const version = (charts: StateChart[]) => ({ label: 'x', charts });
  const [difference] = differencesOf(version([]), version([now]));
  expect(difference?.changes.states.every(({ change }) => change === 'added')).toBe(true);
  expect(differencesOf(version([now]), version([now]))).toEqual([]);
});

test('the tables contain every change of the change request', () => {
  const files = differenceFiles(drawn.slice(0, -2), '# Changes');
  const lines = files.get('changes.csv')?.split('\n') ?? [];
  const count = (text: string) => lines.filter((line) => line.includes(text)).length;
  expect(count('bounded-attempts')).toBe(
    stateChartOf(machines.apiInvoker, allAmendments).transitions.filter(
      ({ source }) => source?.amendment === 'bounded-attempts',
    ).length,
  );
  expect(files.get('changes.md')).toContain('| gone | ~~unpublished~~ |');
  expect(files.get('changes.md')).toContain('~~switchMethods~~ **switchMethodsAndAcceptBoth, reportWithdrawn**');
});
