/** Compares the files in a folder with the files that `capif draw` would write. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Files } from './files.ts';
import { sameDocument } from './word/package.ts';

export type Mismatch = { name: string; how: 'differs' | 'is missing' | 'is no longer drawn' };

/** PNGs are not compared, because they are rendered from figures that are. */
export function mismatches(out: string, files: Files): Mismatch[] {
  const there = new Map(filesIn(out).map((name) => [name, readFileSync(join(out, name))]));
  const changed = [...files].flatMap(([name, text]): Mismatch[] => {
    const own = there.get(name);
    return own && isSame(own, text) ? [] : [{ name, how: own === undefined ? 'is missing' : 'differs' }];
  });
  const undrawn = [...there.keys()].filter((name) => !files.has(name));
  return [...changed, ...undrawn.map((name): Mismatch => ({ name, how: 'is no longer drawn' }))];
}

const isSame = (own: Buffer, other: string | Uint8Array) =>
  typeof other === 'string' ? own.toString() === other : sameDocument(own, other);

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.png'))
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
  } catch {
    return [];
  }
}
