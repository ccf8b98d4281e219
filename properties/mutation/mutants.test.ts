/**
 * The properties are checked: every mutant of a fixed sample is killed, or listed as equivalent with a reason.
 * `capif verify --mutants` tries to kill them all.
 */
import { expect, test } from 'vitest';
import { equivalents } from './equivalent-mutants.ts';
import { tryToKill } from './kill.ts';
import { allMutants, mutantsSample } from './mutants.ts';

const mutants = allMutants();

/** Mutants of clause 6.7 itself: of the change, its publication, the refusal, and the new negotiation. */
const isOfMethodUpdate =
  /^apiExposingFunction |^apiPublishingFunction publishing|^publishedService published: ServiceApiUpdate|^apiInvoker (mismatch|authenticated\.renegotiating)|IncorrectMethodFailure|SecurityMethodResponse #1|outdated: SecurityMethodUpdateRequest #2|securityMethods\.published/;

test('mutants have unique names that are always the same, and every equivalent is one of them', () => {
  const ids = mutants.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(500);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(equivalents).filter((id) => !ids.includes(id))).toEqual([]);
  expect(allMutants().map(({ id }) => id)).toEqual(ids);
});

test('each mutant is in exactly one sample', () => {
  const ids = Array.from({ length: 24 }, (_, seed) => mutantsSample(seed).map(({ id }) => id));
  expect(ids.flat().sort()).toEqual(mutants.map(({ id }) => id).sort());
});

/** Undefined if the mutant does what is expected of it. */
function trouble(id: string): string | undefined {
  const mutant = mutants.find((one) => one.id === id)!;
  const { killed } = tryToKill(mutant);
  if (killed && equivalents[id] !== undefined) return `${id} is listed as equivalent, but killed`;
  return killed || equivalents[id] !== undefined ? undefined : `${id} survives`;
}

const ofMethodUpdate = mutants.filter(({ id }) => isOfMethodUpdate.test(id));
test('there are many mutants of the method update itself (6.7)', () => {
  expect(ofMethodUpdate.length).toBeGreaterThan(80);
});

test.each([...new Set(ofMethodUpdate.map(({ machine }) => machine))])(
  'every mutant of the method update itself in %s is killed, or listed with a reason (6.7)',
  (machine) => {
    const ids = ofMethodUpdate.filter((one) => one.machine === machine).map(({ id }) => id);
    expect(ids.map(trouble).filter((one) => one !== undefined)).toEqual([]);
  },
  120_000,
);

test('every eleventh of the other mutants is killed, or listed with a reason', () => {
  const ids = mutants.map(({ id }) => id).filter((id, n) => n % 11 === 3 && !isOfMethodUpdate.test(id));
  expect(ids.length).toBeGreaterThan(30);
  expect(ids.map(trouble).filter((one) => one !== undefined)).toEqual([]);
}, 120_000);
