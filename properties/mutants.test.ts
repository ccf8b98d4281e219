/** Mutants are generated alike every time, and a sample of them is caught; `capif verify --mutants` judges them all. */
import { expect, test } from 'vitest';
import { equivalents } from './equivalents.ts';
import { judge, judgedIn } from './judgement.ts';
import { allMutants } from './mutants.ts';

test('mutants have names of their own, and every equivalent is one of them', () => {
  const ids = allMutants().map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(equivalents).filter((id) => !ids.includes(id))).toEqual([]);
  expect(allMutants().map(({ id }) => id)).toEqual(ids);
});

test('of each machine, mutants without a guard or an action are caught in the smallest settings', () => {
  const small = judgedIn.slice(0, 2);
  const sample = allMutants().filter(({ id }, n) => n % 40 === 7 && equivalents[id] === undefined);
  const caught = sample.filter((mutant) => judge(mutant, small).caught);
  expect(sample.length).toBeGreaterThan(8);
  expect(caught.length).toBeGreaterThan(sample.length / 4);
}, 180_000);
