/** `capif verify`: what is guaranteed, with what evidence, as written and amended; which amendment is needed; is the checker right? */

import { mkdirSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { readAmendments, readCount } from '../../runtime/commands/arguments.ts';
import { checkSymmetry } from '../checker/symmetry-check.ts';
import { verify } from '../checker/verify.ts';
import { compose } from '../model/rules/composition.ts';
import { type Configuration, type Setting, settings } from '../model/setting.ts';
import { allMutants, mutantsSample } from '../mutation/mutants.ts';
import { idleSentences, mutantsAsJson, mutantsAsText, Tally, tallyUp } from '../mutation/report.ts';
import { propertiesOf } from '../requirements/all-properties.ts';
import { compareAllWithSpin, writePromela } from '../spin/spin-report.ts';
import { untilInterrupted } from './interruptible.ts';
import { type Progress, progressLine, silent } from './progress.ts';
import { ablationTable, asText, type Evidence, nameOf, type Report, reportOf } from './verify-report.ts';

const assumptions = [
  'one invoker, one core, one AEF and its publisher; a role keeps its word, the network and an attacker need not',
  'changes, broken exchanges and attacks happen as often as they like, but not for ever; what can then happen again and again does',
  'a TLS-PSK handshake succeeds exactly if both sides hold the key of the same negotiation; tokens and certificates are not forged',
  'at most two publications are under way at once; a restarted role keeps its identity, the AEF its methods, the core everything',
];

/** What is asked again of a search that was interrupted: enough to say something, and soon. */
const nearest = 50_000;

const examples = `
Settings:
${settings.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}

Examples:
  capif verify                              the hostile setting, as written and amended, and a sample of mutants
  capif verify --setting all                every setting, as written and amended
  capif verify --setting fair --amendments accept-both-until-published,newest-revision-wins
  capif verify --setting fair --amendments none --counterexamples
  capif verify --ablation                   which amendment is needed for which sentence
  capif verify --mutants                    breaks each transition, guard and action of the machines, one at a time
  capif verify --spin --setting sets        SPIN searches the same rules: worlds, transitions and verdicts must agree
                                            (but for L1, L2 and L3 about endless runs: SPIN has no such fairness)

Ctrl-C ends a search; what it has seen is reported, and said to be partial. With --json one object is printed: that of the
last search, and in "results" all of them if there are several.

Exit codes: 0 every sentence holds with all amendments, or with those that are named, no mutant survives, and
each sentence notices one; 1 one does not; 2 wrong usage; 3 internal error, a search that stopped at its limit, or no SPIN;
130 ended by Ctrl-C, whatever was seen.
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
    .description('visits every world of a setting and asks every sentence of every world, step and fair run')
    .option('--setting <name>', 'one of those below, or all (default: hostile; with --spin, fair)', readSetting)
    .option(
      '--amendments <list>',
      'all, none, or names separated by commas; without it, none and then all',
      readAmendments,
    )
    .addOption(new Option('--ablation', 'leave out one amendment after another').conflicts(['mutants', 'spin']))
    .addOption(new Option('--mutants', 'judge every mutant, and nothing else').conflicts(['spin']))
    .option('--seed <n>', 'which sample of the mutants is judged with the hostile setting', readSeed, 0)
    .option('--spin', 'compare with SPIN, and nothing else')
    .option('--promela <file>', 'write the model that SPIN is given, and its tables beside it, and do nothing else')
    .option(
      '--counterexamples [folder]',
      'save them as files for "capif play" and "capif chart" (default folder: counterexamples)',
    )
    .option(
      '--limit <worlds>',
      'stop at so many worlds; what is not violated by then is not said to hold',
      readCount,
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
  if (mutants) return judgeAll(options, progress);
  verifyAll(options, progress);
}

function judgeAll({ json }: Options, progress: Progress): void {
  const tally = new Tally(allMutants().length);
  const done = untilInterrupted(() => tallyUp(allMutants(), tally, progress, true));
  progress.clear();
  const partial = done ? {} : { partial: true };
  if (json) console.log(JSON.stringify({ schema: 1, ...partial, mutants: mutantsAsJson(tally, true) }));
  else console.log(mutantsAsText(tally, 'all of them', true));
  const isClean = tally.isClean && idleSentences(tally).length === 0;
  process.exitCode = done ? exitFor(!isClean, true) : exitCodes.interrupted;
}

function verifyAll(options: Options, progress: Progress): void {
  const { setting: chosen = readSetting('hostile'), amendments: named, ablation, json } = options;
  const sets = ablation ? ablationSets() : named ? [named] : [asWritten, allAmendments];
  const configurations = chosen.flatMap((setting) =>
    sets.map((amended): Configuration => ({ ...setting, amendments: amended })),
  );
  const sample = options.setting || named || ablation ? [] : mutantsSample(options.seed);
  const tally = new Tally(sample.length);
  const reports: Report[] = [];
  const add = (configuration: Configuration, limit: number) => {
    const report = ask(configuration, limit, options, progress);
    reports.push(report);
    progress.clear();
    if (!json && !ablation) console.log(asText(report));
  };

  const done = untilInterrupted(() => {
    for (const configuration of configurations) add(configuration, options.limit);
    tallyUp(sample, tally, progress);
  });
  const interrupted = configurations[reports.length];
  if (interrupted) add(interrupted, nearest);
  const notAsked = configurations.slice(reports.length);

  const mustHold = named ? reports : reports.filter(({ amendments: { length } }) => length === allAmendments.length);
  const broken = mustHold.some(({ properties }) => properties.some(({ verdict }) => verdict === 'fails'));
  const complete = reports.every((report) => report.complete);
  process.exitCode = done ? exitFor(broken || !tally.isClean, complete) : exitCodes.interrupted;
  const mutants = sample.length > 0 ? { mutants: mutantsAsJson(tally) } : {};
  if (json) {
    const all = reports.length > 1 ? { results: reports } : {};
    const partial = done
      ? {}
      : { partial: true, notAsked: notAsked.map(({ name, amendments }) => ({ setting: name, amendments })) };
    return void console.log(
      JSON.stringify({ schema: 1, ...partial, ...reports.at(-1), assumptions, ...all, ...mutants }),
    );
  }
  if (ablation) console.log(ablationTable(reports));
  if (sample.length > 0) console.log(mutantsAsText(tally, `a sample, seed ${options.seed}`));
  for (const { name, amendments: amended } of notAsked) console.log(`not asked: ${name}, ${nameOf(amended)}`);
  if (!done) console.log('PARTIAL: ended by Ctrl-C; what has not been violated so far is not said to hold.\n');
  console.log(`Assuming that\n${assumptions.map((one) => `  - ${one}`).join('\n')}`);
}

function ask(configuration: Configuration, limit: number, { counterexamples }: Options, progress: Progress): Report {
  const folder = counterexamples === true ? 'counterexamples' : counterexamples;
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const model = compose(configuration);
  const verification = verify(model, propertiesOf(configuration), {
    limit,
    onProgress: (what, count) =>
      progress.say(`${configuration.name}, ${nameOf(configuration.amendments)}: ${count} worlds, ${what}`),
  });
  return reportOf(
    verification,
    configuration,
    verification.complete ? provedOf(configuration, model) : 'partial',
    folder,
  );
}

/** Renaming is only relied on where it has just been checked. */
function provedOf(configuration: Configuration, model: ReturnType<typeof compose>): Evidence {
  const quotient = checkSymmetry(model, 1000);
  if (!quotient.agrees) throw new Error('worlds that differ only in their counting do not behave alike');
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
    throw new InvalidArgumentError(`It is all, or one of ${settings.map(({ name }) => name).join(', ')}.`);
  return found;
}

function readSeed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 0 on.');
  return Number(text);
}
