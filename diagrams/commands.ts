/** `capif draw`: figures and tables of the machines. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Command } from 'commander';
import type { Drawn } from './files.ts';

const examples = `
Examples:
  capif draw                       draws diagrams/drawn again
  capif draw --check               says what there no longer is what the machines are
  capif draw --out /tmp/figures --png
                                   ... elsewhere, with PNGs beside the SVGs

Exit codes: 0 drawn, or all as drawn; 1 with --check something differs; 2 wrong usage; 3 internal error.
`;

type Options = { out: string; check?: true; png?: true; json?: true; quiet?: true };

export function addCommands(program: Command): void {
  program
    .command('draw')
    .description('draws every machine, as written and amended: figures, tables, and text for other tools')
    .option('--out <dir>', 'where the files are', 'diagrams/drawn')
    .option('--check', 'write nothing; compare what is there with what would be drawn')
    .option('--png', 'PNGs too, in light and dark')
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'say nothing; the exit code tells')
    .addHelpText('after', examples)
    .action(draw);
}

async function draw({ out, check, png, json, quiet }: Options): Promise<void> {
  // Layout and fonts take a while to load: only for those who draw.
  const { drawAll, filesOf } = await import('./files.ts');
  const drawn = await drawAll();
  const files = filesOf(drawn);
  const unreadable = drawn.flatMap(({ figures }) => figures.filter(({ fits }) => !fits).map(({ scene }) => scene.id));
  for (const id of unreadable) process.stderr.write(`capif: ${id} cannot be read on A4\n`);
  const differing = check ? differences(out, files) : [];
  process.exitCode = differing.length > 0 ? 1 : 0;
  if (!check) write(out, files);
  if (png && !check) await writePngs(out, drawn);
  if (json)
    return void console.log(JSON.stringify({ schema: 1, out, files: [...files.keys()], differing, unreadable }));
  if (quiet) return;
  for (const { name, how } of differing) console.log(`${join(out, name)}: ${how}`);
  const figures = drawn.flatMap(({ figures }) => figures).length;
  if (!check) console.log(`${files.size} files, ${figures} of them figures, are in ${out}`);
  else if (differing.length === 0) console.log(`${out} is as drawn`);
  else console.log(`${differing.length} files differ; draw them with: capif draw`);
}

function write(out: string, files: ReadonlyMap<string, string>): void {
  for (const [name, text] of files) {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, name), text);
  }
}

async function writePngs(out: string, drawn: readonly Drawn[]): Promise<void> {
  const { pngOf } = await import('./png.ts');
  for (const { folder, figures } of drawn) {
    for (const { scene } of figures) {
      for (const scheme of ['light', 'dark'] as const) {
        writeFileSync(join(out, folder, `${scene.id}${scheme === 'dark' ? '-dark' : ''}.png`), pngOf(scene, scheme));
      }
    }
  }
}

type Difference = { name: string; how: 'differs' | 'is missing' | 'is not drawn' };

/** Pictures in PNG are not compared: they are made from figures that are. */
export function differences(out: string, files: ReadonlyMap<string, string>): Difference[] {
  const there = new Map(filesIn(out).map((name) => [name, readFileSync(join(out, name), 'utf8')]));
  const changed = [...files].flatMap(([name, text]): Difference[] => {
    const own = there.get(name);
    return own === text ? [] : [{ name, how: own === undefined ? 'is missing' : 'differs' }];
  });
  const strange = [...there.keys()].filter((name) => !files.has(name));
  return [...changed, ...strange.map((name): Difference => ({ name, how: 'is not drawn' }))];
}

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
