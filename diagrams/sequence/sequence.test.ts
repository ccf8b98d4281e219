/** Message sequence charts have the symbols of Z.120, and those of all findings and scenarios are legible in print. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, test } from 'vitest';
import type { Fate, Sequence, SequenceEvent } from '../../properties/traces/sequence.ts';
import { legibilityOf, pageRoom, smallestPt } from '../scene/legibility.ts';
import { pngOf } from '../scene/png.ts';
import { type Group, type Scene, shapesOf } from '../scene/scene.ts';
import { svgOf } from '../scene/svg.ts';
import { sequenceMermaid } from './mermaid.ts';
import { readRun, sequenceOfRun } from './run-file.ts';
import { sequenceScenes } from './scenes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const runs = ['properties/scenarios', 'properties/findings'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.txt'))
    .map((file) => join(folder, file)),
);
const captions = { id: 'run', title: 'a run', description: 'A run.' };
const scenesOf = (file: string, whole = false) =>
  sequenceScenes(sequenceOfRun(readRun(join(root, file))), captions, whole);

test.each(runs)('%s is legible on A4 portrait', (file) => {
  for (const scene of scenesOf(file)) {
    const { pt, textOnText, lineThroughText, outside } = legibilityOf(scene);
    expect({ textOnText, lineThroughText, outside }).toEqual({ textOnText: [], lineThroughText: [], outside: [] });
    expect(pt).toBeGreaterThanOrEqual(smallestPt);
  }
});

test.each(runs)('%s shows every event once, on pages and in one picture', (file) => {
  const ids = (scenes: readonly Scene[]) =>
    scenes.flatMap(({ items }) => items.flatMap((item) => (item.shape === 'group' && item.id ? [item.id] : [])));
  const { events } = sequenceOfRun(readRun(join(root, file)));
  expect(ids(scenesOf(file))).toEqual(events.map((_, n) => `e${n + 1}`));
  expect(ids(scenesOf(file, true))).toEqual(events.map((_, n) => `e${n + 1}`));
  expect(scenesOf(file, true)[0]?.width).toBeLessThanOrEqual(pageRoom.width);
});

test('a sequence chart drawn again has the same bytes', () => {
  const file = runs[0] as string;
  expect(scenesOf(file).map((scene) => svgOf(scene))).toEqual(scenesOf(file).map((scene) => svgOf(scene)));
  const [one, other] = [scenesOf(file)[0] as Scene, scenesOf(file)[0] as Scene];
  expect(Buffer.compare(pngOf(one, 'light'), pngOf(other, 'light'))).toBe(0);
});

const between = { from: 'apiInvoker', to: 'capifCoreFunction' };
const sequence = (...events: SequenceEvent[]): Sequence => ({
  instances: [
    { id: 'apiInvoker', role: 'apiInvoker', name: 'one' },
    { id: 'capifCoreFunction', role: 'capifCoreFunction' },
  ],
  events,
});
const message = (fate: Fate): SequenceEvent => ({ kind: 'message', ...between, label: 'SecurityMethodRequest', fate });
const drawn = (event: SequenceEvent) => {
  const [scene] = sequenceScenes(sequence(event), captions) as [Scene];
  return scene.items.find((item): item is Group => item.shape === 'group' && item.id === 'e1') as Group;
};

describe('the symbols of Z.120', () => {
  test.each<[Fate, string[]]>([
    ['arrives', ['line']],
    ['lost', ['line', 'circle ink']],
    ['delayed', ['line', 'circle ink']],
    ['late', ['circle paper', 'line']],
    ['forged', ['circle paper', 'line']],
    ['failed', ['line', 'line', 'line']],
  ])('a message: %s', (fate, shapes) => {
    const found = [...shapesOf(drawn(message(fate)).items)].flatMap((shape) => {
      if (shape.shape === 'circle') return [`circle ${shape.style.fill}`];
      return shape.shape === 'line' ? ['line'] : [];
    });
    expect(found).toEqual(shapes);
  });

  test.each<[SequenceEvent, string, number]>([
    [{ kind: 'state', over: 'apiInvoker', state: 'mismatch' }, 'polygon', 6],
    [{ kind: 'timer', over: 'apiInvoker', happens: 'set', words: 'pause' }, 'polygon', 4],
    [{ kind: 'timer', over: 'apiInvoker', happens: 'expires', words: 'pause' }, 'polygon', 4],
  ])('a condition has six corners, an hourglass four', (event, shape, corners) => {
    const polygon = [...shapesOf(drawn(event).items)].find((each) => each.shape === shape);
    expect(polygon?.shape === 'polygon' && polygon.points.length).toBe(corners);
  });

  test('the title of a message names sender, receiver and fate', () => {
    expect(drawn(message('lost')).title).toBe('SecurityMethodRequest, apiInvoker to capifCoreFunction, lost');
  });

  test('a loop continues on the next page', () => {
    const many = Array.from({ length: 40 }, () => message('arrives'));
    const scenes = sequenceScenes(sequence(message('arrives'), { kind: 'loop' }, ...many), captions);
    const texts = (scene: Scene) =>
      [...shapesOf(scene.items)].flatMap((shape) =>
        shape.shape === 'text' ? [shape.spans.map(({ text }) => text).join('')] : [],
      );
    expect(scenes.length).toBeGreaterThan(1);
    expect(texts(scenes[0] as Scene)).toContain('loop <1,inf>');
    expect(texts(scenes[1] as Scene)).not.toContain('loop <1,inf>');
  });
});

test('Mermaid has participants, arrows, lost messages, and a loop with its end', () => {
  const events: SequenceEvent[] = [
    { kind: 'loop' },
    message('lost'),
    { kind: 'state', over: 'apiInvoker', state: 'x;y' },
  ];
  expect(sequenceMermaid(sequence(message('arrives'), ...events))).toBe(`sequenceDiagram
participant p1 as API invoker one
participant p2 as CAPIF core function
p1->>p2: SecurityMethodRequest
loop for ever
p1-xp2: SecurityMethodRequest (lost)
Note over p1: x#59;y
end
`);
});

describe('capif chart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'capif-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const chart = (...args: string[]) =>
    spawnSync(process.execPath, [inject('capif'), 'chart', ...args], {
      encoding: 'utf8',
    });

  test('draws pages, Mermaid and PNGs', () => {
    const { status, stdout } = chart(
      join(root, 'properties/scenarios/method-is-updated.txt'),
      '--out',
      folder,
      '--png',
    );
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(3);
    expect(readdirSync(folder).sort()).toEqual([
      'method-is-updated-1.png',
      'method-is-updated-1.svg',
      'method-is-updated-2.png',
      'method-is-updated-2.svg',
      'method-is-updated.mmd',
    ]);
    expect(readFileSync(join(folder, 'method-is-updated-1.svg'), 'utf8')).toContain('role="img"');
  });

  test.each([
    [['package.json', '--mermaid'], 'package.json is neither a trace (it is not JSON) nor a scenario (line 1: '],
    [['nothing.txt', '--mermaid'], 'nothing.txt cannot be read: '],
    [['package.json'], 'no output; add --out DIR'],
  ])('wrong usage exits with 2: %s', (args, says) => {
    expect(chart(...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(says) });
  });
});
