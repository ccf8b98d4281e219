/** `capif diff`: the changes from one version of the machines to another, as lines, tables and figures. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Difference } from '../state-chart/difference.ts';

const examples = `
OLD and NEW are each
  as-written, amended   the machines of this checkout, without and with all amendments
  FILE.json             one machine in the format chart-json or xstate-json of "capif draw"
  anything else         a revision in git, as in main~3, v1.2 or 4f2c9d1; see --amendments

Examples:
  capif diff as-written amended             the proposed change request
  capif diff main~1 amended                 the changes of the working tree
  capif diff main~5 main --machine apiInvoker --out /tmp/review
                                            also one figure of both versions, and tables
  capif diff old.json diagrams/drawn/amended/apiInvoker.xstate.json

Guards, actions, actors and delays are compared by name and constant parameters, not by their code.

Exit codes: 0 no difference; 1 a difference; 2 wrong usage, or no such version; 3 internal error.
`;

type Options = {
  machine?: string;
  amendments: 'all' | 'none';
  out?: string;
  png?: true;
  json?: true;
  quiet?: true;
};

export function addCommands(program: Command): void {
  program
    .command('diff')
    .description('compares two versions of the machines: lines, tables and one figure of both')
    .argument('<old>', 'the version before')
    .argument('<new>', 'the version after')
    .option('--machine <name>', 'only this machine')
    .addOption(
      new Option('--amendments <which>', 'the amendments of a git revision').choices(['all', 'none']).default('all'),
    )
    .option('--out <dir>', 'the folder for figures (SVG) and tables (Markdown, CSV)')
    .option('--png', 'with --out: also PNGs')
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'no output; only the exit code')
    .addHelpText('after', examples)
    .action(diff);
}

async function diff(this: Command, oldName: string, newName: string, options: Options): Promise<void> {
  const { machine, amendments, out, png, json, quiet } = options;
  if (png && out === undefined) this.error('error: --png needs a folder: --out DIR');
  const { UnknownVersion, versionOf } = await import('../state-chart/versions.ts');
  const { differencesOf } = await import('../state-chart/difference.ts');
  const { changeLines, changeCounts } = await import('../tables/change-tables.ts');
  const versions = [];
  for (const name of [oldName, newName]) {
    try {
      versions.push(await versionOf(name, amendments));
    } catch (error) {
      if (error instanceof UnknownVersion) this.error(`error: ${error.message}`);
      throw error;
    }
  }
  const [old, now] = versions;
  if (!old || !now) return;
  const known = [...new Set([...old.charts, ...now.charts].map((chart) => chart.machine))];
  if (machine !== undefined && !known.includes(machine)) {
    this.error(`error: "${machine}" is not a machine; the machines are ${known.join(', ')}`);
  }
  const differences = differencesOf(old, now).filter(
    ({ changes }) => machine === undefined || changes.machine === machine,
  );
  process.exitCode = differences.length > 0 ? 1 : 0;
  if (out !== undefined) await write(out, differences, `# From ${old.label} to ${now.label}`, png === true);
  if (json)
    return console.log(
      JSON.stringify({ schema: 1, old: oldName, new: newName, machines: differences.map(({ changes }) => changes) }),
    );
  if (quiet) return;
  if (differences.length === 0) console.log(`no difference from ${old.label} to ${now.label}`);
  for (const { changes } of differences) {
    console.log(`${changes.machine}: ${changeCounts(changes)}`);
    for (const line of changeLines(changes)) console.log(`  ${line}`);
  }
}

async function write(out: string, differences: readonly Difference[], heading: string, png: boolean): Promise<void> {
  const { differenceFiles, drawDifferences } = await import('../difference-files.ts');
  const drawn = await drawDifferences(differences);
  mkdirSync(out, { recursive: true });
  for (const [name, text] of differenceFiles(drawn, heading)) writeFileSync(join(out, name), text);
  if (!png) return;
  const { pngOf } = await import('../scene/png.ts');
  for (const { figures } of drawn) {
    for (const { scene } of figures) writeFileSync(join(out, `${scene.id}.png`), pngOf(scene, 'light'));
  }
}
