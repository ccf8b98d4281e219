/** Sets of amendments that are decided by the search of another set have the states and verdicts of their own search. */
import { expect, test } from 'vitest';
import { type Amendment, allAmendments } from '../../machines/vocabulary.ts';
import { Ablations } from './ablation.ts';
import { lossyOnce, offboardedOnce, settingOf } from './gaps.ts';

const without = (left: Amendment) => allAmendments.filter((one) => one !== left);

const unasked = [
  { setting: lossyOnce, unasked: ['newest-revision-wins', 'revoke-at-offboarding', 'keep-revocations'] },
  { setting: offboardedOnce, unasked: ['newest-revision-wins', 'keep-revocations'] },
] as const;
test.each(unasked)('in the setting $setting.name no machine asks for $unasked', ({ setting, unasked }) => {
  const ablations = new Ablations();
  const all = ablations.decided(setting, allAmendments);
  for (const left of unasked) expect(ablations.decided(setting, without(left))).toBe(all);
  expect(ablations.searches).toBe(1);
  for (const left of unasked) {
    const searched = new Ablations();
    searched.verified(setting, without(left));
    expect(searched.decided(setting, without(left)), left).toEqual(all);
  }
});

test('an amendment that a machine asks for is searched without, once', () => {
  const ablations = new Ablations();
  const all = ablations.decided(lossyOnce, allAmendments);
  const left = ablations.decided(lossyOnce, without('publish-until-acknowledged'));
  expect(left).not.toEqual(all);
  expect(left.failing.map(({ statement }) => statement.slice(0, 2))).toContain('L1');
  expect(ablations.decided(lossyOnce, without('publish-until-acknowledged').toReversed())).toBe(left);
  expect(ablations.searches).toBe(2);
});

test('nothing is shared between settings', () => {
  const ablations = new Ablations();
  ablations.decided(lossyOnce, allAmendments);
  ablations.decided(settingOf('lossy', { changes: 0 }), allAmendments);
  expect(ablations.searches).toBe(2);
});

test('nothing is shared where the rules ask for amendments themselves', () => {
  const ablations = new Ablations();
  const setting = { ...lossyOnce, changes: 0, notifications: 'at any moment' } as const;
  for (const amendments of [allAmendments, without('keep-revocations')]) ablations.decided(setting, amendments);
  expect(ablations.searches).toBe(2);
});
