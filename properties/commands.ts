/** `capif trace FILE`: is a recorded run a run of the model? */
import type { Command } from 'commander';
import { readTrace } from '../runtime/trace-file.ts';
import { conformance } from './conformance.ts';

type Options = { json?: true; quiet?: true };

export function addCommands(program: Command): void {
  program
    .command('trace')
    .description('replays a recorded run through the machines and names the first line that is not a step of the model')
    .argument('<file>', 'a trace, one JSON object a line, as written by "capif run --trace FILE"')
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'say nothing; the exit code tells')
    .addHelpText('after', '\nExamples:\n  capif run --trace run.ndjson\n  capif trace run.ndjson\n')
    .action(trace);
}

function trace(this: Command, file: string, { json, quiet }: Options): void {
  const read = readTrace(file);
  if (read.outcome === 'unreadable') this.error(`error: ${file} cannot be read: ${read.because}`);
  const checked =
    read.outcome === 'read'
      ? conformance(read.lines)
      : ({ outcome: 'deviates', line: read.line, because: read.because } as const);
  process.exitCode = checked.outcome === 'conforms' ? 0 : 1;
  if (quiet) return;
  if (json) return void console.log(JSON.stringify({ schema: 1, ...checked }));
  if (checked.outcome === 'deviates') {
    return void console.log(`${file}:${checked.line}: not a step of the model: ${checked.because}`);
  }
  const { lines, instances, messages, absent } = checked;
  console.log(
    `${file}: ${lines} lines of ${instances} machines are steps of the model; ${messages} messages were received as sent`,
  );
  if (absent.length > 0)
    console.log(`  what was sent could not be compared: the trace has nothing of ${absent.join(', ')}`);
}
