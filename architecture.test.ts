/**
 * The table of rooms in ARCHITECTURE.md, held against the imports of all files: static, dynamic and type-only. A room is
 * a folder. Its row names the rooms that it may import, all of which stand above it, so that rooms form no circle.
 * Tests may import any room: some hold a low folder against a higher one.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { slow } from './vitest.config.ts';

/** The specifiers that each source file imports. */
type Sources = ReadonlyMap<string, readonly string[]>;
type Row = { room: string; about: string; imports: readonly string[] };

const filesMax = 17;
const layers = ['machines', 'runtime', 'properties', 'diagrams'];
/** Everything else, such as `capif.ts` and examples/, is above all of them. */
const layerOf = (file: string) => {
  const layer = layers.indexOf(file.split('/')[0]!);
  return layer < 0 ? layers.length : layer;
};
const isTest = (file: string) => file.endsWith('.test.ts');
const roomsOfFixtures = ['testing', 'bench'];
const isFixture = (file: string) => roomsOfFixtures.some((room) => dirname(file).split('/').includes(room));
/** A file beside package.json is a room by itself: `capif.ts`. */
const roomOf = (file: string) => (dirname(file) === '.' ? file : dirname(file));

function importsOf(text: string): string[] {
  const statements =
    /^(?:import|export)\b[\w\s{},*]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\(\s*['"`]([^'"`]+)['"`]/gm;
  return [...text.matchAll(statements)].map(([, from, effect, dynamic]) => (from ?? effect ?? dynamic)!);
}

function readSources(): Sources {
  const folders = readdirSync('.', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$|dist$|docs$)/.test(entry.name))
    .map(({ name }) => name);
  const inFolders = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const files = [...readdirSync('.'), ...inFolders].filter((file) => /(?<!\.d|\.config)\.ts$/.test(file));
  return new Map(files.sort().map((file) => [file, importsOf(readFileSync(file, 'utf8'))]));
}

/** The rows of the table whose head begins with `| room |`. Imports are separated by spaces; `a/{b,c}` is `a/b a/c`. */
function readTable(markdown: string): Row[] {
  const [, table = ''] = markdown.match(/^\| room \|.*\n\|[-| ]*\n((?:\|.*\n)*)/m) ?? [];
  return [...table.matchAll(/^\| `([^`]+)` \|(.*)\|([^|]*)\|$/gm)].map(([, room, about, imports]) => ({
    room: room!,
    about: about!.trim(),
    imports: imports!.replaceAll('`', '').trim().split(/\s+/).filter(Boolean).flatMap(spelledOut),
  }));
}

function spelledOut(rooms: string): string[] {
  const [, folder, inside] = rooms.match(/^(.*)\/\{(.*)\}$/) ?? [];
  return inside === undefined ? [rooms] : inside.split(',').map((room) => `${folder}/${room}`);
}

function abbreviated(rooms: readonly string[]): string {
  const folders = [...new Set(rooms.map((room) => room.split('/')[0]!))];
  const written = folders.flatMap((folder) => {
    const inside = rooms.filter((room) => room.startsWith(`${folder}/`)).map((room) => room.slice(folder.length + 1));
    const braced = inside.length > 1 ? [`${folder}/{${inside.join(',')}}`] : inside.map((room) => `${folder}/${room}`);
    return rooms.includes(folder) ? [folder, ...braced] : braced;
  });
  return written.map((rooms) => `\`${rooms}\``).join(' ');
}

const local = (file: string, specifiers: readonly string[]) =>
  specifiers.filter((one) => one.startsWith('.')).map((one) => normalize(join(dirname(file), one)));

/** The rooms of a program, each with those that its files import. Tests are left out. */
function importsOfRooms(sources: Sources): Map<string, Set<string>> {
  const rooms = new Map<string, Set<string>>();
  for (const [file, specifiers] of sources) {
    if (isTest(file)) continue;
    const room = rooms.get(roomOf(file)) ?? new Set();
    for (const imported of local(file, specifiers)) room.add(roomOf(imported));
    room.delete(roomOf(file));
    rooms.set(roomOf(file), room);
  }
  return rooms;
}

function complaintsAboutTable(table: readonly Row[], sources: Sources): string[] {
  const rooms = importsOfRooms(sources);
  const rank = new Map(table.map(({ room }, n) => [room, n]));
  const missing = [...rooms.keys()].filter((room) => !rank.has(room));
  return [
    ...missing.map((room) => `${room} has no row.`),
    ...table.flatMap(({ room, imports }, n) => {
      const used = rooms.get(room);
      if (!used) return [`The row of ${room} has no folder with source files.`];
      return [
        ...imports.filter((one) => !used.has(one)).map((one) => `The row of ${room} names ${one}; no file imports it.`),
        ...imports
          .filter((one) => (rank.get(one) ?? n) > n)
          .map((one) => `${room} imports ${one}, whose row must stand above its own.`),
      ];
    }),
  ];
}

function complaintsAboutFile(file: string, specifiers: readonly string[], table: readonly Row[]): string[] {
  if (isTest(file)) return [];
  const room = roomOf(file);
  const row = table.find((one) => one.room === room);
  const foreign =
    room === 'machines' || room === 'machines/steps'
      ? specifiers.filter((one) => !one.startsWith('.') && one !== 'xstate')
      : [];
  return [
    ...foreign.map((one) => `${file} imports ${one}; machines may import xstate alone.`),
    ...local(file, specifiers).flatMap((imported) => [
      ...(row && roomOf(imported) !== room && !row.imports.includes(roomOf(imported))
        ? [`${file} imports ${imported}; the row of ${room} does not name ${roomOf(imported)}.`]
        : []),
      ...(layerOf(imported) > layerOf(file)
        ? [`${file} imports ${imported}; a folder imports only those below it: ${layers.join(', ')}.`]
        : []),
      ...(isFixture(imported) && !isFixture(file) ? [`${file} imports ${imported}, which is for tests.`] : []),
    ]),
  ];
}

/** One circle for each file that the search comes back to. */
function circles(sources: Sources): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  function visit(file: string, path: readonly string[]): void {
    if (path.includes(file)) return void found.push([...path.slice(path.indexOf(file)), file]);
    if (done.has(file)) return;
    for (const imported of local(file, sources.get(file) ?? [])) visit(imported, [...path, file]);
    done.add(file);
  }
  for (const file of sources.keys()) visit(file, []);
  return found;
}

function complaints(table: readonly Row[], sources: Sources): string[] {
  const sizes = [...importsOfRooms(sources).keys()].map((room) => ({
    room,
    size: [...sources.keys()].filter((file) => !isTest(file) && roomOf(file) === room).length,
  }));
  return [
    ...complaintsAboutTable(table, sources),
    ...[...sources].flatMap(([file, specifiers]) => complaintsAboutFile(file, specifiers, table)),
    ...circles(sources).map((circle) => `These files import each other in a circle: ${circle.join(' → ')}.`),
    ...sizes
      .filter(({ size }) => size > filesMax)
      .map(({ room, size }) => `${room} has ${size} source files; a room has ${filesMax} at most.`),
  ];
}

/** The rows that would be right, each below all that it imports as far as there is no circle. */
function exactRows(table: readonly Row[], sources: Sources): string {
  const rooms = importsOfRooms(sources);
  const placed: string[] = [];
  const place = (room: string, above: readonly string[]): void => {
    if (placed.includes(room) || above.includes(room)) return;
    for (const imported of [...(rooms.get(room) ?? [])].sort()) place(imported, [...above, room]);
    placed.push(room);
  };
  const inTable = table.map(({ room }) => room).filter((room) => rooms.has(room));
  const byLayer = layers.flatMap((layer) => [...rooms.keys()].sort().filter((room) => room.split('/')[0] === layer));
  for (const room of [...inTable, ...byLayer, ...rooms.keys()]) place(room, []);
  const about = new Map(table.map((row) => [row.room, row.about]));
  return placed
    .map(
      (room) =>
        `| \`${room}\` | ${about.get(room) ?? '?'} | ${abbreviated(placed.filter((one) => rooms.get(room)!.has(one)))} |`,
    )
    .join('\n');
}

test('every import is in the table of rooms, and everything in the table is imported', () => {
  const sources = readSources();
  const table = readTable(readFileSync('ARCHITECTURE.md', 'utf8'));
  const found = complaints(table, sources);

  if (found.length > 0) expect.fail(`${found.join('\n')}\n\nThe right rows:\n${exactRows(table, sources)}\n`);
});

test('each way to break the rules is named', () => {
  const table = readTable(`
| room | what it is | may import |
|---|---|---|
| \`machines\` | the protocol | |
| \`runtime\` | a driver | \`machines\` \`runtime/{core,wire}\` |
| \`runtime/wire\` | messages | \`machines\` |
| \`runtime/gone\` | nothing | |
`);
  const sources: Sources = new Map([
    ['machines/a.ts', ['xstate', './b.ts', 'node:fs']],
    ['machines/b.ts', ['./a.ts', '../runtime/driver.ts']],
    ['machines/b.test.ts', ['vitest', '../runtime/driver.ts']],
    ['runtime/driver.ts', ['./wire/w.ts', './testing/pki.ts']],
    ['runtime/testing/pki.ts', []],
    ['runtime/wire/w.ts', ['../../machines/a.ts']],
    ...Array.from({ length: filesMax }, (_, n): [string, string[]] => [`runtime/wire/${n}.ts`, []]),
  ]);

  expect(complaints(table, sources)).toEqual([
    'runtime/testing has no row.',
    'The row of runtime names machines; no file imports it.',
    'The row of runtime names runtime/core; no file imports it.',
    'runtime imports runtime/wire, whose row must stand above its own.',
    'The row of runtime/gone has no folder with source files.',
    'machines/a.ts imports node:fs; machines may import xstate alone.',
    'machines/b.ts imports runtime/driver.ts; the row of machines does not name runtime.',
    'machines/b.ts imports runtime/driver.ts; a folder imports only those below it: machines, runtime, properties, diagrams.',
    'runtime/driver.ts imports runtime/testing/pki.ts; the row of runtime does not name runtime/testing.',
    'runtime/driver.ts imports runtime/testing/pki.ts, which is for tests.',
    'These files import each other in a circle: machines/a.ts → machines/b.ts → machines/a.ts.',
    'These files import each other in a circle: machines/a.ts → machines/b.ts → runtime/driver.ts → runtime/wire/w.ts → machines/a.ts.',
    'runtime/wire has 18 source files; a room has 17 at most.',
  ]);
});

test('an import is found in each form that TypeScript has', () => {
  const text = `import './effect.ts';
import type { A } from './a.ts';
import {
  b,
  type C,
} from './b.ts';
export { d } from './d.ts';
const e: import('./e.ts').E = await import('./f.ts');
`;
  expect(importsOf(text)).toEqual(['./effect.ts', './a.ts', './b.ts', './d.ts', './e.ts', './f.ts']);
});

test('what the fast tests leave out is there', () => {
  expect(Object.keys(slow).filter((path) => !existsSync(path))).toEqual([]);
});
