/** `capif trace FILE`: is a recorded run a run of the model? `capif play FILE`: what happens in a scenario? */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { readTrace } from '../../runtime/trace-file.ts';
import { impossibleOverTls } from '../tls/not-over-tls.ts';
import { type Played, replay } from '../traces/scenario.ts';
import { chart } from '../traces/sequence-text.ts';
import { conformance } from '../traces/trace-conformance.ts';

type Options = { json?: true; quiet?: true };
type PlayOptions = Options & { chart?: true; over?: 'tls' };

const playHelp = `
Examples:
  capif play properties/scenarios/method-is-updated.txt --chart
  capif play story.txt > played.txt     write the moves alone; what is seen is added
  capif play story.txt --over tls       the same moves by the real roles, each compared with the model after each move

Over TLS, middle boxes hold, delay, lose or forge what is under way, and clocks stand still until a move says otherwise; a
loop is played once. An AEF that restarts forgets its invokers, and what is under way to it is cut.
A move is refused where the runtime would do something else:
${impossibleOverTls.map((what) => `  - ${what}`).join('\n')}

Exit codes: 0 the file reads as it plays, or the roles agree with the model; 1 not so; 2 it cannot be read or played.
`;

export function addCommands(program: Command): void {
  program
    .command('trace')
    .description('replays a recorded run through the machines and names the first line that is not a step of the model')
    .argument('<file>', 'a trace, one JSON object a line, as written by "capif run --trace FILE"')
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'say nothing; the exit code tells')
    .addHelpText('after', '\nExamples:\n  capif run --trace run.ndjson\n  capif trace run.ndjson\n')
    .action(trace);
  program
    .command('play')
    .description('plays a scenario or a counterexample in the model and compares what is seen with what the file says')
    .argument('<file>', 'blocks of a move, ----, and what was seen, with empty lines between them')
    .option('--chart', 'a message sequence chart instead of the text')
    .addOption(
      new Option('--over <transport>', 'by the real roles on loopback, compared with the model')
        .choices(['tls'])
        .conflicts('chart'),
    )
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'say nothing; the exit code tells')
    .addHelpText('after', playHelp)
    .action(play);
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

function play(this: Command, file: string, options: PlayOptions): Promise<void> | undefined {
  const text = readText(this, file);
  const played = replay(text);
  if (played.outcome === 'unplayable') this.error(`error: ${file}:${played.line}: ${played.because}`);
  if (options.over) return playOver(this, file, text, played, options);
  const difference = firstDifference(text, played.text);
  process.exitCode = difference ? 1 : 0;
  if (options.quiet) return;
  if (options.json) {
    const { configuration, transitions, loopAt } = played;
    const outcome = difference ? { outcome: 'differs', ...difference } : { outcome: 'reads' };
    const words = transitions.map(({ transition }) => transition.action);
    const { name: setting, amendments } = configuration;
    const shown = options.chart ? { chart: chart(played) } : { text: played.text };
    return void console.log(
      JSON.stringify({ schema: 1, ...outcome, setting, amendments, moves: words, loopAt, ...shown }),
    );
  }
  process.stdout.write(options.chart ? chart(played) : played.text);
  if (difference) {
    const { line, reads, seen } = difference;
    process.stderr.write(`${file}:${line}: reads "${reads}", but what is seen is "${seen}"\n`);
  }
}

async function playOver(command: Command, file: string, text: string, played: Played, { json, quiet }: PlayOptions) {
  const { planOf, playOverTls } = await import('../tls/play-over-tls.ts');
  const plan = planOf(
    played.configuration,
    played.transitions.map(({ transition }) => transition.action),
  );
  if (plan.unsupported) {
    const { action: words, because } = plan.unsupported;
    const line = lineOfMove(text, played, plan.transitions.length);
    command.error(`error: ${file}:${line}: "${words}" cannot be done over TLS: ${because}`);
  }
  const told = await playOverTls(played.configuration, plan.transitions);
  process.exitCode = told.outcome === 'agrees' ? 0 : 1;
  if (quiet) return;
  if (json) return void console.log(JSON.stringify({ schema: 1, over: 'tls', ...told }));
  if (told.outcome === 'agrees') {
    const { moves, steps } = told;
    return void console.log(
      `${file}: over TLS, ${steps} steps of the real roles in ${moves} moves are those of the model`,
    );
  }
  const { move, action: words, because } = told;
  const where = move > played.transitions.length ? file : `${file}:${lineOfMove(text, played, move - 1)}`;
  console.log(`${where}: over TLS, "${words}" is not as in the model: ${because}`);
}

/** The line of a move, which counts from 0. */
function lineOfMove(text: string, { transitions }: Played, n: number): number {
  const { action } = transitions[n]!.transition;
  let left = transitions.slice(0, n).filter(({ transition }) => transition.action === action).length;
  const isIt = (line: string) => line.trimEnd() === action && left-- === 0;
  return text.split('\n').findIndex(isIt) + 1;
}

function readText(command: Command, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return command.error(`error: ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** The first line that does not read as it should; a line that is not there is empty. */
function firstDifference(text: string, played: string) {
  const [reads, sees] = [text.split(/\r?\n/), played.split('\n')];
  for (let n = 0; n < Math.max(reads.length, sees.length); n++) {
    const [line = '', seen = ''] = [reads[n], sees[n]];
    if (line !== seen) return { line: n + 1, reads: line, seen };
  }
  return undefined;
}
