/** `capif chart`: a run as a message sequence chart, drawn. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Command } from 'commander';

const examples = `
Examples:
  capif chart run.ndjson --out /tmp/run           of a recorded run ("capif run --trace run.ndjson")
  capif chart properties/scenarios/r3-publication-is-lost.txt --out /tmp/r3
                                                  of a scenario, or of a counterexample
  capif chart run.ndjson --out /tmp/run --whole   one high picture instead of pages (A4 portrait)
  capif chart run.ndjson --mermaid                as text that GitHub shows as a picture

A trace is drawn as it was recorded; "capif trace" says whether it is a run of the model.

Exit codes: 0 drawn; 2 wrong usage, or a file that tells of no run; 3 internal error.
`;

type Options = { out?: string; whole?: true; png?: true; mermaid?: true; json?: true; quiet?: true };

export function addCommands(program: Command): void {
  program
    .command('chart')
    .description('draws a recorded run, a scenario or a counterexample as a message sequence chart (ITU-T Z.120)')
    .argument('<file>', 'a trace, or a scenario')
    .option('--out <dir>', 'SVGs and Mermaid there')
    .option('--whole', 'one picture, however high')
    .option('--png', 'with --out: PNGs too')
    .option('--mermaid', 'Mermaid on standard output, and no files')
    .option('--json', 'one JSON object on standard output: the chart, and the names of the files')
    .option('--quiet', 'say nothing; the exit code tells')
    .addHelpText('after', examples)
    .action(chart);
}

async function chart(this: Command, file: string, options: Options): Promise<void> {
  const { out, whole, png, mermaid, json, quiet } = options;
  if (out === undefined && !mermaid && !json) this.error('error: say where with --out, or ask for --mermaid or --json');
  const { NoRun, runIn } = await import('../state-chart/run-file.ts');
  const { sequenceOfRun, sequenceFiles } = await import('../sequence/files.ts');
  const { sequenceScenes } = await import('../sequence/sequence.ts');
  const { sequenceMermaid } = await import('../sequence/mermaid.ts');
  try {
    const sequence = sequenceOfRun(runIn(file));
    if (mermaid) return void process.stdout.write(sequenceMermaid(sequence));
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
    if (json) return void console.log(JSON.stringify({ schema: 1, files: [...files.keys()], ...sequence }));
    if (!quiet) for (const path of files.keys()) console.log(join(out ?? '', path));
  } catch (error) {
    if (error instanceof NoRun) this.error(`error: ${error.message}`);
    throw error;
  }
}
