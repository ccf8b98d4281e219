/** `capif play FILE`: what happens in a scenario? */
import { type Command, Option } from 'commander';
import { readTextFile } from '../../runtime/text-file.ts';
import { impossibleOverTls } from '../tls/not-over-tls.ts';
import type { OutcomeOverTls } from '../tls/play-over-tls.ts';
import { type ReplayedRun, replay } from '../traces/scenario.ts';
import { sequenceText } from '../traces/sequence-text.ts';

type PlayOptions = { json?: true; quiet?: true; chart?: true; over?: 'tls' };

const help = `
Examples:
  capif play properties/scenarios/method-is-updated.txt --chart
  capif play actions.txt > scenario.txt     write the header and the actions; the observations are added
  capif play scenario.txt --over tls        the real roles do the same, and are compared with the model

With --over tls, middle boxes hold, delay, lose or forge what is under way, and timers expire only when an
action says so. A loop is played once. A role that restarts is a process that is killed, and another goes on
from what it has kept. An action is refused if the runtime would do something else:
${impossibleOverTls.map((what) => `  - ${what}`).join('\n')}

Exit codes: 0 the file reads as it is replayed, or the roles agree with the model; 1 not so; 2 the file cannot
be read or replayed.
`;

export function addCommands(program: Command): void {
  program
    .command('play')
    .description('replays a scenario or a counterexample in the model and compares what is observed with the file')
    .argument('<file>', 'blocks of an action, ----, and what is observed, separated by empty lines')
    .option('--chart', 'print a sequence chart instead of the scenario')
    .addOption(
      new Option('--over <transport>', 'play it with the real roles on loopback, and compare them with the model')
        .choices(['tls'])
        .conflicts('chart'),
    )
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'no output; the exit code tells the result')
    .addHelpText('after', help)
    .action(play);
}

function play(this: Command, file: string, options: PlayOptions): Promise<void> | undefined {
  const text = readText(this, file);
  const run = replay(text);
  if (run.outcome === 'unplayable') this.error(`error: ${file}:${run.line}: ${run.because}`);
  if (options.over) return compareOverTls(this, file, text, run, options);
  const difference = firstDifference(text, run.text);
  process.exitCode = difference ? 1 : 0;
  if (options.quiet) return;
  if (options.json) {
    const { configuration, loopAt } = run;
    const outcome = difference ? { outcome: 'differs', ...difference } : { outcome: 'reads' };
    const { name: setting, amendments } = configuration;
    const shown = options.chart ? { chart: sequenceText(run) } : { text: run.text };
    console.log(
      JSON.stringify({ schema: 1, ...outcome, setting, amendments, moves: actionsOf(run), loopAt, ...shown }),
    );
    return;
  }
  process.stdout.write(options.chart ? sequenceText(run) : run.text);
  if (difference) {
    const { line, reads, seen } = difference;
    process.stderr.write(`${file}:${line}: reads "${reads}", but what is observed is "${seen}"\n`);
  }
}

async function compareOverTls(command: Command, file: string, text: string, run: ReplayedRun, options: PlayOptions) {
  const { planOf } = await import('../tls/plan.ts');
  const { playOverTls } = await import('../tls/play-over-tls.ts');
  const plan = planOf(run.configuration, actionsOf(run));
  if (plan.unsupported) {
    const { action, because } = plan.unsupported;
    const line = lineOfAction(text, run, plan.transitions.length);
    command.error(`error: ${file}:${line}: "${action}" cannot be done over TLS: ${because}`);
  }
  const result = await playOverTls(run.configuration, plan.transitions);
  process.exitCode = result.outcome === 'agrees' ? 0 : 1;
  if (options.quiet) return;
  if (options.json) return console.log(JSON.stringify({ schema: 1, over: 'tls', ...asJson(result) }));
  if (result.outcome === 'agrees') {
    const { transitions, steps } = result;
    return console.log(
      `${file}: over TLS, ${steps} steps of the real roles in ${transitions} transitions are those of the model`,
    );
  }
  const { transition, action, because } = result;
  const where = transition > run.transitions.length ? file : `${file}:${lineOfAction(text, run, transition - 1)}`;
  console.log(`${where}: over TLS, "${action}" is not as in the model: ${because}`);
}

function asJson(result: OutcomeOverTls) {
  if (result.outcome === 'agrees') {
    const { transitions: moves, ...rest } = result;
    return { ...rest, moves };
  }
  const { transition: move, ...rest } = result;
  return { ...rest, move };
}

const actionsOf = ({ transitions }: ReplayedRun): string[] => transitions.map(({ transition }) => transition.action);

/** The line of the action number `n`, counted from 0. */
function lineOfAction(text: string, run: ReplayedRun, n: number): number {
  const actions = actionsOf(run);
  let left = actions.slice(0, n).filter((action) => action === actions[n]).length;
  return text.split('\n').findIndex((line) => line.trimEnd() === actions[n] && left-- === 0) + 1;
}

function readText(command: Command, file: string): string {
  const read = readTextFile(file);
  return read.outcome === 'read' ? read.text : command.error(`error: ${file} cannot be read: ${read.because}`);
}

/** The first line that does not read as it should; a missing line counts as empty. */
function firstDifference(text: string, replayed: string) {
  const [reads, sees] = [text.split('\n'), replayed.split('\n')];
  for (let n = 0; n < Math.max(reads.length, sees.length); n++) {
    const [line = '', seen = ''] = [reads[n], sees[n]];
    if (line !== seen) return { line: n + 1, reads: line, seen };
  }
  return undefined;
}
