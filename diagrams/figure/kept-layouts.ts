/**
 * Keeps what elkjs has laid out, by a hash of the whole graph and of elkjs itself. A file that was cut off, changed, or
 * written for another graph is as good as none: its graph is laid out again.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ElkNode } from 'elkjs/lib/elk.bundled.js';

export type LayOut = (graph: ElkNode) => Promise<ElkNode>;

const { resolve } = createRequire(import.meta.url);
/** Beside elkjs: what is installed again begins without. */
export const layoutsFolder = join(dirname(resolve('elkjs/package.json')), '../.cache/capif-layouts');
/** All figures take some 400. When there are more, all are forgotten. */
export const keptMax = 2000;

const hashOf = (...texts: (string | Buffer)[]) => {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return hash.digest('hex');
};

/** Lays out a graph, unless the folder has its layout. A folder that cannot be written keeps nothing. */
export function keptIn(folder: string): LayOut {
  let elk: Promise<LayOut> | undefined;
  let version: string | undefined;
  makeRoomIn(folder);
  return async (graph) => {
    version ??= hashOf(readFileSync(resolve('elkjs/lib/elk.bundled.js')));
    const key = hashOf(version, JSON.stringify(graph));
    const path = join(folder, key);
    const known = readKept(path, key);
    if (known !== undefined) return JSON.parse(known);
    elk ??= loadElk();
    const layout = JSON.stringify(await (await elk)(graph), withoutCounts);
    keep(folder, path, `${hashOf(key, layout)}\n${layout}`);
    return JSON.parse(layout);
  };
}

/** elkjs counts what it has laid out so far in `$H`. */
const withoutCounts = (name: string, value: unknown) => (name === '$H' ? undefined : value);

/** Takes half a second, and is needed for what was not laid out before. */
async function loadElk(): Promise<LayOut> {
  const { default: elkjs } = await import('elkjs/lib/elk.bundled.js');
  const elk = new elkjs.default();
  return (graph) => elk.layout(graph);
}

function readKept(path: string, key: string): string | undefined {
  try {
    const [hash, layout = ''] = readFileSync(path, 'utf8').split('\n');
    return hash === hashOf(key, layout) ? layout : undefined;
  } catch {
    return undefined;
  }
}

/** Another process may read it meanwhile, so it is there as a whole or not at all. */
function keep(folder: string, path: string, text: string): void {
  const unfinished = join(folder, randomUUID());
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(unfinished, text);
    renameSync(unfinished, path);
  } catch {
    // It is laid out again next time. What was written of it goes when all are forgotten.
  }
}

function makeRoomIn(folder: string): void {
  try {
    if (readdirSync(folder).length > keptMax) rmSync(folder, { recursive: true });
  } catch {
    // There is nothing yet, or another process has removed it.
  }
}
