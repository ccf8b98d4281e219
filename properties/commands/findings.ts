/** `capif findings`: the pages under properties/findings/, made from the machines. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { allPages } from '../gaps/pages.ts';

export const findingsFolder = fileURLToPath(new URL('../findings/', import.meta.url));

const examples = `
Examples:
  capif findings            makes the pages again
  capif findings --check    exits with 1 if a page differs from what the machines say
`;

export function addCommands(program: Command): void {
  program
    .command('findings')
    .description('what clause 6.7 leaves open: a page for each gap, with a run that shows it and words that close it')
    .option('--out <folder>', 'where the pages go', findingsFolder)
    .option('--check', 'compare instead of writing')
    .addHelpText('after', examples)
    .action(run);
}

function run({ out, check }: { out: string; check?: true }): void {
  mkdirSync(out, { recursive: true });
  for (const [file, text] of allPages()) {
    const path = join(out, file);
    if (!check) {
      writeFileSync(path, text);
      console.log(`wrote ${path}`);
    } else if (read(path) !== text) {
      console.log(`${path} is not what the machines say`);
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
