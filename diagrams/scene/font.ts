/**
 * The printed width of a text, measured in Arimo. Its letters are exactly as wide as those of Arial, Helvetica and
 * Liberation Sans, so that a figure fits with any of these fonts.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export type Face = 'regular' | 'bold' | 'italic';

const files: Record<Face, string> = {
  regular: '400Regular/Arimo_400Regular.ttf',
  bold: '700Bold/Arimo_700Bold.ttf',
  italic: '400Regular_Italic/Arimo_400Regular_Italic.ttf',
};
const { resolve } = createRequire(import.meta.url);
const fileOf = (face: Face) => resolve(`@expo-google-fonts/arimo/${files[face]}`);

export const fontFiles: readonly string[] = Object.keys(files).map((face) => fileOf(face as Face));
export const fontFamily = 'Arial, Arimo, "Liberation Sans", Helvetica, sans-serif';
/** Height above and depth below the baseline, as a fraction of the font size. */
export const ascent = 0.905;
export const descent = 0.212;

/** In the unit of `size`. A viewer takes a character that the font lacks from another font: it gets the space of the widest. */
export function widthOf(text: string, size: number, face: Face = 'regular'): number {
  const { advances, unitsPerEm } = metricsOf(face);
  let width = 0;
  for (const character of text) {
    width += advances.get(character.codePointAt(0) ?? 0) ?? unitsPerEm;
  }
  return (width * size) / unitsPerEm;
}

/** Whether the font has every character, so that a figure looks the same everywhere. */
export const hasGlyphs = (text: string, face: Face = 'regular'): boolean =>
  [...text].every((character) => metricsOf(face).advances.has(character.codePointAt(0) ?? 0));

type Metrics = { unitsPerEm: number; advances: ReadonlyMap<number, number> };
const read = new Map<Face, Metrics>();

function metricsOf(face: Face): Metrics {
  const known = read.get(face) ?? readMetrics(readFileSync(fileOf(face)));
  read.set(face, known);
  return known;
}

/** In a TrueType file `head` has the unit, `hmtx` the width of each glyph, and `cmap` the glyph of each character. */
function readMetrics(file: Buffer): Metrics {
  const tables = new Map<string, number>();
  for (let n = 0; n < file.readUInt16BE(4); n++) {
    const entry = 12 + 16 * n;
    tables.set(file.toString('latin1', entry, entry + 4), file.readUInt32BE(entry + 8));
  }
  const table = (name: string) => {
    const start = tables.get(name);
    if (start === undefined) throw new Error(`the font has no table "${name}"`);
    return start;
  };
  const widths = file.readUInt16BE(table('hhea') + 34);
  const advance = (glyph: number) => file.readUInt16BE(table('hmtx') + 4 * Math.min(glyph, widths - 1));
  return {
    unitsPerEm: file.readUInt16BE(table('head') + 18),
    advances: new Map([...glyphs(file, table('cmap'))].map(([character, glyph]) => [character, advance(glyph)])),
  };
}

/** Format 4: segments of the Basic Multilingual Plane, which is enough for diagrams. */
function* glyphs(file: Buffer, cmap: number): Generator<[character: number, glyph: number]> {
  const start = cmap + unicodeTable(file, cmap);
  const segments = file.readUInt16BE(start + 6) / 2;
  const [ends, starts] = [start + 14, start + 16 + 2 * segments];
  const [deltas, offsets] = [starts + 2 * segments, starts + 4 * segments];
  for (let n = 0; n < segments; n++) {
    const [first, last] = [file.readUInt16BE(starts + 2 * n), file.readUInt16BE(ends + 2 * n)];
    const [delta, offset] = [file.readUInt16BE(deltas + 2 * n), file.readUInt16BE(offsets + 2 * n)];
    for (let character = first; character <= last && character < 0xffff; character++) {
      const listed = offset === 0 ? character : file.readUInt16BE(offsets + 2 * n + offset + 2 * (character - first));
      const glyph = listed === 0 ? 0 : (listed + delta) % 0x10000;
      if (glyph !== 0) yield [character, glyph];
    }
  }
}

function unicodeTable(file: Buffer, cmap: number): number {
  for (let n = 0; n < file.readUInt16BE(cmap + 2); n++) {
    const entry = cmap + 4 + 8 * n;
    const offset = file.readUInt32BE(entry + 4);
    if (file.readUInt16BE(entry) === 3 && file.readUInt16BE(cmap + offset) === 4) return offset;
  }
  throw new Error('the font maps no Unicode characters in format 4');
}
