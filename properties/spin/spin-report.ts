/** Whether SPIN finds the same states, transitions and verdicts in each setting, as text and as plain data. */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Amendment } from '../../machines/vocabulary.ts';
import { compose } from '../model/rules/composition.ts';
import type { Configuration, Setting } from '../model/setting.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import { amendmentsText } from '../traces/amendment-text.ts';
import { promelaOf } from './promela.ts';
import { type Agreement, compareWithSpin, SpinFailed } from './spin.ts';

/**
 * Compares safety and what can happen. Properties of endless runs need weak or strong fairness of each rule; SPIN has weak
 * fairness of processes, and the model is one process.
 */
export function compareAllWithSpin(
  chosen: readonly Setting[],
  sets: readonly (readonly Amendment[])[],
  json: boolean,
): void {
  const results: object[] = [];
  let agree = true;
  for (const setting of chosen) {
    for (const amended of sets) {
      try {
        const agreement = compareWithSpin(compose({ ...setting, amendments: amended }), methodUpdate(setting));
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

export function writePromela(file: string, configuration: Configuration): void {
  const { promela, tables } = promelaOf(compose(configuration), methodUpdate(configuration), `${basename(file)}.h`);
  writeFileSync(file, promela);
  writeFileSync(`${file}.h`, tables);
  console.log(`wrote ${file} and ${file}.h`);
}

function line(setting: Setting, amendments: readonly Amendment[], { agrees, ours, spin, verdicts }: Agreement): string {
  const counts = ({ states, transitions, seconds }: Agreement['ours']) =>
    `${states} states, ${transitions} transitions, ${seconds.toFixed(1)} s`;
  const differ = verdicts.filter((one) => one.ours !== one.spin).map(({ statement }) => statement.split(' ')[0]);
  const holding = verdicts.filter((one) => one.spin).length;
  const compared =
    differ.length > 0
      ? `the verdicts differ on ${differ.join(', ')}`
      : `${holding} of ${verdicts.length} properties hold in both`;
  const missing = spin.missing > 0 ? `; ${spin.missing} look-ups that our exploration never met` : '';
  return [
    `${agrees ? 'agree' : 'DISAGREE'}  ${setting.name}, ${amendmentsText(amendments)}: ${compared}${missing}`,
    `  ours: ${counts(ours)}`,
    `  SPIN: ${counts(spin)} (${spin.secondsInAll.toFixed(1)} s with compiling)`,
  ].join('\n');
}

function asJson(setting: Setting, amendments: readonly Amendment[], { agrees, ours, spin, verdicts }: Agreement) {
  const { states, transitions, seconds, secondsInAll, missing } = spin;
  return {
    setting: setting.name,
    amendments,
    agrees,
    ours,
    spin: { states, transitions, seconds, secondsInAll, missing },
    sentences: verdicts.map(({ statement, ...verdict }) => ({ sentence: statement, ...verdict })),
  };
}
