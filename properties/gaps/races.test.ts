/** The table of races is complete, and each of its pointers leads to one thing. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { machines } from '../../machines/roles.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import { compose } from '../model/rules/composition.ts';
import { settings } from '../model/setting.ts';
import { walkSettings } from '../random-walk/walk.ts';
import { everyMethodUpdate } from '../requirements/method-update.ts';
import { findings } from './gaps.ts';
import type { Pointer, Race } from './race.ts';
import { races } from './races.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8');

const rules = compose({
  ...walkSettings[0]!,
  cuts: 1,
  revocations: 'always',
  offboardings: 'always',
  notifications: 'in time',
  amendments: allAmendments,
}).rules.map(({ name }) => name);
const statements = everyMethodUpdate(['PSK']).map(({ statement }) => statement);
const decisions = read('docs/decisions/2026.md')
  .split('\n')
  .filter((line) => line.startsWith('### '));

/** The number of things that a pointer leads to. Several tests may have the same name; they count as one. */
function found(pointer: Pointer): number {
  const among = (names: readonly string[], name: string) => names.filter((one) => one === name).length;
  if ('amendment' in pointer) return among(allAmendments, pointer.amendment);
  if ('finding' in pointer)
    return among(
      findings.map(({ name }) => name),
      pointer.finding,
    );
  if ('setting' in pointer)
    return among(
      settings.map(({ name }) => name),
      pointer.setting,
    );
  if ('property' in pointer) return statements.filter((one) => one.startsWith(pointer.property)).length;
  if ('rule' in pointer) return among(rules, pointer.rule);
  if ('scenario' in pointer) return read(`properties/scenarios/${pointer.scenario}.txt`).length > 0 ? 1 : 0;
  if ('decision' in pointer) return decisions.filter((line) => line.includes(`: ${pointer.decision}`)).length;
  if ('machine' in pointer) {
    const { machine, state } = pointer;
    return state === undefined ? 1 : machines[machine].getStateNodeById(`${machine}.${state}`) ? 1 : 0;
  }
  return Math.min(1, read(pointer.test).split(pointer.name).length - 1);
}

const nameOf = ({ number, what }: Race) => `R${number} ${what}`;

test('every race has a row, in order, with a pointer or a reason', () => {
  expect(races.map(({ number }) => number)).toEqual(Array.from({ length: 41 }, (_, n) => n + 1));
  for (const race of races) {
    expect((race.modelled?.length ?? 0) > 0 || race.outOfScope !== undefined, nameOf(race)).toBe(true);
  }
});

test('every pointer of a race leads to one thing', () => {
  for (const race of races) {
    for (const pointer of race.modelled ?? []) {
      expect(found(pointer), `${nameOf(race)}: ${JSON.stringify(pointer)}`).toBe(1);
    }
  }
});

test('some race points to each finding, each amendment and each setting', () => {
  const pointers = races.flatMap(({ modelled = [] }) => modelled);
  const pointed = (key: string) => new Set(pointers.flatMap((one) => (key in one ? [(one as never)[key]] : [])));
  expect(findings.map(({ name }) => name).filter((name) => !pointed('finding').has(name as never))).toEqual([]);
  expect(allAmendments.filter((name) => !pointed('amendment').has(name as never))).toEqual([]);
  expect(settings.map(({ name }) => name).filter((name) => !pointed('setting').has(name as never))).toEqual([]);
});
