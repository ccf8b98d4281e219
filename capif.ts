#!/usr/bin/env node
/** The `capif` command: the only file that sees all folders. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';

/** A command's exit code: wrong usage, or an error of ours or of the machine it runs on. */
const exitCodes = { usage: 2, internal: 3 };

async function main(): Promise<void> {
  const program = new Command('capif')
    .description('CAPIF security-method negotiation (TS 33.122, TS 29.222): the model that is also the runtime')
    .version(version())
    .showHelpAfterError('(add --help for the options and examples)')
    .exitOverride();
  for (const { addCommands } of [
    await import('./runtime/commands/run.ts'),
    await import('./runtime/commands/core.ts'),
    await import('./runtime/commands/expose.ts'),
    await import('./runtime/commands/invoke.ts'),
    await import('./properties/commands/trace.ts'),
    await import('./properties/commands/play.ts'),
    await import('./diagrams/commands/draw.ts'),
    await import('./diagrams/commands/diff.ts'),
    await import('./diagrams/commands/chart.ts'),
    await import('./diagrams/commands/annex.ts'),
    await import('./properties/commands/verify.ts'),
    await import('./properties/commands/walk.ts'),
    await import('./properties/commands/findings.ts'),
  ]) {
    addCommands(program);
  }
  for (const command of program.commands) command.exitOverride();
  await program.parseAsync();
}

/** package.json is beside this file in a checkout, and one folder up in an installed package. */
function version(): string {
  for (const place of ['./package.json', '../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { version: string }).version;
    } catch {}
  }
  return 'unknown';
}

process.on('uncaughtException', fail);
/** As in `capif … | head`: whoever reads our output has read enough. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(error);
  process.exit();
});
/** Progress and narration only; without a reader the work goes on. */
process.stderr.on('error', () => {});
main().catch(fail);

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
    return;
  }
  process.stderr.write(`capif: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env.CAPIF_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exit(exitCodes.internal);
}
