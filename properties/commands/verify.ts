/** `capif verify`: which properties hold, with what evidence, as written and amended; which amendments they need; is the checker right? */

import { mkdirSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { countUpTo, readAmendments } from '../../runtime/commands/arguments.ts';
import { glossary } from '../../runtime/terminal.ts';
import { checkSymmetry } from '../checker/symmetry-check.ts';
import { verify } from '../checker/verify.ts';
import { type Configuration, type Setting, settings } from '../model/setting.ts';
import { allMutants, mutantsSample } from '../mutation/mutants.ts';
import { idleProperties, mutantsAsJson, mutantsAsText } from '../mutation/report.ts';
import { Tally, tryToKillAll } from '../mutation/tally.ts';
import { type CapifModel, modelOf } from '../requirements/all-properties.ts';
import { compareAllWithSpin, writePromela } from '../spin/spin-report.ts';
import { amendmentsText } from '../traces/amendment-text.ts';
import { untilInterrupted } from './interruptible.ts';
import { type Progress, progressLine, silent } from './progress.ts';
import { ablationTable, asText, type Evidence, type Report, reportOf } from './verify-report.ts';

const assumptions = [
  'there are one invoker, one core, one AEF and its publisher',
  'the roles follow the protocol; the network and an attacker need not',
  'changes, broken exchanges and attacks happen any number of times, but not for ever',
  'after that, whatever is enabled again and again happens again and again',
  'a TLS-PSK handshake succeeds exactly if both sides hold the key of the same negotiation',
  'tokens and certificates cannot be forged',
  'at most two publications are under way at once',
  'a restarted role keeps its identity, the AEF also its methods, and the core everything',
];

/** After Ctrl-C, the search that was interrupted is repeated up to so many states, which takes a moment. */
const nearest = 50_000;

const examples = `
Settings:
${glossary(
  settings.map(({ name, about }) => [name, about]),
  12,
)}

Examples:
  capif verify                              the setting hostile, as written and amended, and some mutants
  capif verify --setting all                every setting, as written and amended
  capif verify --setting fair --amendments accept-both-until-published,newest-revision-wins
  capif verify --setting fair --amendments none --counterexamples
  capif verify --ablation                   which amendment is needed for which property
  capif verify --mutants                    break each transition, guard and action of the machines in turn
  capif verify --spin --setting sets        SPIN must find the same states, transitions and verdicts
                                            (without L1 to L3, because SPIN lacks the fairness they need)

Ctrl-C ends a search; the report then covers the states that it has visited, and says that it is partial.
With --json one object is printed: the report of the last search. If there are several searches, "results"
has the reports of all of them.

Exit codes: 0 every property holds with all amendments, or with those that are named, no mutant survives, and
each property kills a mutant; 1 not so; 2 wrong usage; 3 internal error, a search that stopped at its limit,
or no SPIN; 130 ended by Ctrl-C, whatever was found.
`;

type Options = {
  setting?: Setting[];
  amendments?: Amendment[];
  ablation?: true;
  mutants?: true;
  spin?: true;
  promela?: string;
  counterexamples?: string | true;
  seed: number;
  limit: number;
  json?: true;
  quiet?: true;
};

export function addCommands(program: Command): void {
  program
    .command('verify')
    .description('explores every state of a setting and checks every property of states, steps and fair endless runs')
    .option('--setting <name>', 'one of the settings below, or all (default: hostile; with --spin, fair)', readSetting)
    .option(
      '--amendments <list>',
      'all, none, or names separated by commas (default: none, and then all)',
      readAmendments,
    )
    .addOption(new Option('--ablation', 'leave out each amendment in turn').conflicts(['mutants', 'spin']))
    .addOption(new Option('--mutants', 'try to kill every mutant, and nothing else').conflicts(['spin']))
    .option('--seed <n>', 'the sample of mutants to try when no setting is given', readSeed, 0)
    .option('--spin', 'compare with SPIN, and nothing else')
    .option('--promela <file>', 'write the Promela model and its tables, and nothing else')
    .option(
      '--counterexamples [folder]',
      'save each counterexample as a file for "capif play" and "capif chart" (default folder: counterexamples)',
    )
    .option(
      '--limit <states>',
      'stop at so many states; properties that could still fail are then not reported to hold',
      countUpTo(1_000_000_000),
      20_000_000,
    )
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'no progress on standard error')
    .addHelpText('after', examples)
    .action(run);
}

function run(this: Command, options: Options): void {
  const { setting, amendments: named, promela, spin, mutants, json } = options;
  const compared = { settings: setting ?? readSetting('fair'), sets: named ? [named] : [asWritten, allAmendments] };
  if (promela !== undefined) {
    if (compared.settings.length > 1) this.error('error: --promela writes one model, so it needs one setting');
    return writePromela(promela, { ...compared.settings[0]!, amendments: named ?? allAmendments });
  }
  if (spin) return compareAllWithSpin(compared.settings, compared.sets, json === true);
  const progress = options.quiet ? silent : progressLine();
  if (mutants) return mutateAll(options, progress);
  verifyAll(options, progress);
}

function mutateAll({ json }: Options, progress: Progress): void {
  const tally = new Tally(allMutants().length);
  const done = untilInterrupted(() => tryToKillAll(allMutants(), tally, progress.say, true));
  progress.clear();
  const partial = done ? {} : { partial: true };
  if (json) console.log(JSON.stringify({ schema: 1, ...partial, mutants: mutantsAsJson(tally, true) }));
  else console.log(mutantsAsText(tally, 'all of them', true));
  const isClean = tally.isClean && idleProperties(tally).length === 0;
  process.exitCode = done ? exitFor(!isClean, true) : exitCodes.interrupted;
}

function verifyAll(options: Options, progress: Progress): void {
  const { setting: chosen = readSetting('hostile'), amendments: named, ablation, json } = options;
  const sets = ablation ? ablationSets() : named ? [named] : [asWritten, allAmendments];
  const configurations = chosen.flatMap((setting) =>
    sets.map((amendments): Configuration => ({ ...setting, amendments })),
  );
  const sample = options.setting || named || ablation ? [] : mutantsSample(options.seed);
  const tally = new Tally(sample.length);
  const reports: Report[] = [];
  const add = (configuration: Configuration, limit: number) => {
    const report = verified(configuration, limit, options, progress);
    reports.push(report);
    progress.clear();
    if (!json && !ablation) console.log(asText(report));
  };

  const done = untilInterrupted(() => {
    for (const configuration of configurations) add(configuration, options.limit);
    tryToKillAll(sample, tally, progress.say);
  });
  const interrupted = configurations[reports.length];
  if (interrupted) add(interrupted, nearest);
  const notVerified = configurations.slice(reports.length);

  const mustHold = named ? reports : reports.filter(({ amendments: { length } }) => length === allAmendments.length);
  const broken = mustHold.some(({ properties }) => properties.some(({ verdict }) => verdict === 'fails'));
  const complete = reports.every((report) => report.complete);
  process.exitCode = done ? exitFor(broken || !tally.isClean, complete) : exitCodes.interrupted;
  const mutants = sample.length > 0 ? { mutants: mutantsAsJson(tally) } : {};
  if (json) {
    const all = reports.length > 1 ? { results: reports } : {};
    const partial = done
      ? {}
      : { partial: true, notAsked: notVerified.map(({ name, amendments }) => ({ setting: name, amendments })) };
    return console.log(JSON.stringify({ schema: 1, ...partial, ...reports.at(-1), assumptions, ...all, ...mutants }));
  }
  if (ablation) console.log(ablationTable(reports));
  if (sample.length > 0) console.log(mutantsAsText(tally, `a sample, seed ${options.seed}`));
  for (const { name, amendments } of notVerified) console.log(`not verified: ${name}, ${amendmentsText(amendments)}`);
  if (!done) console.log('PARTIAL: ended by Ctrl-C; a property that is not violated so far is not reported to hold.\n');
  console.log(`Assumptions:\n${assumptions.map((one) => `  - ${one}`).join('\n')}`);
}

function verified(
  configuration: Configuration,
  limit: number,
  { counterexamples }: Options,
  progress: Progress,
): Report {
  const folder = counterexamples === true ? 'counterexamples' : counterexamples;
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const model = modelOf(configuration);
  const verification = verify(model, {
    limit,
    onProgress: (what, count) =>
      progress.say(`${configuration.name}, ${amendmentsText(configuration.amendments)}: ${count} states, ${what}`),
  });
  return reportOf(
    verification,
    configuration,
    verification.complete ? provedOf(configuration, model) : 'partial',
    folder,
  );
}

/** The proof relies on canonical states, so each time it is checked that renaming numbers is a symmetry. */
function provedOf(configuration: Configuration, model: CapifModel): Evidence {
  const { agrees } = checkSymmetry(model, 1000);
  if (!agrees) throw new Error('states that differ only in their counters do not behave alike');
  return configuration.changes === 'always' ? 'unbounded' : 'exhaustive';
}

const exitCodes = { broken: 1, incomplete: 3, interrupted: 130 };
const exitFor = (broken: boolean, complete: boolean): number =>
  broken ? exitCodes.broken : complete ? 0 : exitCodes.incomplete;

function ablationSets(): (readonly Amendment[])[] {
  return [asWritten, ...allAmendments.map((left) => allAmendments.filter((one) => one !== left)), allAmendments];
}

function readSetting(text: string): Setting[] {
  if (text === 'all') return [...settings];
  const found = settings.filter(({ name }) => name === text);
  if (found.length === 0)
    throw new InvalidArgumentError(`It must be all, or one of ${settings.map(({ name }) => name).join(', ')}.`);
  return found;
}

function readSeed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return Number(text);
}
