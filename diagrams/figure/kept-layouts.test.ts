/** Kept layouts: the same graph is laid out once, and nothing that was not laid out for it is ever taken. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElkNode } from 'elkjs/lib/elk.bundled.js';
import { afterAll, expect, test } from 'vitest';
import { keptIn, keptMax } from './kept-layouts.ts';

const all = mkdtempSync(join(tmpdir(), 'capif-layouts-'));
afterAll(() => rmSync(all, { recursive: true }));
const newFolder = () => mkdtempSync(join(all, 'kept-'));

const graphOf = (width: number): ElkNode => ({
  id: 'graph',
  layoutOptions: { 'elk.algorithm': 'layered', 'elk.hierarchyHandling': 'INCLUDE_CHILDREN' },
  children: [
    { id: 'one', width, height: 20 },
    { id: 'frame', children: [{ id: 'two', width: 30, height: 20 }] },
  ],
  edges: [
    { id: 'there', sources: ['one'], targets: ['two'], labels: [{ id: 'there~label', width: 25, height: 10 }] },
    { id: 'back', sources: ['two'], targets: ['one'] },
  ],
});
const onlyFileIn = (folder: string) => {
  const [name, ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  return join(folder, name!);
};

test('a graph is laid out once, and what is kept is what elkjs says again', async () => {
  const folder = newFolder();
  const laidOut = await keptIn(folder)(graphOf(40));
  const file = onlyFileIn(folder);
  const written = statSync(file).ino;

  expect(laidOut.children?.[0]).toMatchObject({ id: 'one', x: expect.any(Number), y: expect.any(Number) });
  expect(await keptIn(folder)(graphOf(40))).toEqual(laidOut);
  expect(statSync(file).ino).toBe(written);
  expect(await keptIn(newFolder())(graphOf(40))).toEqual(laidOut);
});

test('another graph has a layout of its own', async () => {
  const folder = newFolder();
  const layOut = keptIn(folder);
  expect((await layOut(graphOf(40))).width).not.toBe((await layOut(graphOf(90))).width);
  expect(readdirSync(folder)).toHaveLength(2);
});

test.each([
  ['is empty', () => ''],
  ['was cut off', (text: string) => text.slice(0, -3)],
  ['has another number in it', (text: string) => text.replace('"width":40', '"width":41')],
  ['was written for another graph', (_: string, other: string) => other],
])('a kept layout that %s is not taken, and mended', async (_, changed) => {
  const [folder, other] = [newFolder(), newFolder()];
  const laidOut = await keptIn(folder)(graphOf(40));
  await keptIn(other)(graphOf(90));
  const file = onlyFileIn(folder);
  const text = readFileSync(file, 'utf8');
  const wrong = changed(text, readFileSync(onlyFileIn(other), 'utf8'));
  expect(wrong).not.toBe(text);

  writeFileSync(file, wrong);
  expect(await keptIn(folder)(graphOf(40))).toEqual(laidOut);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('where nothing can be kept, a graph is laid out each time', async () => {
  const file = join(newFolder(), 'file');
  writeFileSync(file, '');
  const layOut = keptIn(join(file, 'folder'));
  expect(await layOut(graphOf(40))).toEqual(await layOut(graphOf(40)));
});

test('when more are kept than all figures need, all are forgotten', async () => {
  const folder = newFolder();
  for (let n = 0; n <= keptMax; n++) writeFileSync(join(folder, `${n}`), '');
  await keptIn(folder)(graphOf(40));
  expect(readdirSync(folder)).toHaveLength(1);
});
