/** However many authentication initiations come, the core gets few questions (6.5.2, TS 29.222 6.2.2.2). */
import { afterEach, expect, test } from 'vitest';
import { closeAll, exposing, initiated, invoking, onboarded, saying, world } from '../testing/roles.ts';
import { Questions } from './questions.ts';

afterEach(closeAll);

/** Questions that the test answers. */
function asking(most: number) {
  const answers: ((answer: number) => void)[] = [];
  const questions = new Questions<number>(most);
  const ask = (about: string) => questions.ask(about, () => new Promise((resolve) => answers.push(resolve)));
  return { ask, answers, questions };
}

test('one question is under way for an invoker, one waits, and all others share the one that waits (6.5.2)', async () => {
  const { ask, answers } = asking(2);
  const [first, ...others] = Array.from({ length: 100 }, () => ask('a'));
  expect(answers.length).toBe(1);
  answers[0]!(1);
  expect(await first).toBe(1);
  await Promise.resolve();
  expect(answers.length).toBe(2);
  answers[1]!(2);
  expect(new Set(await Promise.all(others))).toEqual(new Set([2]));
  await Promise.resolve();
  void ask('a');
  expect(answers.length).toBe(3);
});

test('beyond the bound there is no question, and an answer or a restart makes room (6.5.2)', async () => {
  const { ask, answers, questions } = asking(2);
  const a = ask('a');
  expect([a, ask('b'), ask('c')]).toEqual([expect.any(Promise), expect.any(Promise), undefined]);
  answers[0]!(1);
  await a;
  await Promise.resolve();
  expect([ask('c'), ask('d')]).toEqual([expect.any(Promise), undefined]);
  questions.forget();
  expect(ask('d')).toBeInstanceOf(Promise);
});

test('300 initiations for one invoker and 100 for strangers leave another invoker served (6.5.2)', async () => {
  const at = await world();
  const aef = await exposing(at, { methods: ['PKI'] });
  const by = await onboarded(at);
  const flood = Promise.all([
    ...Array.from({ length: 300 }, () => initiated(at, by, aef)),
    ...Array.from({ length: 100 }, (_, n) => initiated(at, { id: `nobody-${n}` }, aef)),
  ]);
  expect(await saying(await invoking(at), aef)).toBe('PKI');
  for (const { status } of await flood) expect([401, 503]).toContain(status);
  expect(at.errors).toEqual([]);
}, 20_000);
