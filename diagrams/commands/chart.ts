/** `capif chart`: draws a run as a message sequence chart. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Command } from 'commander';
import type { Sequence } from '../../properties/traces/sequence.ts';

const examples = `
Examples:
  capif chart run.ndjson --out /tmp/run           a recorded run ("capif run --trace run.ndjson")
  capif chart properties/scenarios/r3-publication-is-lost.txt --out /tmp/r3
                                                  a scenario or a counterexample
  capif chart run.ndjson --out /tmp/run --whole   one high picture instead of A4 pages
  capif chart run.ndjson --mermaid                Mermaid text, which GitHub shows as a picture

A trace is drawn as recorded; "capif trace" checks whether it is a run of the model.

Exit codes: 0 drawn; 2 wrong usage, or a file without a run; 3 internal error.
`;

type Options = { out?: string; whole?: true; png?: true; mermaid?: true; json?: true; quiet?: true };

export function addCommands(program: Command): void {
  program
    .command('chart')
    .description('draws a recorded run, a scenario or a counterexample as a message sequence chart (ITU-T Z.120)')
    .argument('<file>', 'a trace, or a scenario')
    .option('--out <dir>', 'the folder for SVGs and Mermaid')
    .option('--whole', 'one high picture instead of pages')
    .option('--png', 'with --out: also PNGs')
    .option('--mermaid', 'Mermaid on standard output, and no files')
    .option('--json', 'one JSON object on standard output: the sequence chart, and the names of the files')
    .option('--quiet', 'no output; only the exit code')
    .addHelpText('after', examples)
    .action(drawSequenceChart);
}

async function drawSequenceChart(this: Command, file: string, options: Options): Promise<void> {
  const { out, whole, png, mermaid, json, quiet } = options;
  if (out === undefined && !mermaid && !json) this.error('error: no output; add --out DIR, --mermaid or --json');
  const sequence = await sequenceIn(file, this);
  if (mermaid) {
    const { sequenceMermaid } = await import('../sequence/mermaid.ts');
    process.stdout.write(sequenceMermaid(sequence));
    return;
  }
  // Fonts take a while to load, so that only drawing loads them.
  const { sequenceFiles } = await import('../sequence/files.ts');
  const { sequenceScenes } = await import('../sequence/scenes.ts');
  const name = basename(file, extname(file)).replaceAll(/[^\w-]+/g, '-');
  const scenes = sequenceScenes(
    sequence,
    { id: name, title: name, description: `Message sequence chart of ${name}.` },
    whole,
  );
  const files = out === undefined ? new Map<string, string>() : sequenceFiles(name, sequence, scenes);
  if (out !== undefined) mkdirSync(out, { recursive: true });
  for (const [path, text] of files) writeFileSync(join(out ?? '', path), text);
  if (png && out !== undefined) {
    const { pngOf } = await import('../scene/png.ts');
    for (const scene of scenes) writeFileSync(join(out, `${scene.id}.png`), pngOf(scene, 'light'));
  }
  if (json) return console.log(JSON.stringify({ schema: 1, files: [...files.keys()], ...sequence }));
  if (!quiet) for (const path of files.keys()) console.log(join(out ?? '', path));
}

async function sequenceIn(file: string, command: Command): Promise<Sequence> {
  const { NotARun, readRun, sequenceOfRun } = await import('../sequence/run-file.ts');
  try {
    return sequenceOfRun(readRun(file));
  } catch (error) {
    if (error instanceof NotARun) command.error(`error: ${error.message}`);
    throw error;
  }
}
