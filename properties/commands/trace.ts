/** `capif trace FILES`: is a recorded run a run of the model? */
import type { Command } from 'commander';
import { readTrace } from '../../runtime/trace-file.ts';
import { conformance } from '../traces/trace-conformance.ts';

const examples = `
Examples:
  capif run --trace run.ndjson
  capif trace run.ndjson
  capif trace core.ndjson aef.ndjson invoker-1.ndjson invoker-2.ndjson
                        one run, recorded by each role for itself; a role that was restarted has its
                        traces in the order of its starts

A file is UTF-8 or UTF-16, with or without a byte order mark. Empty lines are skipped.

Exit codes: 0 every line is a step of the model; 1 a line is not, or a file ends within its last line;
2 a line is malformed, or a file cannot be read or has no line.
`;

export function addCommands(program: Command): void {
  program
    .command('trace')
    .description('replays a recorded run on the machines and names the first line that is not a step of the model')
    .argument('<files...>', 'traces of one run, one JSON object per line, as --trace FILE writes them')
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'no output; the exit code tells the result')
    .addHelpText('after', examples)
    .action(trace);
}

type Readable = Exclude<ReturnType<typeof readTrace>, { outcome: 'unreadable' }>;

function trace(this: Command, files: string[], { json, quiet }: { json?: true; quiet?: true }): void {
  const all = files.map((file): Readable => {
    const read = readTrace(file);
    return read.outcome === 'unreadable' ? this.error(`error: ${file} cannot be read: ${read.because}`) : read;
  });
  const checked = checkedOf(all);
  process.exitCode = exitCodes[checked.outcome];
  if (quiet) return;
  const { trace: which, ...result } = { trace: undefined, ...checked };
  if (json)
    return console.log(JSON.stringify({ schema: 1, ...result, ...(which !== undefined && { file: files[which] }) }));
  if (checked.outcome === 'conforms') return console.log(conforming(files, checked));
  const at = `${files[checked.trace]}:${checked.line}`;
  if (checked.outcome === 'deviates') return console.log(`${at}: not a step of the model: ${checked.because}`);
  if (checked.outcome === 'malformed') {
    process.stderr.write(`error: ${at}: not a line of a trace: ${checked.because}\n`);
    return;
  }
  const { line, lines } = checked;
  const steps = lines === 1 ? '1 line that is a step' : `${lines} lines that are steps`;
  console.log(`${files[checked.trace]}: ends within line ${line} after ${steps} of the model`);
}

function conforming(files: readonly string[], { lines, instances, messages, absent }: Conforming): string {
  const which = files.length === 1 ? files[0] : `${files.length} files`;
  const compared =
    absent.length === 0
      ? `each of the ${messages} messages that were received had been sent`
      : `received and sent messages cannot be compared: the trace lacks ${absent.join(', ')}`;
  return `${which}: all ${lines} lines of ${instances} machines are steps of the model\n  ${compared}`;
}

const exitCodes = { conforms: 0, deviates: 1, torn: 1, malformed: 2 };
type Conforming = Extract<ReturnType<typeof conformance>, { outcome: 'conforms' }>;

/** What comes first in a file counts: lines before a malformed one may deviate. */
function checkedOf(all: readonly Readable[]) {
  const checked = conformance(...all.map(({ lines }) => lines));
  if (checked.outcome === 'deviates')
    return { ...checked, line: all[checked.trace]!.numbers[checked.line - 1] ?? checked.line };
  const trace = all.findIndex(({ outcome }) => outcome === 'malformed');
  const read = all[trace];
  if (read?.outcome !== 'malformed') return checked;
  const { line, because, torn, lines } = read;
  return torn
    ? ({ outcome: 'torn', trace, line, lines: lines.length } as const)
    : ({ outcome: 'malformed', trace, line, because } as const);
}
