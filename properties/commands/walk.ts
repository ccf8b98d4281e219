/** `capif walk`: random walks through settings that are too large for `capif verify`, and the shortest story of a failure. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Amendment, allAmendments } from '../../machines/vocabulary.ts';
import { readAmendments, readCount } from '../../runtime/commands/arguments.ts';
import { compose } from '../model/rules/composition.ts';
import type { Configuration, Setting } from '../model/setting.ts';
import { defaults, type Sample, type SampleOptions, sample, scenarioOf, walkSettings } from '../random-walk/walk.ts';
import { drainMax } from '../random-walk/walker.ts';
import { methodUpdate } from '../requirements/method-update.ts';

const examples = `
Settings:
${walkSettings.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}

After each walk nothing more goes wrong, and within ${drainMax} moves an authorised invoker with a common method is to be served.

Examples:
  capif walk                                a fresh seed, the setting storm, all amendments
  capif walk --seed 1 --runs 100000
  capif walk --amendments none              as written: a story of how convergence fails
  capif walk --amendments none --json       the story is also a scenario for "capif play"
  capif walk --over tls --seed 1            the real roles make the moves, and do what the model does
  capif walk --over tls --runs 1000 --setting revoked

Over TLS no sentence is asked: after each move every role is compared with the model, as "capif play --over tls" does.

Exit codes: 0 every sentence holds in every walk, or the roles agree with the model; 1 not so; 2 wrong usage, 3 internal error.
`;

type Options = SampleOptions & {
  setting: Setting;
  amendments: readonly Amendment[];
  json?: true;
  over?: 'tls';
};

export function addCommands(program: Command): void {
  program
    .command('walk')
    .description(
      'walks at random through a setting that is too large to visit whole, and asks every sentence on the way',
    )
    .option('--setting <name>', 'one of those below', readSetting, walkSettings[0])
    .option('--amendments <list>', 'all, none, or names separated by commas', readAmendments, allAmendments)
    .option('--runs <n>', `how many walks (default: ${defaults.runs}, over TLS 200)`, readCount)
    .option('--length <n>', `how many moves each walk makes (default: ${defaults.length}, over TLS 40)`, readCount)
    .option('--seed <n>', 'the same walks again', readSeed)
    .option('--path <path>', 'begin with this walk, as a failure names it', readPath)
    .addOption(new Option('--over <transport>', 'the real roles on loopback, compared with the model').choices(['tls']))
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', examples)
    .action(run);
}

async function run({ over, ...options }: Options): Promise<void> {
  return over ? runOverTls(options) : runInModel({ ...defaults, ...options });
}

async function runOverTls({ setting, amendments: amended, json, ...options }: Options): Promise<void> {
  const { overTls, sampleOverTls } = await import('../tls/walk-over-tls.ts');
  const { asJson, report } = await import('../tls/walk-report.ts');
  const world = { ...overTls(setting), amendments: amended };
  const sampled = await sampleOverTls(world, options);
  process.exitCode = sampled.failure ? 1 : 0;
  console.log(json ? JSON.stringify(asJson(world, options, sampled)) : report(world, options, sampled).join('\n'));
}

async function runInModel({ setting, amendments: amended, json, ...options }: Options): Promise<void> {
  const world = { ...setting, amendments: amended };
  const sampled = await sample(compose(world), methodUpdate(setting.supported), options);
  process.exitCode = sampled.failure ? 1 : 0;
  console.log(json ? JSON.stringify(asJson(world, options, sampled)) : report(world, options, sampled).join('\n'));
}

function report(configuration: Configuration, options: SampleOptions, { failure, ...sampled }: Sample): string[] {
  const { runs, moves, drained, longestDrain, excused, seconds, seed } = sampled;
  const line = [
    `${configuration.name}, ${nameOf(configuration.amendments)}: ${runs} ${runs === 1 ? 'walk' : 'walks'}`,
    `${moves} moves and ${drained} in drains (${longestDrain} at most)`,
    ...(excused > 0 ? [`${excused} ended where nothing has to converge`] : []),
    `${seconds.toFixed(1)} s`,
    `seed ${seed}`,
  ].join(', ');
  if (!failure) return [line];
  const { property, walk, path, shrinks } = failure;
  const [before, after] = [walk.story.slice(0, walk.moves), walk.story.slice(walk.moves)];
  const isOfWorldsOrSteps = property.kind === 'always' || property.kind === 'everyStep';
  const stopped = isOfWorldsOrSteps ? after.join(' / ') : `not so in ${walk.drained} fair moves`;
  return [
    line,
    `  FAILS  ${property.statement}  [${property.clause}]`,
    `           ${before.join(' / ')}`,
    ...(stopped === '' ? [] : [`           and when nothing more goes wrong: ${stopped}`]),
    `  again: ${again(configuration, options, seed)}`,
    `  after ${shrinks} shrinks, this story alone: --path ${path}`,
  ];
}

const nameOf = (amended: readonly Amendment[]): string =>
  amended.length === 0 ? 'as written' : isAll(amended) ? 'all amendments' : amended.join(', ');
const isAll = (amended: readonly Amendment[]): boolean => allAmendments.every((one) => amended.includes(one));

/** The command that makes the same walks, with what is not said by default. */
function again({ name, amendments: amended }: Configuration, { runs, length }: SampleOptions, seed: number): string {
  const said = [
    ...(name === walkSettings[0]!.name ? [] : [`--setting ${name}`]),
    ...(isAll(amended) ? [] : [`--amendments ${amended.length === 0 ? 'none' : amended.join(',')}`]),
    ...(runs === defaults.runs ? [] : [`--runs ${runs}`]),
    ...(length === defaults.length ? [] : [`--length ${length}`]),
  ];
  return ['capif walk', ...said, `--seed ${seed}`].join(' ');
}

function asJson(configuration: Configuration, options: SampleOptions, { failure, ...sampled }: Sample) {
  return {
    schema: 1,
    setting: configuration.name,
    amendments: configuration.amendments,
    evidence: 'sampled',
    verdict: failure ? 'fails' : 'holds',
    length: options.length,
    ...sampled,
    ...(failure && {
      failure: {
        sentence: failure.property.statement,
        clause: failure.property.clause,
        kind: failure.property.kind,
        moves: failure.walk.story,
        drainedFrom: failure.walk.moves,
        shrinks: failure.shrinks,
        path: failure.path,
        again: again(configuration, options, sampled.seed),
        scenario: scenarioOf(configuration, failure.walk),
      },
    }),
  };
}

function readSetting(text: string): Setting {
  const found = walkSettings.find(({ name }) => name === text);
  if (!found) throw new InvalidArgumentError(`It is one of ${walkSettings.map(({ name }) => name).join(', ')}.`);
  return found;
}

function readSeed(text: string): number {
  const seed = Number(text);
  if (!/^-?\d{1,10}$/.test(text) || seed !== (seed | 0)) throw new InvalidArgumentError('It is a number of 32 bits.');
  return seed;
}

function readPath(text: string): string {
  if (!/^\d+(:\d+)*$/.test(text)) throw new InvalidArgumentError('It is numbers with : between them.');
  return text;
}
