/** `capif draw`: figures and tables of the machines, their text formats, or the steps of a run on the figures. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { settings } from '../../properties/model/setting.ts';
import type { Mismatch } from '../drawn-check.ts';
import type { DrawnMachine } from '../figure/figures.ts';
import type { Files } from '../files.ts';
import type { Life } from '../state-chart/coverage.ts';
import { type FormatName, formatNames, isFormatName } from '../text/formats.ts';

const examples = `
Formats: ${formatNames.join(', ')}; or all

Examples:
  capif draw                       redraws diagrams/drawn
  capif draw --check               tells which committed files no longer match the machines
  capif draw --out /tmp/figures --png
                                   draws elsewhere, with PNGs beside the SVGs
  capif draw --format puml,scxml --out /tmp/machines
                                   all machines in PlantUML and SCXML; no figures
  capif draw --path run.ndjson --out /tmp/run
                                   the steps of a recorded run on the figures, numbered by its lines
  capif draw --path properties/scenarios/r29-cached-key-is-stale.txt --out /tmp/r29
                                   the steps of a scenario or a counterexample, numbered by its actions
  capif draw --path run.ndjson --count --out /tmp/run
                                   counts instead of numbers; transitions that were never taken stand out
  capif draw --explored lossy --amendments none --out /tmp/lossy
                                   counts over all reachable states of a setting of "capif verify"

Exit codes: 0 drawn, or no file differs; 1 with --check a file differs; 2 wrong usage; 3 internal error.
`;

const committed = 'diagrams/drawn';

type Options = {
  out?: string;
  check?: true;
  format?: readonly FormatName[];
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
    .description('draws every machine, as written and amended: figures, tables, and text formats for other tools')
    .option('--out <dir>', `the folder of the files (default: ${committed})`)
    .option('--check', 'write nothing; compare the files in the folder with the machines')
    .option('--format <list>', 'text formats, separated by commas, instead of figures; with --out', readFormats)
    .option('--path <file>', 'the steps of a trace or a scenario on the figures; with --out')
    .option('--count', 'with --path: how many times each transition was taken')
    .addOption(
      new Option('--explored <setting>', 'how many times each transition is taken in this setting; with --out').choices(
        settings.map(({ name }) => name),
      ),
    )
    .addOption(new Option('--amendments <which>', 'with --explored').choices(['all', 'none']).default('all'))
    .option('--png', 'also PNGs, in light and dark')
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'no output; only the exit code')
    .addHelpText('after', examples)
    .action(draw);
}

function readFormats(list: string): readonly FormatName[] {
  if (list === 'all') return formatNames;
  return list.split(',').map((name) => {
    if (isFormatName(name)) return name;
    throw new InvalidArgumentError(`"${name}" is not a format; the formats are ${formatNames.join(', ')}, or all.`);
  });
}

async function draw(this: Command, options: Options): Promise<void> {
  const { out = committed, check, format, path, explored } = options;
  const kinds = [format && '--format', path !== undefined && '--path', explored !== undefined && '--explored'];
  const [kind, other] = kinds.filter((each) => typeof each === 'string');
  if (kind && other) this.error(`error: ${kind} and ${other} exclude each other`);
  if (kind && options.out === undefined) this.error(`error: ${kind} needs a folder: --out DIR`);
  if (kind && check) this.error(`error: --check compares the committed files, and ${kind} is not part of them`);
  if (format) return drawFormats(this, format, out, options);
  // Layout and fonts take a while to load, so that only drawing loads them.
  const { changeRequest, drawAll, drawLife, figureFiles, filesOf } = await import('../files.ts');
  const { mismatches } = await import('../drawn-check.ts');
  const drawn: DrawnMachine[] = [];
  if (kind) for (const life of await livesOf(this, options)) drawn.push(await drawLife(life));
  else drawn.push(...(await drawAll()));
  const files = kind ? figureFiles(drawn) : filesOf(drawn, await changeRequest());
  if (!check) write(out, files);
  if (!check && options.png) await writePngs(out, drawn);
  const differing = check || out === committed ? mismatches(out, files) : [];
  process.exitCode = check && differing.length > 0 ? 1 : 0;
  tell(options, out, drawn, files, differing);
}

async function drawFormats(
  command: Command,
  format: readonly FormatName[],
  out: string,
  { png, json, quiet }: Options,
): Promise<void> {
  if (png) command.error('error: --format writes text only; leave out --png');
  const { formatFiles } = await import('../format-files.ts');
  const files = formatFiles(format);
  write(out, files);
  if (json) console.log(JSON.stringify({ schema: 1, out, files: [...files.keys()], differing: [], unreadable: [] }));
  else if (!quiet) console.log(`${files.size} files are in ${out}`);
}

async function livesOf(command: Command, { path = '', count, explored, amendments }: Options): Promise<Life[]> {
  const { livesInConfiguration, livesInScenario, livesInTrace, withCounts } = await import(
    '../state-chart/coverage.ts'
  );
  const setting = settings.find(({ name }) => name === explored);
  if (setting)
    return livesInConfiguration({ ...setting, amendments: amendments === 'all' ? allAmendments : asWritten });
  const { NotARun, readRun } = await import('../sequence/run-file.ts');
  try {
    const run = readRun(path);
    const lives = run.kind === 'trace' ? livesInTrace(run.lines) : livesInScenario(run.played);
    return lives.map((life) => (count ? withCounts(life) : life));
  } catch (error) {
    if (error instanceof NotARun) command.error(`error: ${error.message}`);
    throw error;
  }
}

function tell(
  { check, json, quiet }: Options,
  out: string,
  drawn: readonly DrawnMachine[],
  files: Files,
  differing: readonly Mismatch[],
): void {
  const figures = drawn.flatMap((each) => each.figures);
  const unreadable = figures.filter(({ isLegible }) => !isLegible).map(({ scene }) => scene.id);
  if (json) return console.log(JSON.stringify({ schema: 1, out, files: [...files.keys()], differing, unreadable }));
  for (const id of unreadable) process.stderr.write(`capif: ${id} cannot be read on A4 portrait\n`);
  if (quiet) return;
  for (const { name, how } of differing) console.log(`${join(out, name)}: ${how}`);
  if (!check) console.log(`${files.size} files, ${figures.length} of them figures, are in ${out}`);
  else if (differing.length === 0) console.log(`${out} is up to date`);
  else console.log(`${differing.length} files differ; redraw them with: capif draw`);
}

function write(out: string, files: Files): void {
  for (const [name, text] of files) {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, name), text);
  }
}

async function writePngs(out: string, drawn: readonly DrawnMachine[]): Promise<void> {
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
