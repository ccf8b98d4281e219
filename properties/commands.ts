/** `capif trace FILE`: is a recorded run a run of the model? `capif play FILE`: what happens in a scenario? */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { readTrace } from '../runtime/trace-file.ts';
import { chart } from './chart.ts';
import { conformance } from './conformance.ts';
import { replay } from './scenario.ts';

type Options = { json?: true; quiet?: true };
type PlayOptions = Options & { chart?: true };

const playHelp = `
Examples:
  capif play properties/scenarios/method-is-updated.txt --chart
  capif play story.txt > played.txt     write the moves alone; what is seen is added

Exit codes: 0 the file reads as it plays, 1 it does not, 2 it cannot be read or played.
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

function play(this: Command, file: string, options: PlayOptions): void {
  const text = readText(this, file);
  const played = replay(text);
  if (played.outcome === 'unplayable') this.error(`error: ${file}:${played.line}: ${played.because}`);
  const difference = firstDifference(text, played.text);
  process.exitCode = difference ? 1 : 0;
  if (options.quiet) return;
  if (options.json) {
    const { world, moves, loopAt } = played;
    const outcome = difference ? { outcome: 'differs', ...difference } : { outcome: 'reads' };
    const words = moves.map(({ move }) => move.words);
    const { name: setting, amendments } = world;
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
