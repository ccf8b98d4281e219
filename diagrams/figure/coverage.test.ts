/** The figures of a run or an exploration show exactly the transitions that were taken. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { machines } from '../../machines/roles.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { asWritten } from '../../machines/vocabulary.ts';
import { settings } from '../../properties/model/setting.ts';
import { replay } from '../../properties/traces/scenario.ts';
import { drawLife } from '../files.ts';
import { legibilityOf, smallestPt } from '../scene/legibility.ts';
import { shapesOf } from '../scene/scene.ts';
import { stateChartOf } from '../state-chart/chart.ts';
import { type Life, livesInConfiguration, livesInScenario, livesInTrace, withCounts } from '../state-chart/coverage.ts';

const scenario = new URL('../../properties/scenarios/r29-cached-key-is-stale.txt', import.meta.url);
const played = replay(readFileSync(scenario, 'utf8'));
const lives = played.outcome === 'played' ? livesInScenario(played) : [];
type MarksOf<Kind> = Extract<Life['marks'], { kind: Kind }>;
const pathOf = (marks: Life['marks']) => marks as MarksOf<'path'>;
const timesOf = (marks: Life['marks']) => (marks as MarksOf<'coverage'>).times;
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

test('the steps of a trace are numbered by its lines, and its end is marked', () => {
  const [{ machine, marks }] = livesInTrace(trace) as [Life];
  const { steps, ends } = pathOf(marks);

  expect(machine).toBe('invokerProfile');
  expect([...steps]).toEqual([
    ['invokerProfile.unknown:OnboardApiInvokerRequest', [2]],
    ['invokerProfile.onboarded:tls.established', [3, 5]],
    ['invokerProfile.authenticated:tls.closed', [4]],
  ]);
  expect([...ends]).toEqual(['invokerProfile.authenticated']);
});

test('counts can replace the numbers of the steps', () => {
  const [{ marks }] = livesInTrace(trace).map(withCounts) as [Life];

  expect(timesOf(marks).get('invokerProfile.onboarded:tls.established')).toBe(2);
});

test('in the run of R29 the AEF accepts initiations from its cache again and again (TS 29.222 6.2.2.2)', () => {
  const { steps } = pathOf(lifeOf(lives, 'invokerAdmission').marks);

  expect(steps.get('invokerAdmission.unknown:AuthenticationInitiationRequest')).toHaveLength(1);
  expect(steps.get('invokerAdmission.known:AuthenticationInitiationRequest')?.length).toBeGreaterThan(1);
  expect([...pathOf(lifeOf(lives, 'apiInvoker').marks).ends]).toEqual(['apiInvoker.mismatch']);
});

test('every step of a scenario is a transition of the state chart', () => {
  for (const { machine, amendments, marks } of lives) {
    const ids = new Set(stateChartOf(machines[machine], amendments).transitions.map(({ id }) => id));
    expect([...pathOf(marks).steps.keys()].filter((id) => !ids.has(id))).toEqual([]);
  }
});

test('a figure of a run shows its steps, and is legible', async () => {
  const { figures } = await drawLife(lifeOf(lives, 'invokerAdmission'));
  const [{ scene }] = figures as [(typeof figures)[number]];
  const texts = [...shapesOf(scene.items)].flatMap((shape) =>
    shape.shape === 'text' ? shape.spans.map(({ text }) => text) : [],
  );
  const { pt, textOnText, lineThroughText } = legibilityOf(scene);

  expect(texts.filter((text) => text.startsWith('#'))).toEqual(expect.arrayContaining(['#5', '#7']));
  expect({ textOnText, lineThroughText }).toEqual({ textOnText: [], lineThroughText: [] });
  expect(pt).toBeGreaterThanOrEqual(smallestPt);
}, 30_000);

test('without losses no publication fails, and transitions that are never taken stand out', async () => {
  const fair = settings.find(({ name }) => name === 'fair')!;
  const life = lifeOf(livesInConfiguration({ ...fair, amendments: asWritten }), 'apiPublishingFunction');
  const { figures } = await drawLife(life);
  const lines = figures.flatMap(({ scene }) => [...shapesOf(scene.items)].filter((shape) => shape.shape === 'line'));

  expect(timesOf(life.marks).get('apiPublishingFunction.publishing:publication.failed')).toBe(0);
  expect(timesOf(life.marks).get('apiPublishingFunction:SecurityMethodsChanged')).toBeGreaterThan(0);
  expect(lines.filter(({ style }) => style.stroke === 'never' && style.dash === 'dotted').length).toBeGreaterThan(0);
}, 60_000);
