/** `capif trace FILES`: is a recorded run a run of the model? */
import type { Command } from 'commander';
import { type Life, readTrace } from '../../runtime/recorded-trace.ts';
import { conformance } from '../traces/trace-conformance.ts';

const examples = `
Examples:
  capif run --trace run.ndjson
  capif trace run.ndjson
  capif trace core.ndjson aef.ndjson invoker-1.ndjson invoker-2.ndjson
                        one run, recorded by each role for itself; a role that was restarted has its
                        traces in the order of its starts

What is checked: each line is a step of its machine. Each message was sent before, to whoever received it,
and received once. Who is told something steps next. Timers were started, facts justify their events, and
credentials are those that were negotiated. No line is missing, repeated or moved: lines are numbered.

What is no fault: a message on a reference point is lost; a run is cut, so that its last line is no end (the
answer says so); a party has no trace of its own (what it sent is not compared, and the answer says so).

A file is UTF-8 or UTF-16, with or without a byte order mark. Empty lines are skipped. Traces of earlier
versions have no numbers.

Exit codes: 0 every line is a step of the model; 1 a line is not, or is missing, or a file ends within its
last line; 2 a line is malformed, or a file cannot be read or has no line.
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
  const about = which === undefined ? { ends: all.map(({ lives }) => lives.at(-1)?.end) } : { file: files[which] };
  if (json) return console.log(JSON.stringify({ schema: 1, ...result, ...about }));
  if (checked.outcome === 'conforms') return console.log(conforming(files, checked, all));
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

function conforming(files: readonly string[], checked: Conforming, all: readonly Readable[]): string {
  const { lines, instances, messages, absent, unrecorded } = checked;
  const which = files.length === 1 ? files[0] : `${files.length} files`;
  const without = absent.length > 0 ? `but those of ${absent.join(', ')}, which the trace lacks` : '';
  const compared = `each of the ${messages} messages that were received had been sent${without && `, ${without}`}`;
  const notes = [
    ...unrecorded.map((party) => `what ${party} has sent and received is not recorded`),
    ...all.flatMap(({ lives }, n) => endings(files[n]!, lives)),
  ];
  const head = `${which}: all ${lines} lines of ${instances} machines are steps of the model`;
  return [head, compared, ...notes].join('\n  ');
}

/** What cannot be known of how a trace ends. */
function endings(file: string, lives: readonly Life[]): string[] {
  const cut = lives.filter(({ end }) => end === 'cut').length;
  if (lives.some(({ end }) => end === 'unknown'))
    return [`${file}: its lines have no numbers, so that lines at its end may be missing`];
  const isLast = lives.at(-1)?.end === 'cut';
  if (cut === 0) return [];
  return [`${file}: ${isLast ? 'the run was cut: its last line is no end' : 'the role was killed and went on'}`];
}

const exitCodes = { conforms: 0, deviates: 1, torn: 1, malformed: 2 };
type Conforming = Extract<ReturnType<typeof conformance>, { outcome: 'conforms' }>;

/** What comes first in a file counts: lines before a malformed one may deviate, and so may lines before one that is missing. */
function checkedOf(all: readonly Readable[]) {
  const checked = conformance(...all);
  const gap = all.findIndex((one, n) => one.gap && !(isIn(checked, n) && checked.line <= one.gap.step));
  if (gap >= 0) {
    const { at: line, because } = all[gap]!.gap!;
    return { outcome: 'deviates', trace: gap, line, because } as const;
  }
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

const isIn = (checked: ReturnType<typeof conformance>, trace: number): checked is Deviation =>
  checked.outcome === 'deviates' && checked.trace === trace;
type Deviation = Extract<ReturnType<typeof conformance>, { outcome: 'deviates' }>;
