/** `capif spin`: the same settings searched by SPIN, and whether it finds the same worlds, transitions and verdicts. */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type Amendment, allAmendments, amendments, asWritten } from '../machines/vocabulary.ts';
import { methodUpdate } from './method-update.ts';
import { promelaOf } from './promela.ts';
import { compose } from './rules.ts';
import { type Setting, settings } from './setting.ts';
import { type Agreement, compareWithSpin, SpinFailed } from './spin.ts';

const examples = `
Settings: ${settings.map(({ name }) => name).join(', ')}, or all.
Only sentences about safety are asked: the fairness of SPIN is that of processes, and the model is one process.

Examples:
  capif spin                                       the setting fair, as written and amended
  capif spin --setting all --json
  capif spin --setting sets --amendments all --out sets.pml    writes sets.pml and its tables sets.pml.h; runs nothing

Exit codes: 0 SPIN agrees, 1 it does not, 2 wrong usage, 3 SPIN or the C compiler is missing or failed.
`;

type Options = { setting: Setting[]; amendments?: Amendment[]; out?: string; json?: true };

export function addCommands(program: Command): void {
  program
    .command('spin')
    .description('searches a setting with SPIN too, and compares worlds, transitions and the verdicts on safety')
    .option('--setting <name>', 'one of those below, or all', readSetting, readSetting('fair'))
    .option(
      '--amendments <list>',
      'all, none, or names separated by commas; without it, none and then all',
      readAmendments,
    )
    .option('--out <file>', 'write the Promela model, and its tables beside it, instead of running it')
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', examples)
    .action(run);
}

function run({ setting: chosen, amendments: given, out, json }: Options): void {
  const sets = given ? [given] : [asWritten, allAmendments];
  if (out !== undefined) {
    const [setting] = chosen;
    write(out, setting!, chosen.length > 1 ? undefined : (given ?? allAmendments));
    return;
  }
  const results: object[] = [];
  let agree = true;
  for (const setting of chosen) {
    for (const amended of sets) {
      try {
        const agreement = compareWithSpin(
          compose({ ...setting, amendments: amended }),
          methodUpdate(setting.supported),
        );
        agree &&= agreement.agrees;
        results.push(asJson(setting, amended, agreement));
        if (!json) console.log(line(setting, amended, agreement));
      } catch (error) {
        if (!(error instanceof SpinFailed)) throw error;
        process.stderr.write(`capif: ${error.message}\n`);
        process.exitCode = 3;
        return;
      }
    }
  }
  if (json) console.log(JSON.stringify({ schema: 1, agree, results }));
  process.exitCode = agree ? 0 : 1;
}

/** One model: of one setting, with all amendments unless others are named. */
function write(out: string, setting: Setting, amended: readonly Amendment[] | undefined): void {
  if (!amended) {
    process.stderr.write('capif: --out writes one model, so it needs one setting\n');
    process.exitCode = 2;
    return;
  }
  const composition = compose({ ...setting, amendments: amended });
  const { promela, tables } = promelaOf(composition, methodUpdate(setting.supported), `${basename(out)}.h`);
  writeFileSync(out, promela);
  writeFileSync(`${out}.h`, tables);
  console.log(`wrote ${out} and ${out}.h`);
}

const nameOf = (amended: readonly Amendment[]): string => {
  if (amended.length === 0) return 'as written';
  return amended.length === allAmendments.length ? 'all amendments' : amended.join(', ');
};

function line(setting: Setting, amended: readonly Amendment[], { agrees, ours, spin, sentences }: Agreement): string {
  const counts = ({ worlds, transitions, seconds }: Agreement['ours']) =>
    `${worlds} worlds, ${transitions} transitions, ${seconds.toFixed(1)} s`;
  const differ = sentences.filter((one) => one.ours !== one.spin).map(({ sentence }) => sentence.split(' ')[0]);
  const kept = sentences.filter((one) => one.spin).length;
  const verdicts =
    differ.length > 0
      ? `verdicts differ on ${differ.join(', ')}`
      : `${kept} of ${sentences.length} sentences hold in both`;
  const missing = spin.missing > 0 ? `, ${spin.missing} look-ups that we never met` : '';
  return `${agrees ? 'agree' : 'DISAGREE'}  ${setting.name}, ${nameOf(amended)}: ours ${counts(ours)}; SPIN ${counts(spin)} (${spin.secondsInAll.toFixed(1)} s with compiling); ${verdicts}${missing}`;
}

function asJson(setting: Setting, amended: readonly Amendment[], { agrees, ours, spin, sentences }: Agreement) {
  const { worlds, transitions, seconds, secondsInAll, missing } = spin;
  return {
    setting: setting.name,
    amendments: amended,
    agrees,
    ours,
    spin: { worlds, transitions, seconds, secondsInAll, missing },
    sentences,
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
