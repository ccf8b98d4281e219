/** `capif verify`: what is guaranteed, with what evidence, as written and amended; and which amendment is needed for what. */
import { type Command, InvalidArgumentError } from 'commander';
import { type Amendment, allAmendments, amendments, asWritten } from '../machines/vocabulary.ts';
import { methodUpdate } from './method-update.ts';
import { checkQuotient } from './quotient.ts';
import { compose } from './rules.ts';
import { type Setting, settings } from './setting.ts';
import { moveWords } from './story.ts';
import { type Verdict, type Verification, verify } from './verify.ts';

const assumptions = [
  'one invoker, one core, one AEF and its publisher; a role keeps its word, the network and an attacker need not',
  'changes, broken exchanges and attacks happen as often as they like, but not for ever; what can then happen again and again does',
  'a TLS-PSK handshake succeeds exactly if both sides hold the key of the same negotiation; tokens and certificates are not forged',
  'at most two publications are under way at once; a restarted role keeps its identity, the AEF its methods, the core everything',
];

const examples = `
Settings:
${settings.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}

Examples:
  capif verify                              the hostile setting, as written and amended
  capif verify --setting all                every setting, as written and amended
  capif verify --setting fair --amendments accept-both-until-published,newest-revision-wins
  capif verify --ablation                   which amendment is needed for which sentence

Exit codes: 0 every sentence holds with all amendments, 1 one does not, 2 wrong usage, 3 internal error.
`;

type Options = {
  setting: Setting[];
  amendments?: Amendment[];
  ablation?: true;
  json?: true;
  quiet?: true;
  limit: number;
};

export function addCommands(program: Command): void {
  program
    .command('verify')
    .description('visits every world of a setting and asks every sentence of every world, step and fair run')
    .option('--setting <name>', 'one of those below, or all', readSetting, readSetting('hostile'))
    .option(
      '--amendments <list>',
      'all, none, or names separated by commas; without it, none and then all',
      readAmendments,
    )
    .option('--ablation', 'leave out one amendment after another')
    .option(
      '--limit <worlds>',
      'stop at so many worlds; what is then said to hold is not proved',
      readLimit,
      20_000_000,
    )
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'no progress on standard error')
    .addHelpText('after', examples)
    .action(run);
}

type Result = { setting: Setting; amendments: readonly Amendment[]; verification: Verification; evidence: string };

function run(options: Options): void {
  const { setting: chosen, json, quiet, ablation } = options;
  const sets = ablation ? ablationSets() : options.amendments ? [options.amendments] : [asWritten, allAmendments];
  const results: Result[] = [];
  for (const setting of chosen) {
    for (const amended of sets) {
      const result = ask(setting, amended, options);
      results.push(result);
      if (!json && !ablation) console.log(table(result));
    }
  }
  const isAll = ({ amendments }: Result) => amendments.length === allAmendments.length;
  const mustHold = options.amendments ? results : results.filter(isAll);
  process.exitCode = mustHold.every(({ verification }) => verification.verdicts.every(({ holds }) => holds)) ? 0 : 1;
  if (json) console.log(JSON.stringify({ schema: 1, assumptions, results: results.map(asJson) }));
  else {
    if (ablation) console.log(ablationTable(results));
    console.log(`Assuming that\n${assumptions.map((one) => `  - ${one}`).join('\n')}`);
  }
  if (!quiet && process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

function ask(setting: Setting, amended: readonly Amendment[], { limit, quiet }: Options): Result {
  const composition = compose({ ...setting, amendments: amended });
  const progress = !quiet && process.stderr.isTTY;
  const verification = verify(composition, methodUpdate(setting.supported), {
    limit,
    onProgress(what, worlds) {
      if (progress) process.stderr.write(`\r\x1b[K${setting.name}: ${worlds} worlds, ${what}`.slice(0, 110));
    },
  });
  return { setting, amendments: amended, verification, evidence: evidenceFor(setting, verification, composition) };
}

/** Renaming is only relied on where it has just been checked. */
function evidenceFor(setting: Setting, { complete }: Verification, composition: ReturnType<typeof compose>): string {
  if (!complete) return 'partial';
  const quotient = checkQuotient(composition, 1000);
  if (!quotient.agrees) throw new Error('worlds that differ only in their counting do not behave alike');
  return setting.changes === 'always' ? 'unbounded' : 'exhaustive';
}

const nameOf = (amended: readonly Amendment[]): string => {
  if (amended.length === 0) return 'as written';
  if (amended.length === allAmendments.length) return 'all amendments';
  const missing = allAmendments.filter((one) => !amended.includes(one));
  return missing.length === 1 ? `without ${missing[0]}` : amended.join(', ');
};

function table({ setting, amendments: amended, verification, evidence }: Result): string {
  const { worlds, transitions, seconds, verdicts } = verification;
  const head = `${setting.name}, ${nameOf(amended)}: ${worlds} worlds, ${transitions} transitions, ${seconds.toFixed(1)} s, ${evidence}`;
  return [head, ...verdicts.flatMap((verdict) => row(verdict, verification)), ''].join('\n');
}

function row({ property, holds, times, run }: Verdict, verification: Verification): string[] {
  const found = times === undefined ? '' : ` (${Number.isFinite(times) ? times : 'no bound'})`;
  const line = `  ${holds ? 'holds' : 'FAILS'}  ${property.sentence}${found}  [${property.clause}]`;
  if (holds || !run) return [line];
  const story = [`           ${moveWords(verification, run.stem).join(' / ')}`];
  if (run.loop.length > 0) story.push(`           for ever: ${moveWords(verification, run.loop).join(' / ')}`);
  return [line, ...story];
}

function ablationSets(): (readonly Amendment[])[] {
  return [asWritten, allAmendments, ...allAmendments.map((left) => allAmendments.filter((one) => one !== left))];
}

function ablationTable(results: readonly Result[]): string {
  const names = [...new Set(results.map(({ amendments: amended }) => nameOf(amended)))];
  const lines = names.map((name) => {
    const broken = results
      .filter(({ amendments: amended }) => nameOf(amended) === name)
      .flatMap(({ setting, verification }) =>
        verification.verdicts
          .filter(({ holds }) => !holds)
          .map(({ property }) => `${property.sentence.split(' ')[0]} (${setting.name})`),
      );
    return `  ${name.padEnd(40)} ${broken.length === 0 ? 'every sentence holds' : `fails: ${[...new Set(broken)].join(', ')}`}`;
  });
  return `Settings: ${[...new Set(results.map(({ setting }) => setting.name))].join(', ')}\n${lines.join('\n')}\n`;
}

function asJson({ setting, amendments: amended, verification, evidence }: Result) {
  const { worlds, transitions, seconds, verdicts, explored } = verification;
  return {
    setting: setting.name,
    amendments: amended,
    worlds,
    transitions,
    seconds,
    bytesPerWorld: explored.bytesPerWorld,
    machineCalls: explored.machineCalls,
    properties: verdicts.map(({ property, holds, times, run }) => ({
      sentence: property.sentence,
      clause: property.clause,
      kind: property.kind,
      verdict: holds ? 'holds' : 'fails',
      evidence,
      states: worlds,
      transitions,
      seconds,
      ...(times === undefined ? {} : { times: Number.isFinite(times) ? times : 'unbounded' }),
      ...(holds || !run
        ? {}
        : { counterexample: { moves: moveWords(verification, run.stem), forEver: moveWords(verification, run.loop) } }),
    })),
  };
}

function readSetting(text: string): Setting[] {
  if (text === 'all') return [...settings];
  const found = settings.filter(({ name }) => name === text);
  if (found.length === 0)
    throw new InvalidArgumentError(`It is all, or one of ${settings.map(({ name }) => name).join(', ')}.`);
  return found;
}

function readAmendments(text: string): Amendment[] {
  if (text === 'all') return allAmendments;
  if (text === 'none') return [];
  const names = text.split(',');
  const unknown = names.find((name) => !Object.hasOwn(amendments, name));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${allAmendments.join(', ')}.`);
  return names as Amendment[];
}

function readLimit(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1 on.');
  return Number(text);
}
