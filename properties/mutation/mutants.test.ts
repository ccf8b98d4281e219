/**
 * The checker is checked: mutants are generated alike every time, and of a fixed sample every one is caught, or listed
 * with the reason why nobody can tell it; `capif verify --mutants` judges them all.
 */
import { expect, test } from 'vitest';
import { equivalents } from './equivalent-mutants.ts';
import { judge } from './kill.ts';
import { allMutants, mutantsSample } from './mutants.ts';

const mutants = allMutants();

/** What clause 6.7 itself is about: a change, its publication, the refusal, and the new question. */
const isOfMethodUpdate =
  /^apiExposingFunction |^apiPublishingFunction publishing|^publishedService published: ServiceApiUpdate|^apiInvoker (mismatch|authenticated\.renegotiating)|IncorrectMethodFailure|SecurityMethodResponse #1|outdated: SecurityMethodUpdateRequest #2|securityMethods\.published/;

test('mutants have names of their own, and every equivalent is one of them', () => {
  const ids = mutants.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(500);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(equivalents).filter((id) => !ids.includes(id))).toEqual([]);
  expect(allMutants().map(({ id }) => id)).toEqual(ids);
});

test('samples are parts of the whole: each mutant is in one of them', () => {
  const ids = Array.from({ length: 24 }, (_, seed) => mutantsSample(seed).map(({ id }) => id));
  expect(ids.flat().sort()).toEqual(mutants.map(({ id }) => id).sort());
});

/** Undefined if it is as it should be. */
function trouble(id: string): string | undefined {
  const mutant = mutants.find((one) => one.id === id)!;
  const { caught } = judge(mutant);
  if (caught && equivalents[id] !== undefined) return `${id} is listed as an equivalent, but caught`;
  return caught || equivalents[id] !== undefined ? undefined : `${id} survives`;
}

test('every mutant of the method update itself is caught, or listed with its reason (6.7)', () => {
  const ids = mutants.map(({ id }) => id).filter((id) => isOfMethodUpdate.test(id));
  expect(ids.length).toBeGreaterThan(80);
  expect(ids.map(trouble).filter((one) => one !== undefined)).toEqual([]);
}, 120_000);

test('so is every eleventh of the others', () => {
  const ids = mutants.map(({ id }) => id).filter((id, n) => n % 11 === 3 && !isOfMethodUpdate.test(id));
  expect(ids.length).toBeGreaterThan(30);
  expect(ids.map(trouble).filter((one) => one !== undefined)).toEqual([]);
}, 120_000);
