/** `capif walk`: random walks in settings that are too large for `capif verify`, and the shortest walk that fails. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Amendment, allAmendments } from '../../machines/vocabulary.ts';
import { countUpTo, readAmendments } from '../../runtime/commands/arguments.ts';
import { glossary, wrapped } from '../../runtime/terminal.ts';
import { compose } from '../model/rules/composition.ts';
import type { Configuration, Setting } from '../model/setting.ts';
import { again, scenarioOf } from '../random-walk/again.ts';
import { drainMax } from '../random-walk/drain.ts';
import { defaults, type Sample, type SampleOptions, sample, walkSettings } from '../random-walk/walk.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import { amendmentsText } from '../traces/amendment-text.ts';
import { untilInterrupted } from './interruptible.ts';
import { progressLine, silent } from './progress.ts';

const storm = walkSettings[0]!;

const examples = `
Settings:
${glossary(
  walkSettings.map(({ name, about }) => [name, about]),
  12,
)}

After each walk nothing more goes wrong, and an authorized invoker with a common method must be served within
${drainMax} transitions.

Examples:
  capif walk                                a fresh seed, the setting storm, all amendments
  capif walk --seed 1 --runs 100000
  capif walk --amendments none              as written: a walk after which convergence fails
  capif walk --amendments none --json       the same, with a scenario for "capif play"
  capif walk --over tls --seed 1            the real roles take the walks, and are compared with the model
  capif walk --over tls --runs 1000 --setting revoked
  capif walk --over tls --setting restarted roles are killed, and go on with what they have kept

With --over tls no property is checked: after each transition every role is compared with the model, as
"capif play --over tls" does. All settings have restarts, and a process that is killed takes a second to
start again.

Exit codes: 0 every property holds in every walk, or the roles agree with the model; 1 not so; 2 wrong usage;
3 internal error; 130 ended by Ctrl-C, whatever was found.
`;

type Options = SampleOptions & {
  setting: Setting;
  amendments: readonly Amendment[];
  json?: true;
  quiet?: true;
  over?: 'tls';
};

export function addCommands(program: Command): void {
  program
    .command('walk')
    .description('takes random walks in a setting that is too large to explore, and checks every property on the way')
    .addOption(
      new Option('--setting <name>', 'one of the settings below').argParser(readSetting).default(storm, storm.name),
    )
    .addOption(
      new Option('--amendments <list>', 'all, none, or names separated by commas')
        .argParser(readAmendments)
        .default(allAmendments, 'all'),
    )
    .option('--runs <n>', `number of walks (default: ${defaults.runs}, over TLS 200)`, countUpTo(10_000_000))
    .option('--length <n>', `transitions in each walk (default: ${defaults.length}, over TLS 40)`, countUpTo(10_000))
    .option('--seed <n>', 'repeat the walks of this seed', readSeed)
    .option('--path <path>', 'start with this walk, as a failure names it', readPath)
    .addOption(new Option('--over <transport>', 'take the walks with the real roles on loopback').choices(['tls']))
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'no progress on standard error')
    .addHelpText('after', examples)
    .action(run);
}

async function run({ over, ...options }: Options): Promise<void> {
  return over ? runOverTls(options) : runInModel({ ...defaults, ...options });
}

async function runOverTls({ setting, amendments: amended, json, ...options }: Options): Promise<void> {
  const { overTls, sampleOverTls } = await import('../tls/walk-over-tls.ts');
  const { asJson, report } = await import('../tls/walk-report.ts');
  const configuration = { ...overTls(setting), amendments: amended };
  const progress = options.quiet ? silent : progressLine();
  const onWalk = (walks: number) => progress.say(`${configuration.name}: ${walks} walks over TLS`);
  const ended = new AbortController();
  const end = () => ended.abort();
  process.once('SIGINT', end);
  const sampled = await sampleOverTls(configuration, { ...options, onWalk, signal: ended.signal });
  process.off('SIGINT', end);
  progress.clear();
  process.exitCode = exitCodeOf(sampled);
  console.log(
    json ? JSON.stringify(asJson(configuration, options, sampled)) : report(configuration, options, sampled).join('\n'),
  );
}

async function runInModel({ setting, amendments: amended, json, ...options }: Options): Promise<void> {
  const configuration = { ...setting, amendments: amended };
  const progress = options.quiet ? silent : progressLine();
  const onWalk = (walks: number) => progress.say(`${configuration.name}: ${walks} walks`);
  const properties = methodUpdate(setting);
  const sampled = await sample(compose(configuration), properties, { ...options, onWalk }, untilInterrupted);
  progress.clear();
  process.exitCode = exitCodeOf(sampled);
  console.log(
    json ? JSON.stringify(asJson(configuration, options, sampled)) : report(configuration, options, sampled).join('\n'),
  );
}

const exitCodeOf = ({ partial, failure }: { partial?: true; failure?: unknown }): number =>
  partial ? 130 : failure ? 1 : 0;

function report(configuration: Configuration, options: SampleOptions, { failure, ...sampled }: Sample): string[] {
  const { runs, transitions, drained, longestDrain, excused, seconds, seed } = sampled;
  const line = [
    `${configuration.name}, ${amendmentsText(configuration.amendments)}: ${runs} ${runs === 1 ? 'walk' : 'walks'}`,
    `${transitions} transitions and ${drained} in drains (at most ${longestDrain})`,
    ...(excused > 0 ? [`${excused} did not have to converge`] : []),
    `${seconds.toFixed(1)} s`,
    `seed ${seed}`,
  ].join(', ');
  const cut = sampled.partial ? ['PARTIAL: ended by Ctrl-C; the walks that were not taken could fail.'] : [];
  if (!failure) return [wrapped(line, '  '), ...cut];
  const { property, walk, path, shrinks } = failure;
  const [before, after] = [walk.actions.slice(0, walk.transitions), walk.actions.slice(walk.transitions)];
  const isOfStatesOrSteps = property.kind === 'always' || property.kind === 'everyStep';
  const stopped = isOfStatesOrSteps ? after.join(' / ') : `not reached in ${walk.drained} fair transitions`;
  return [
    wrapped(line, '  '),
    wrapped(`  FAILS  ${property.statement}  [${property.clause}]`, '         '),
    wrapped(`           ${before.join(' / ')}`, '           '),
    ...(stopped === '' ? [] : [`           and then, when nothing more goes wrong: ${stopped}`]),
    `  again: ${again('capif walk', configuration, defaults, { ...options, seed })}`,
    `  this walk alone, found by ${shrinks} shrinks: --path ${path}`,
  ];
}

function asJson(configuration: Configuration, options: SampleOptions, { failure, ...sampled }: Sample) {
  const { transitions: moves, ...counts } = sampled;
  return {
    schema: 1,
    setting: configuration.name,
    amendments: configuration.amendments,
    evidence: 'sampled',
    verdict: failure ? 'fails' : sampled.partial ? 'not violated so far' : 'holds',
    length: options.length,
    moves,
    ...counts,
    ...(failure && {
      failure: {
        sentence: failure.property.statement,
        clause: failure.property.clause,
        kind: failure.property.kind,
        moves: failure.walk.actions,
        drainedFrom: failure.walk.transitions,
        shrinks: failure.shrinks,
        path: failure.path,
        again: again('capif walk', configuration, defaults, { ...options, seed: sampled.seed }),
        scenario: scenarioOf(configuration, failure.walk.actions),
      },
    }),
  };
}

function readSetting(text: string): Setting {
  const found = walkSettings.find(({ name }) => name === text);
  if (!found) throw new InvalidArgumentError(`It must be one of ${walkSettings.map(({ name }) => name).join(', ')}.`);
  return found;
}

function readSeed(text: string): number {
  const seed = Number(text);
  if (!/^-?\d{1,10}$/.test(text) || seed !== (seed | 0))
    throw new InvalidArgumentError('It must be a number of 32 bits.');
  return seed;
}

function readPath(text: string): string {
  if (!/^\d+(:\d+)*$/.test(text)) throw new InvalidArgumentError('It must be numbers separated by colons.');
  return text;
}
