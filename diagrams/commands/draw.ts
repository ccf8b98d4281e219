/** `capif draw`: figures and tables of the machines, or what a run did on them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { settings } from '../../properties/model/setting.ts';
import type { Difference } from '../drawn-check.ts';
import type { Drawn, Files } from '../files.ts';
import type { Life } from '../state-chart/coverage.ts';

const examples = `
Examples:
  capif draw                       draws diagrams/drawn again
  capif draw --check               says what there is no longer what the machines are
  capif draw --out /tmp/figures --png
                                   ... elsewhere, with PNGs beside the SVGs
  capif draw --path run.ndjson --out /tmp/run
                                   the steps of a recorded run, numbered by its lines, on the figures
  capif draw --path properties/scenarios/r29-cached-key-is-stale.txt --out /tmp/r29
                                   ... of a scenario or a counterexample, numbered by its moves
  capif draw --path run.ndjson --count --out /tmp/run
                                   how often instead of when; what was never taken stands out
  capif draw --explored lossy --amendments none --out /tmp/lossy
                                   ... in all worlds of a setting of "capif verify"

Exit codes: 0 drawn, or all as drawn; 1 with --check something differs; 2 wrong usage; 3 internal error.
`;

const committed = 'diagrams/drawn';

type Options = {
  out?: string;
  check?: true;
  path?: string;
  count?: true;
  explored?: string;
  amendments: 'all' | 'none';
  png?: true;
  json?: true;
  quiet?: true;
};

export function addCommands(program: Command): void {
  program
    .command('draw')
    .description('draws every machine, as written and amended: figures, tables, and text for other tools')
    .option('--out <dir>', `where the files are (default: ${committed})`)
    .option('--check', 'write nothing; compare what is there with what would be drawn')
    .option('--path <file>', 'a trace or a scenario: its steps on the figures, in --out')
    .option('--count', 'with --path: how often each transition was taken')
    .addOption(
      new Option('--explored <setting>', 'how often in this setting').choices(settings.map(({ name }) => name)),
    )
    .addOption(new Option('--amendments <which>', 'with --explored').choices(['all', 'none']).default('all'))
    .option('--png', 'PNGs too, in light and dark')
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'say nothing; the exit code tells')
    .addHelpText('after', examples)
    .action(draw);
}

async function draw(this: Command, options: Options): Promise<void> {
  const { out = committed, check } = options;
  const isMarked = options.path !== undefined || options.explored !== undefined;
  if (isMarked && options.out === undefined)
    this.error('error: say where with --out; this is no part of what is committed');
  if (isMarked && check) this.error('error: --check compares what is committed, and no run is');
  // Layout and fonts take a while to load: only for those who draw.
  const { changeRequest, drawAll, drawLife, figureFiles, filesOf } = await import('../files.ts');
  const { differences } = await import('../drawn-check.ts');
  const drawn: Drawn[] = [];
  if (isMarked) for (const life of await livesOf(this, options)) drawn.push(await drawLife(life));
  else drawn.push(...(await drawAll()));
  const files = isMarked ? figureFiles(drawn) : filesOf(drawn, await changeRequest());
  const differing = check ? differences(out, files) : [];
  process.exitCode = differing.length > 0 ? 1 : 0;
  if (!check) write(out, files);
  if (options.png && !check) await writePngs(out, drawn);
  tell(options, out, drawn, files, differing);
}

async function livesOf(command: Command, { path = '', count, explored, amendments }: Options): Promise<Life[]> {
  const { counted, exploredIn, livesIn, livesOf } = await import('../state-chart/coverage.ts');
  const setting = settings.find(({ name }) => name === explored);
  if (setting) return exploredIn({ ...setting, amendments: amendments === 'all' ? allAmendments : asWritten });
  const { NoRun, runIn } = await import('../state-chart/run-file.ts');
  try {
    const told = runIn(path);
    const lives = told.kind === 'trace' ? livesOf(told.lines) : livesIn(told.played);
    return lives.map((life) => (count ? counted(life) : life));
  } catch (error) {
    if (error instanceof NoRun) command.error(`error: ${error.message}`);
    throw error;
  }
}

function tell(
  { check, json, quiet }: Options,
  out: string,
  drawn: readonly Drawn[],
  files: Files,
  differing: readonly Difference[],
): void {
  const unreadable = drawn
    .flatMap(({ figures }) => figures)
    .filter(({ fits }) => !fits)
    .map(({ scene }) => scene.id);
  if (json)
    return void console.log(JSON.stringify({ schema: 1, out, files: [...files.keys()], differing, unreadable }));
  for (const id of unreadable) process.stderr.write(`capif: ${id} has words below 7 pt on A4 portrait\n`);
  if (quiet) return;
  for (const { name, how } of differing) console.log(`${join(out, name)}: ${how}`);
  const figures = drawn.flatMap(({ figures }) => figures).length;
  if (!check) console.log(`${files.size} files, ${figures} of them figures, are in ${out}`);
  else if (differing.length === 0) console.log(`${out} is as drawn`);
  else console.log(`${differing.length} files differ; draw them with: capif draw`);
}

function write(out: string, files: Files): void {
  for (const [name, text] of files) {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, name), text);
  }
}

async function writePngs(out: string, drawn: readonly Drawn[]): Promise<void> {
  const { pngOf } = await import('../scene/png.ts');
  for (const { folder, figures } of drawn) {
    for (const { scene } of figures) {
      for (const scheme of ['light', 'dark'] as const) {
        const name = `${scene.id}${scheme === 'dark' ? '-dark' : ''}.png`;
        writeFileSync(join(out, folder, name), pngOf(scene, scheme));
      }
    }
  }
}
