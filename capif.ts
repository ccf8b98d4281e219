#!/usr/bin/env node
/** The `capif` command: the only file that sees all folders. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';

/** A command's exit code: wrong usage, or an error of ours or of the machine it runs on. */
const exitCodes = { usage: 2, internal: 3 };

/** What adds commands, and which. Some need packages that may be left out. */
const modules: { names: string[]; load(): Promise<{ addCommands(program: Command): void }> }[] = [
  { names: ['run'], load: () => import('./runtime/commands/run.ts') },
  { names: ['core'], load: () => import('./runtime/commands/core.ts') },
  { names: ['expose'], load: () => import('./runtime/commands/expose/expose.ts') },
  { names: ['onboard', 'invoke', 'discover'], load: () => import('./runtime/commands/invoke.ts') },
  { names: ['trace'], load: () => import('./properties/commands/trace.ts') },
  { names: ['explain'], load: () => import('./properties/commands/explain.ts') },
  { names: ['play'], load: () => import('./properties/commands/play.ts') },
  { names: ['draw'], load: () => import('./diagrams/commands/draw.ts') },
  { names: ['diff'], load: () => import('./diagrams/commands/diff.ts') },
  { names: ['chart'], load: () => import('./diagrams/commands/chart.ts') },
  { names: ['annex'], load: () => import('./diagrams/commands/annex.ts') },
  { names: ['verify'], load: () => import('./properties/commands/verify.ts') },
  { names: ['walk'], load: () => import('./properties/commands/walk.ts') },
  { names: ['findings'], load: () => import('./properties/commands/findings.ts') },
];

async function main(): Promise<void> {
  const program = new Command('capif')
    .description('CAPIF security-method negotiation (TS 33.122, TS 29.222): the model that is also the runtime')
    .version(version())
    .showHelpAfterError('(add --help for the options and examples)')
    .exitOverride();
  for (const { names, load } of modulesFor(process.argv[2])) {
    try {
      (await load()).addCommands(program);
    } catch (error) {
      const lacking = packageLacking(error);
      if (lacking === undefined) throw error;
      for (const name of names) addUnavailable(program, name, lacking);
    }
  }
  for (const command of program.commands) command.exitOverride();
  await program.parseAsync();
}

/** The command that is named is loaded alone, which takes a third of the time; without one, all are there to be listed. */
function modulesFor(name: string | undefined) {
  const named = modules.filter(({ names }) => name !== undefined && names.includes(name));
  return named.length > 0 ? named : modules;
}

/** A package that `npm install --omit=optional` leaves out. */
function packageLacking(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(code)) return undefined;
  return /^Cannot find (?:package|module) '((?:@[\w.-]+\/)?[\w-][\w.-]*)/.exec(message)?.[1];
}

const needed = (lacking: string) =>
  `this command needs the package ${lacking}, which is not installed: npm install ${lacking}`;

function addUnavailable(program: Command, name: string, lacking: string): void {
  program
    .command(name)
    .description(`needs the package ${lacking}, which is not installed`)
    .argument('[args...]')
    .allowUnknownOption()
    .action(() => {
      throw new Error(needed(lacking));
    });
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
  const lacking = packageLacking(error);
  const because = lacking === undefined ? (error as Error | undefined)?.message : needed(lacking);
  process.stderr.write(`capif: ${because ?? String(error)}\n`);
  if (process.env.CAPIF_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exit(exitCodes.internal);
}
