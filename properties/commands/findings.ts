/** `capif findings`: the pages under properties/findings/, generated from the machines. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { allPages, findingsFolder } from '../gaps/pages.ts';

const examples = `
Examples:
  capif findings            generate the pages again
  capif findings --check    exit with 1 if a page differs from what the machines say
`;

export function addCommands(program: Command): void {
  program
    .command('findings')
    .description(
      'generates the pages about the gaps of clause 6.7: a run that shows each gap, and wording that closes it',
    )
    .option('--out <folder>', 'the folder for the pages (default: that of the checkout)')
    .option('--check', 'compare the pages instead of writing them')
    .addHelpText('after', examples)
    .action(run);
}

function run(this: Command, options: { out?: string; check?: true }): void {
  const { out = findingsFolder, check } = options;
  if (options.out === undefined && (!existsSync(findingsFolder) || findingsFolder.includes('node_modules'))) {
    this.error('error: an installed package has no pages; add --out FOLDER');
  }
  if (!check) mkdirSync(out, { recursive: true });
  for (const [file, text] of allPages()) {
    const path = join(out, file);
    if (!check) {
      writeFileSync(path, text);
      console.log(`wrote ${path}`);
    } else if (read(path) !== text) {
      console.log(`${path} differs from what the machines say`);
      process.exitCode = 1;
    }
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
