/** `capif trace FILE`: is a recorded run a run of the model? */
import type { Command } from 'commander';
import { readTrace } from '../../runtime/trace-file.ts';
import { conformance } from '../traces/trace-conformance.ts';

const examples = `
Examples:
  capif run --trace run.ndjson
  capif trace run.ndjson

Exit codes: 0 every line is a step of the model; 1 a line is not; 2 the file cannot be read.
`;

export function addCommands(program: Command): void {
  program
    .command('trace')
    .description('replays a recorded run on the machines and names the first line that is not a step of the model')
    .argument('<file>', 'a trace, one JSON object per line, as "capif run --trace FILE" writes it')
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'no output; the exit code tells the result')
    .addHelpText('after', examples)
    .action(trace);
}

function trace(this: Command, file: string, { json, quiet }: { json?: true; quiet?: true }): void {
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
  console.log(`${file}: all ${lines} lines of ${instances} machines are steps of the model`);
  if (absent.length === 0) console.log(`  each of the ${messages} messages that were received had been sent`);
  else console.log(`  received and sent messages cannot be compared: the trace lacks ${absent.join(', ')}`);
}
