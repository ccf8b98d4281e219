/** `capif trace FILE`: is a recorded run a run of the model? */
import type { Command } from 'commander';
import { readTrace } from '../../runtime/trace-file.ts';
import { conformance } from '../traces/trace-conformance.ts';

const examples = `
Examples:
  capif run --trace run.ndjson
  capif trace run.ndjson

The file is UTF-8 or UTF-16, with or without a byte order mark. Empty lines are skipped.

Exit codes: 0 every line is a step of the model; 1 a line is not, or the file ends within its last line;
2 a line is malformed, or the file cannot be read or has no line.
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
  const checked = checkedOf(read);
  process.exitCode = exitCodes[checked.outcome];
  if (quiet) return;
  if (json) return console.log(JSON.stringify({ schema: 1, ...checked }));
  if (checked.outcome === 'deviates') {
    return console.log(`${file}:${checked.line}: not a step of the model: ${checked.because}`);
  }
  if (checked.outcome === 'torn') {
    const { line, lines } = checked;
    const steps = lines === 1 ? '1 line that is a step' : `${lines} lines that are steps`;
    return console.log(`${file}: ends within line ${line} after ${steps} of the model`);
  }
  if (checked.outcome === 'malformed') {
    process.stderr.write(`error: ${file}:${checked.line}: not a line of a trace: ${checked.because}\n`);
    return;
  }
  const { lines, instances, messages, absent } = checked;
  console.log(`${file}: all ${lines} lines of ${instances} machines are steps of the model`);
  if (absent.length === 0) console.log(`  each of the ${messages} messages that were received had been sent`);
  else console.log(`  received and sent messages cannot be compared: the trace lacks ${absent.join(', ')}`);
}

const exitCodes = { conforms: 0, deviates: 1, torn: 1, malformed: 2 };

/** What comes first in the file counts: lines before a malformed one may deviate. */
function checkedOf(read: Exclude<ReturnType<typeof readTrace>, { outcome: 'unreadable' }>) {
  const checked = conformance(read.lines);
  if (checked.outcome === 'deviates') return { ...checked, line: read.numbers[checked.line - 1] ?? checked.line };
  if (read.outcome === 'read') return checked;
  const { line, because, torn, lines } = read;
  return torn
    ? ({ outcome: 'torn', line, lines: lines.length } as const)
    : ({ outcome: 'malformed', line, because } as const);
}
