/** The same settings searched by SPIN, as text and as plain data: whether it finds the same worlds, transitions and verdicts. */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Amendment } from '../../machines/vocabulary.ts';
import { nameOf } from '../commands/verify-report.ts';
import { compose } from '../model/rules/composition.ts';
import type { Configuration, Setting } from '../model/setting.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import { promelaOf } from './promela.ts';
import { type Agreement, compareWithSpin, SpinFailed } from './spin.ts';

/**
 * Only sentences about safety and about what happens are asked. Those about endless runs rest on fairness of each kind of
 * exchange, weak or strong; SPIN has weak fairness of processes, and the model is one process.
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

export function writePromela(file: string, configuration: Configuration): void {
  const { promela, tables } = promelaOf(
    compose(configuration),
    methodUpdate(configuration.supported),
    `${basename(file)}.h`,
  );
  writeFileSync(file, promela);
  writeFileSync(`${file}.h`, tables);
  console.log(`wrote ${file} and ${file}.h`);
}

function line(setting: Setting, amended: readonly Amendment[], { agrees, ours, spin, sentences }: Agreement): string {
  const counts = ({ states: worlds, transitions, seconds }: Agreement['ours']) =>
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
  const { states: worlds, transitions, seconds, secondsInAll, missing } = spin;
  return {
    setting: setting.name,
    amendments: amended,
    agrees,
    ours,
    spin: { worlds, transitions, seconds, secondsInAll, missing },
    sentences,
  };
}
