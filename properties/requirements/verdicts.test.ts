/** The verdicts with all amendments, as written, and without each amendment (6.7). */
import { expect, test } from 'vitest';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { checkSymmetry } from '../checker/symmetry-check.ts';
import { verify } from '../checker/verify.ts';
import { compose } from '../model/rules/composition.ts';
import { type Setting, settings } from '../model/setting.ts';
import { everyStatement, modelOf } from './all-properties.ts';

const settingOf = (name: string, changed: Partial<Setting> = {}): Setting => ({
  ...settings.find((one) => one.name === name)!,
  ...changed,
});
const without = (amendment: Amendment) => allAmendments.filter((one) => one !== amendment);

/** What said something somewhere in these tests, and how many searches there were. */
const asked = new Set<string>();
let searches = 0;
function verified(setting: Setting, amendments: readonly Amendment[], limit?: number) {
  const verification = verify(modelOf({ ...setting, amendments }), limit ? { limit } : {});
  searches += 1;
  for (const { property, asked: times } of verification.verdicts) if (times > 0) asked.add(property.statement);
  return verification;
}
const failing = (setting: Setting, amendments: readonly Amendment[]): string[] =>
  verified(setting, amendments).verdicts.flatMap(({ property, holds }) =>
    holds ? [] : [property.statement.split(' ')[0]!],
  );

/** One change, two methods, and exchanges that break: small enough for a test. */
const lossyOnce = settingOf('lossy', { changes: 1 });

/** A setting that takes too long for a test has smaller bounds here. */
const visited: [name: string, smaller?: Partial<Setting>][] = [
  ['fair'],
  ['three', { changes: 3 }],
  ['sets'],
  ['services'],
  ['disjoint', { cuts: 1 }],
  ['repeated'],
  ['withdrawn', { changes: 1 }],
  ['ageing'],
  ['revocation'],
  ['offboarding', { cuts: 1 }],
  ['restarts', { changes: 1, revocations: 1 }],
  ['notified'],
  ['notifications', { cuts: 1 }],
];
for (const [name, smaller] of visited) {
  const bounds = smaller ? ` with ${JSON.stringify(smaller)}` : '';
  test(`with all amendments every property holds in the setting "${name}"${bounds} (6.7)`, () => {
    expect(failing(settingOf(name, smaller), allAmendments)).toEqual([]);
  });
}

test('no property holds only vacuously: each says something in one of these settings (6.7)', ({ skip }) => {
  skip(searches < visited.length, 'it needs the tests before it');
  expect(everyStatement().filter((statement) => !asked.has(statement))).toEqual([]);
});

test('as written, convergence fails although nothing is lost (6.7, R1, R5, R29)', () => {
  expect(failing(settingOf('fair'), asWritten)).toEqual(['L1', 'L1', 'L2', 'L3']);
});

test('as written, safety holds while no invoker is revoked: the procedure lacks an end, not a guard (6.7)', () => {
  const { verdicts } = verified(lossyOnce, asWritten);
  const safety = verdicts.filter(({ property }) => property.kind === 'always' || property.kind === 'everyStep');
  expect(safety.length).toBeGreaterThan(40);
  expect(safety.every(({ holds }) => holds)).toBe(true);
});

const neededFor: [Amendment, Setting, string[]][] = [
  ['publish-until-acknowledged', lossyOnce, ['L1']],
  ['accept-both-until-published', settingOf('fair'), ['L2']],
  ['newest-revision-wins', settingOf('fair'), ['L1', 'L1', 'L2']],
  ['fetch-credentials-again', settingOf('fair'), ['L1', 'L2']],
  ['name-the-service-api', settingOf('services'), ['L1']],
  ['keep-revocations', settingOf('revocation', { cuts: 0 }), ['S3', 'S3']],
  ['notify-of-updates', settingOf('notified'), ['L2']],
  ['revoke-at-offboarding', settingOf('offboarding', { cuts: 1, restarts: 0 }), ['S3']],
];
for (const [amendment, setting, letters] of neededFor) {
  test(`without ${amendment}, ${letters.join(', ')} fail in the setting "${setting.name}" (6.7)`, () => {
    expect(failing(setting, without(amendment))).toEqual(letters);
  });
}

for (const amendment of ['ask-again-after-a-pause', 'enforce-the-selection', 'bounded-attempts'] as const) {
  test(`no property needs ${amendment} (6.7)`, () => {
    expect(failing(settingOf('fair'), without(amendment))).toEqual([]);
    expect(failing(lossyOnce, without(amendment))).toEqual([]);
    expect(failing(settingOf('offboarding', { cuts: 1 }), without(amendment))).toEqual([]);
  });
}

test('an exploration that stops at its limit says that it is not complete', () => {
  expect(verified(settingOf('fair'), allAmendments, 1000).complete).toBe(false);
});

test('states that differ only in their counters behave alike, so the number of changes does not matter', () => {
  for (const name of ['fair', 'lossy', 'hostile']) {
    for (const amendments of [allAmendments, asWritten]) {
      const check = checkSymmetry(compose({ ...settingOf(name), amendments }), 500);
      expect(check).toMatchObject({ agrees: true, states: 500 });
      expect(check.renamed).toBeGreaterThan(100);
    }
  }
});

test('with notify-of-updates and the two that repair the publication, a notified invoker is never refused (6.7)', () => {
  const those: Amendment[] = ['notify-of-updates', 'accept-both-until-published', 'newest-revision-wins'];
  const { verdicts } = verified(settingOf('notified'), those);
  expect(verdicts.find(({ property }) => /^L2 an invoker that/.test(property.statement))).toMatchObject({
    holds: true,
  });
});
