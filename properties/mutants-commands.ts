/** `capif mutants`: machines broken on purpose, one change each; the sentences must notice. */
import type { Command } from 'commander';
import { judgeAll } from './judgement.ts';

type Options = { json?: true; quiet?: true };

export function addCommands(program: Command): void {
  program
    .command('mutants')
    .description('breaks each transition, guard and action of the machines, one at a time; takes some minutes')
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'no progress on standard error')
    .addHelpText(
      'after',
      '\nExamples:\n  capif mutants\n\nExit codes: 0 every mutant is caught or equivalent, 1 one is not.\n',
    )
    .action(run);
}

async function run({ json, quiet }: Options): Promise<void> {
  const progress = !quiet && process.stderr.isTTY;
  const result = await judgeAll((judged, total, { id }) => {
    if (progress) process.stderr.write(`\r\x1b[K${judged} of ${total}: ${id}`.slice(0, 110));
  });
  if (progress) process.stderr.write('\r\x1b[K');
  process.exitCode = result.survivors.length === 0 ? 0 : 1;
  if (json) return void console.log(JSON.stringify({ schema: 1, ...result }));
  const { total, caught, equivalents, unasked, survivors, seconds } = result;
  console.log(
    `${total} mutants: ${caught} caught, ${equivalents.length} equivalent, ${unasked.length} never asked in these settings, ` +
      `${survivors.length} survive, ${seconds.toFixed(0)} s`,
  );
  for (const { id } of survivors) console.log(`  survives: ${id}`);
}
