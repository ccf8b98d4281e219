/**
 * Whatever happens, the invoker converges on the updated method (TS 33.122 6.7). fast-check makes up stories; after each, nothing
 * more goes wrong, and the machines go on until the invoker is served. These are samples: `capif verify` visits every state.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Amendment, allAmendments, asWritten } from '../machines/vocabulary.ts';
import { compose } from './model/rules/composition.ts';
import { walkSettings } from './random-walk/walk.ts';
import { walker } from './random-walk/walker.ts';
import { methodUpdate } from './requirements/method-update.ts';

/** What may happen, how often, and as which transitions of the model. */
const events = {
  'the next message arrives': [12, /^(open|fail|deliver|expire pause)/],
  'the application calls': [3, /^want/],
  'the AEF changes to PSK': [1, /^change methods to PSK$/],
  'the AEF changes to PKI': [1, /^change methods to PKI$/],
  'the AEF changes to OAUTH': [1, /^change methods to OAUTH$/],
  'an exchange of the invoker breaks': [1, /^(cut|lose (?!late|ServiceApiUpdate))/],
  'a publication is lost': [1, /^lose ServiceApiUpdateRequest/],
  'a publication is late': [1, /^delay ServiceApiUpdateRequest/],
  'a request arrives twice': [1, /^repeat/],
  'a mismatch is forged': [1, /^forge IncorrectMethodFailure/],
  'a key or token expires': [1, /^expire credential/],
  'the AEF restarts': [1, /^restart invokerAdmission/],
} satisfies Record<string, [weight: number, action: RegExp]>;
type Event = keyof typeof events;

const event = fc.oneof(
  ...Object.entries(events).map(([name, [weight]]) => ({ weight, arbitrary: fc.constant(name as Event) })),
);

/** The property that a story breaks, if it breaks one. What cannot happen at its place in the story does not. */
function judge(amendments: readonly Amendment[]): (story: readonly Event[]) => string | undefined {
  const configuration = { ...walkSettings[0]!, amendments };
  const tell = walker(
    compose(configuration),
    methodUpdate(configuration),
    ({ fair, faults }, { enabled }, one: Event) =>
      [...fair, ...faults].flatMap((rule) => enabled[rule]!).find(({ action }) => events[one][1].test(action)),
  );
  return (story) => tell(story).broken?.statement;
}

const stories = fc.array(event, { maxLength: 80 });

test('after any story, the invoker is served with the updated method (6.7)', () => {
  const broken = judge(allAmendments);
  const converges = fc.property(stories, (story) => {
    expect(broken(story)).toBeUndefined();
  });
  fc.assert(converges, { numRuns: 2000 });
});

test('as written, it is enough that a publication is lost (R3), and fast-check finds a story as short', () => {
  const broken = judge(asWritten);
  expect(broken(['the AEF changes to PKI', 'a publication is lost'])).toMatch(/^L1 /);
  const converges = fc.property(stories, (story) => !broken(story)?.startsWith('L1 '));
  const { counterexample } = fc.check(converges, { numRuns: 2000, seed: 1 });
  expect(counterexample).toEqual([['the AEF changes to PKI', 'the next message arrives', 'the AEF changes to PSK']]);
});
