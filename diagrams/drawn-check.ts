/** What is committed, compared with what would be drawn. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Files } from './files.ts';
import { sameDocument } from './word/package.ts';

export type Difference = { name: string; how: 'differs' | 'is missing' | 'is not drawn' };

/** Pictures in PNG are not compared: they are made from figures that are. */
export function differences(out: string, files: Files): Difference[] {
  const there = new Map(filesIn(out).map((name) => [name, readFileSync(join(out, name))]));
  const changed = [...files].flatMap(([name, text]): Difference[] => {
    const own = there.get(name);
    return own && isSame(own, text) ? [] : [{ name, how: own === undefined ? 'is missing' : 'differs' }];
  });
  const strange = [...there.keys()].filter((name) => !files.has(name));
  return [...changed, ...strange.map((name): Difference => ({ name, how: 'is not drawn' }))];
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
