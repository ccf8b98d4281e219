/** What is proved with all amendments, what fails as written, and which amendment each sentence needs (6.7). */
import { expect, test } from 'vitest';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { actionsOf } from '../checker/actions-of-run.ts';
import { checkSymmetry } from '../checker/symmetry-check.ts';
import { verify } from '../checker/verify.ts';
import { compose } from '../model/rules/composition.ts';
import { type Setting, settings } from '../model/setting.ts';
import { modelOf } from './all-properties.ts';

const settingOf = (name: string, changed: Partial<Setting> = {}): Setting => ({
  ...settings.find((one) => one.name === name)!,
  ...changed,
});
const without = (amendment: Amendment) => allAmendments.filter((one) => one !== amendment);

function verified(setting: Setting, amendments: readonly Amendment[], limit?: number) {
  return verify(modelOf({ ...setting, amendments }), limit ? { limit } : {});
}
const failing = (setting: Setting, amendments: readonly Amendment[]): string[] =>
  verified(setting, amendments).verdicts.flatMap(({ property, holds }) =>
    holds ? [] : [property.statement.split(' ')[0]!],
  );

/** One change, two methods, and exchanges that break: small enough for a test. */
const lossyOnce = settingOf('lossy', { changes: 1 });

/** Where a setting takes too long for a test, what is less of it. */
const visited: [name: string, less?: Partial<Setting>][] = [
  ['fair'],
  ['three', { changes: 3 }],
  ['sets'],
  ['disjoint', { cuts: 1 }],
  ['repeated'],
  ['ageing'],
  ['revocation'],
  ['offboarding', { cuts: 1 }],
  ['restarts', { changes: 1, revocations: 1 }],
];
for (const [name, less] of visited) {
  const said = less ? ` with ${JSON.stringify(less)}` : '';
  test(`with all amendments every sentence holds in every world of the setting "${name}"${said} (6.7)`, () => {
    expect(failing(settingOf(name, less), allAmendments)).toEqual([]);
  });
}

test('as written, convergence fails although nothing is lost (6.7, R1, R5, R29)', () => {
  expect(failing(settingOf('fair'), asWritten)).toEqual(['L1', 'L1', 'L2', 'L3']);
});

test('as written, safety holds all the same while nobody is revoked: what the text lacks is an end, not a guard (6.7)', () => {
  const { verdicts } = verified(lossyOnce, asWritten);
  const safety = verdicts.filter(({ property }) => property.kind === 'always' || property.kind === 'everyStep');
  expect(safety.length).toBeGreaterThan(40);
  expect(safety.every(({ holds }) => holds)).toBe(true);
});

test('a publication that is lost once, and never repeated, leaves the invoker refused for ever (6.7, R3)', () => {
  const verification = verified(lossyOnce, without('publish-until-acknowledged'));
  const [failed] = verification.verdicts.filter(({ holds }) => !holds);
  const story = actionsOf(verification, [...failed!.run!.stem, ...failed!.run!.loop]);
  expect(failed!.property.statement).toMatch(/^L1 /);
  expect(story.some((words) => words.startsWith('lose ServiceApiUpdate'))).toBe(true);
});

const neededFor: [Amendment, Setting, string[]][] = [
  ['publish-until-acknowledged', lossyOnce, ['L1']],
  ['accept-both-until-published', settingOf('fair'), ['L2']],
  ['newest-revision-wins', settingOf('fair'), ['L1', 'L1', 'L2']],
  ['fetch-credentials-again', settingOf('fair'), ['L1', 'L2']],
  ['keep-revocations', settingOf('revocation', { cuts: 0 }), ['S3', 'S3']],
  ['revoke-at-offboarding', settingOf('offboarding', { cuts: 1, restarts: 0 }), ['S3']],
];
for (const [amendment, setting, sentences] of neededFor) {
  test(`without ${amendment}, ${sentences.join(', ')} fail in the setting "${setting.name}" (6.7)`, () => {
    expect(failing(setting, without(amendment))).toEqual(sentences);
  });
}

for (const amendment of ['ask-again-after-a-pause', 'bounded-attempts'] as const) {
  test(`no sentence needs ${amendment} (6.7)`, () => {
    expect(failing(settingOf('fair'), without(amendment))).toEqual([]);
    expect(failing(lossyOnce, without(amendment))).toEqual([]);
    expect(failing(settingOf('offboarding', { cuts: 1 }), without(amendment))).toEqual([]);
  });
}

test('a counterexample is a run from the first world, and its loop comes back to where it began', () => {
  const verification = verified(settingOf('fair'), asWritten);
  const { graph, verdicts } = verification;
  for (const { run, holds } of verdicts) {
    if (holds || !run) continue;
    expect(actionsOf(verification, run.stem).length).toBe(run.stem.length);
    const start = run.stem.length > 0 ? graph.targets[run.stem.at(-1)!] : 0;
    expect(graph.targets[run.loop.at(-1)!]).toBe(start);
  }
});

test('an exploration that is stopped at its limit says that it is not complete', () => {
  expect(verified(settingOf('fair'), allAmendments, 1000).complete).toBe(false);
});

test('worlds that differ only in their counting behave alike, so the number of changes does not matter', () => {
  for (const name of ['fair', 'lossy', 'hostile']) {
    for (const amendments of [allAmendments, asWritten]) {
      const check = checkSymmetry(compose({ ...settingOf(name), amendments }), 500);
      expect(check).toMatchObject({ agrees: true, states: 500 });
      expect(check.renamed).toBeGreaterThan(100);
    }
  }
});
