/** Every figure is legible in print, measured on all machines and on one with all signs of UML. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { machines } from '../../machines/roles.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import { drawAll } from '../files.ts';
import { legibilityOf, smallestPt } from '../scene/legibility.ts';
import { pngOf } from '../scene/png.ts';
import { type Scene, shapesOf, span, textAt, widthOfSpans } from '../scene/scene.ts';
import { svgOf } from '../scene/svg.ts';
import { stateChartOf } from '../state-chart/chart.ts';
import { everySign } from '../testing/machines.ts';
import { type DrawnMachine, figuresOf } from './figures.ts';
import type { FittedFigure } from './fit-to-page.ts';

let drawn: DrawnMachine[] = [];
const figures: [id: string, fitted: FittedFigure][] = [];

beforeAll(async () => {
  const chart = stateChartOf(everySign, allAmendments);
  drawn = [...(await drawAll()), { folder: 'test', chart, figures: await figuresOf(chart) }];
  for (const { folder, figures: own } of drawn) {
    for (const fitted of own) figures.push([`${folder}/${fitted.scene.id}`, fitted]);
  }
}, 60_000);

const faults = (of: (fitted: FittedFigure) => readonly unknown[]) =>
  figures.flatMap(([id, fitted]) => of(fitted).map((fault) => `${id}: ${fault}`));
const measuredAll = () => figures.map(([id, { scene }]) => ({ id, ...legibilityOf(scene) }));

test('there are figures', () => {
  expect(figures.length).toBeGreaterThan(20);
});

test('no text overlaps another, and none is cut off', () => {
  expect(faults(({ scene }) => legibilityOf(scene).textOnText)).toEqual([]);
  expect(faults(({ scene }) => legibilityOf(scene).outside)).toEqual([]);
});

test('no line runs through a label or a name', () => {
  expect(faults(({ scene }) => legibilityOf(scene).lineThroughText)).toEqual([]);
});

test(`every text has at least ${smallestPt} pt on A4 portrait`, () => {
  expect(measuredAll().filter(({ pt }) => pt < smallestPt)).toEqual([]);
});

test('no state stands above the initial state of its region', () => {
  const higher = faults(({ layout: { nodes } }) =>
    nodes
      .filter(({ kind }) => kind === 'initial')
      .flatMap((initial) =>
        nodes.filter(({ parent, box }) => parent === initial.parent && box.y < initial.box.y).map(({ id }) => id),
      ),
  );
  expect(higher).toEqual([]);
});

test('every transition is shown in full in a figure, on a line or in its state', () => {
  for (const { chart, figures } of drawn) {
    const shown = figures.flatMap(({ layout: { nodes, edges } }) => [
      ...edges.flatMap(({ brief, transitions }) => (brief ? [] : transitions)),
      ...nodes.flatMap(({ brief, listed }) => (brief ? [] : listed)),
    ]);
    const ids = new Set(shown.map(({ id }) => id));
    expect(chart.transitions.filter(({ id }) => !ids.has(id))).toEqual([]);
  }
});

test('lines rarely cross', () => {
  expect(measuredAll().reduce((sum, { crossings }) => sum + crossings, 0)).toBeLessThanOrEqual(figures.length);
});

test('ids are unique in a figure', () => {
  for (const [, { scene }] of figures) {
    const ids = [...svgOf(scene).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

test('a figure that is laid out and drawn again has the same bytes, as SVG and as PNG', async () => {
  const layoutsFolder = mkdtempSync(join(tmpdir(), 'capif-layouts-'));
  vi.resetModules();
  vi.doMock('./kept-layouts.ts', async (original) => ({ ...(await original<object>()), layoutsFolder }));
  const afresh = await import('./figures.ts');
  const again = await afresh.figuresOf(stateChartOf(machines.invokerAdmission, allAmendments));
  expect(readdirSync(layoutsFolder).length).toBeGreaterThan(0);
  rmSync(layoutsFolder, { recursive: true });
  expect(again).toHaveLength(1);
  for (const { scene } of again) {
    const [, before] = figures.find(([id]) => id === `amended/${scene.id}`) ?? [];
    expect(before && svgOf(before.scene)).toBe(svgOf(scene));
    expect(before && pngOf(before.scene).equals(pngOf(scene))).toBe(true);
  }
}, 60_000);

test('legibility detects small, overlapping, struck and cut-off text', () => {
  const scene = (...items: Scene['items']): Scene => ({
    id: 'x',
    title: '',
    description: '',
    width: 100,
    height: 100,
    items,
  });
  const word = textAt({ x: 10, y: 20 }, 11, [span('word')]);
  const line = {
    shape: 'line',
    points: [
      { x: 0, y: 17 },
      { x: 90, y: 17 },
    ],
    radius: 0,
    style: { stroke: 'ink' },
  } as const;

  expect(legibilityOf(scene(word))).toMatchObject({ pt: 8.25, textOnText: [], lineThroughText: [], outside: [] });
  expect(legibilityOf(scene(word, textAt({ x: 20, y: 24 }, 11, [span('other')]))).textOnText).toHaveLength(1);
  expect(legibilityOf(scene(word, line)).lineThroughText).toEqual(['a line through "word"']);
  expect(legibilityOf(scene(textAt({ x: 90, y: 20 }, 11, [span('word')]))).outside).toEqual(['word']);
  expect(legibilityOf({ ...scene(word), width: 1285 }).pt).toBeCloseTo(4.12, 1);
});

test('every sign of UML is drawn: regions, history, final and initial states', () => {
  const [, signs] = figures.find(([id]) => id === 'test/everySign') ?? [];
  const kinds = new Set(signs?.layout.nodes.map(({ kind }) => kind));
  const shapes = [...shapesOf(signs?.scene.items ?? [])];
  const dashed = shapes.filter((shape) => shape.shape === 'line' && shape.style.dash === 'dashed');

  expect(kinds).toEqual(new Set(['frame', 'parallel', 'region', 'state', 'final', 'history', 'initial']));
  expect(dashed.length).toBeGreaterThan(0);
});

test('the SVG fixes the length of each text to that of the layout', () => {
  for (const [, { scene }] of figures) {
    const texts = [...shapesOf(scene.items)].filter((shape) => shape.shape === 'text');
    const lengths = [...svgOf(scene).matchAll(/<text [^>]*textLength="([\d.]+)"/g)].map(([, length]) => Number(length));
    expect(lengths).toHaveLength(texts.length);
    for (const [n, { spans, size }] of texts.entries()) expect(lengths[n]).toBeCloseTo(widthOfSpans(spans, size), 1);
  }
});
