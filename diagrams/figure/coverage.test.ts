/** What a run, a scenario or an exploration took is what the figures of it show. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { machines } from '../../machines/roles.ts';
import type { TraceLine } from '../../machines/trace.ts';
import { asWritten } from '../../machines/vocabulary.ts';
import { settings } from '../../properties/model/setting.ts';
import { replay } from '../../properties/traces/scenario.ts';
import { drawLife } from '../files.ts';
import { measured, smallestPt } from '../scene/legibility.ts';
import { shapesOf } from '../scene/scene.ts';
import { chartOf } from '../state-chart/chart.ts';
import { counted, exploredIn, type Life, livesIn, livesOf } from '../state-chart/coverage.ts';

const scenario = new URL('../../properties/scenarios/r29-cached-key-is-stale.txt', import.meta.url);
const played = replay(readFileSync(scenario, 'utf8'));
const lives = played.outcome === 'played' ? livesIn(played) : [];
const lifeOf = (all: readonly Life[], machine: string) => all.find((life) => life.machine === machine)!;

const line = (event: { type: string }): TraceLine => ({
  role: 'invokerProfile',
  instance: 'a',
  event,
  state: '',
  effects: [],
});
const trace = ['begin', 'OnboardApiInvokerRequest', 'tls.established', 'tls.closed', 'tls.established'].map((type) =>
  line({ type }),
);

test('the steps of a trace are numbered by its lines, and where it ends is marked', () => {
  const [{ machine, marks }] = livesOf(trace) as [Life];

  expect(machine).toBe('invokerProfile');
  expect([...marks.taken]).toEqual([
    ['invokerProfile.unknown:OnboardApiInvokerRequest', [2]],
    ['invokerProfile.onboarded:tls.established', [3, 5]],
    ['invokerProfile.authenticated:tls.closed', [4]],
  ]);
  expect([...marks.ends]).toEqual(['invokerProfile.authenticated']);
});

test('how often is counted', () => {
  const [{ marks }] = livesOf(trace).map(counted) as [Life];

  expect(marks.taken.get('invokerProfile.onboarded:tls.established')).toEqual([2]);
});

test('in the story of R29 the AEF accepts an initiation from its cache, again and again (TS 29.222 6.2.2.2)', () => {
  const { taken } = lifeOf(lives, 'invokerAdmission').marks;

  expect(taken.get('invokerAdmission.unknown:AuthenticationInitiationRequest')).toHaveLength(1);
  expect(taken.get('invokerAdmission.known:AuthenticationInitiationRequest')?.length).toBeGreaterThan(1);
  expect([...lifeOf(lives, 'apiInvoker').marks.ends]).toEqual(['apiInvoker.mismatch']);
});

test('every step of a scenario is a transition of the chart', () => {
  for (const { machine, amendments, marks } of lives) {
    const ids = new Set(chartOf(machines[machine], amendments).transitions.map(({ id }) => id));
    expect([...marks.taken.keys()].filter((id) => !ids.has(id))).toEqual([]);
  }
});

test('a figure of a run shows its steps, and can be read', async () => {
  const { figures } = await drawLife(lifeOf(lives, 'invokerAdmission'));
  const [{ scene }] = figures as [(typeof figures)[number]];
  const words = [...shapesOf(scene.items)].flatMap((shape) =>
    shape.shape === 'text' ? shape.runs.map(({ text }) => text) : [],
  );
  const { pt, textOnText, lineThroughText } = measured(scene);

  expect(words.filter((text) => text.startsWith('#'))).toEqual(expect.arrayContaining(['#5', '#7']));
  expect({ textOnText, lineThroughText }).toEqual({ textOnText: [], lineThroughText: [] });
  expect(pt).toBeGreaterThanOrEqual(smallestPt);
}, 30_000);

test('where nothing is lost nobody pauses, and what is never taken stands out', async () => {
  const fair = settings.find(({ name }) => name === 'fair')!;
  const life = lifeOf(exploredIn({ ...fair, amendments: asWritten }), 'apiPublishingFunction');
  const { figures } = await drawLife(life);
  const lines = figures.flatMap(({ scene }) => [...shapesOf(scene.items)].filter((shape) => shape.shape === 'line'));

  expect(life.marks.taken.get('apiPublishingFunction.publishing:publication.failed')).toEqual([0]);
  expect(life.marks.taken.get('apiPublishingFunction:SecurityMethodsChanged')?.[0]).toBeGreaterThan(0);
  expect(lines.filter(({ style }) => style.stroke === 'never' && style.dash === 'dotted').length).toBeGreaterThan(0);
}, 60_000);
