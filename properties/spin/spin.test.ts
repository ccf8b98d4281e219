/** SPIN, which shares only the rules with our explorer, finds the same states, transitions and verdicts. */
import { expect, test } from 'vitest';
import { allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { verify } from '../checker/verify.ts';
import { compose } from '../model/rules/composition.ts';
import { type Setting, settings } from '../model/setting.ts';
import type { Replacements } from '../model/state.ts';
import { allMutants } from '../mutation/mutants.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import { isSafety } from './rule-tables.ts';
import { compareWithSpin, howToInstall, missingTools } from './spin.ts';

const absent = missingTools();
if (absent.length > 0) console.warn(`not compared with SPIN: ${absent.join(' and ')} cannot be run. ${howToInstall}`);

const settingOf = (name: string, changed: Partial<Setting> = {}): Setting => ({
  ...settings.find((one) => one.name === name)!,
  ...changed,
});

function compared(setting: Setting, amendments: typeof allAmendments, replaced: Replacements = {}) {
  const { agrees, ours, spin, verdicts } = compareWithSpin(
    compose({ ...setting, amendments }, replaced),
    methodUpdate(setting),
  );
  expect([spin.states, spin.transitions]).toEqual([ours.states, ours.transitions]);
  expect(spin.missing).toBe(0);
  expect(verdicts.filter((one) => one.ours !== one.spin)).toEqual([]);
  expect(agrees).toBe(true);
  return { states: spin.states, broken: verdicts.filter((one) => !one.spin).map(({ statement }) => statement) };
}

for (const setting of [settingOf('fair', { changes: 2 }), settingOf('three', { changes: 1 }), settingOf('sets')]) {
  test.skipIf(absent.length > 0)(`SPIN agrees on the setting "${setting.name}", as written and amended (6.7)`, () => {
    expect(compared(setting, asWritten as typeof allAmendments).states).toBeGreaterThan(100);
    expect(compared(setting, allAmendments).states).toBeGreaterThan(100);
  });
}

for (const [setting, what] of [
  ['fair', 'where numbers are renamed again and again'],
  ['revocation', 'on revocation'],
] as const) {
  test.skipIf(absent.length > 0)(`SPIN agrees ${what} (6.7, 6.5.2)`, () => {
    compared(settingOf(setting), asWritten as typeof allAmendments);
  });
}

test.skipIf(absent.length > 0)('a broken machine breaks the same properties in both (6.7)', () => {
  const setting = settingOf('sets');
  const kept = compared(setting, allAmendments).broken;
  const safety = methodUpdate(setting).filter(isSafety);
  const broken = allMutants()
    .filter(({ machine }) => machine === 'invokerAdmission' || machine === 'apiExposingFunction')
    .find(({ machine, replacement }) =>
      verify(
        { ...compose({ ...setting, amendments: allAmendments }, { [machine]: replacement }), properties: safety },
        { limit: 20_000 },
      ).verdicts.some(({ property, holds }) => !holds && !kept.includes(property.statement)),
    );
  const refused = compared(setting, allAmendments, { [broken!.machine]: broken!.replacement }).broken;
  expect(refused.length).toBeGreaterThan(kept.length);
});
