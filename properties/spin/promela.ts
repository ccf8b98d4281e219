/**
 * A composition as a Promela model: one process that takes one move of one rule at a time. The slots are the variables of
 * the model; what a move makes of them is looked up in C tables, and renaming is done in C. SPIN searches by itself.
 *
 * Only safety is carried over, as assertions. The fairness of SPIN is that of processes, and here is only one; what is
 * promised of endless runs is out of its reach.
 */

import type { CapifSystem } from '../model/rules/composition.ts';
import { type Variable, variables } from '../model/state.ts';
import type { Property } from '../requirements/property.ts';
import { engine } from './promela-engine.ts';
import { isSafety, numbersOf, type TabledRule, type Tables, tablesOf } from './rule-tables.ts';

export type PromelaModel = {
  /** The model; it includes its tables under this name. */
  promela: string;
  tables: string;
  /** What it asserts, in the order of its assertions. */
  sentences: readonly string[];
};
export const tablesName = 'tables.h';

export function promelaOf(
  model: CapifSystem,
  properties: readonly Property[],
  include: string = tablesName,
): PromelaModel {
  const tables = tablesOf(model, properties.filter(isSafety));
  const sentences = [...tables.always.map(({ statement }) => statement), ...tables.everyStep];
  return { promela: modelText(tables, sentences, include), tables: tablesText(tables, sentences), sentences };
}

function modelText({ values, first, rules }: Tables, sentences: readonly string[], include: string): string {
  const assertions = sentences.map((_, n) => `assert(c_expr { KEPT_${n} })`).join('; ');
  const options = rules.flatMap(({ name, rows }, n) => {
    const most = Math.max(0, ...[...rows.values()].map((outcomes) => outcomes.length));
    return Array.from(
      { length: most },
      (_, k) =>
        `  :: d_step { c_expr { MOVES_${n} > ${k} } -> c_code { take_${n}(${k}); }; assert(c_expr { complete }); ${assertions} } /* ${name} */`,
    );
  });
  return [
    '/* Made by `capif verify --promela`: every variable is the number of the value of a slot. */',
    ...variables.map((slot) => `${values[slot].length < 256 ? 'byte' : 'int'} ${variable(slot)} = ${first[slot]};`),
    `c_code { \\#include "${include}" }`,
    'active proctype world() {',
    'end: do',
    ...options,
    '  od',
    '}',
    '',
  ].join('\n');
}

const variable = (variable: Variable): string => `slot_${variable}`;

/** The C side: values, renaming, rules, sentences. */
function tablesText(tables: Tables, sentences: readonly string[]): string {
  const { values, shapes, rules, always, everyStep } = tables;
  const base = baseOf(tables);
  const all = variables.flatMap((variable) => values[variable]);
  const rows = rules.flatMap(({ rows: own }) => [...own.values()]);
  const keys = [...rules, ...always].flatMap((one, table) => [...one.rows.keys()].map((key) => ({ key, one, table })));
  const packedKeys = keys.map(({ key, one }) => packedKey(key, one.variables, values));
  const outcomes = rows.flatMap((own) => own.flatMap(({ after, violated }) => [...after, violated]));
  let at = 0;
  const firsts = rules.flatMap(({ variables, rows: own }) =>
    [...own.values()].map((some) => {
      const from = at;
      at += some.length * (variables.length + 1);
      return from;
    }),
  );
  const holds = always.flatMap(({ rows: own }) => [...own.values()].map(Number));
  const numbers = all.map(({ numbers: some }) => {
    if (some.length > 16) throw new RangeError('a value has 16 numbers at most');
    return some.reduce((word, number, n) => word | (BigInt(number) << BigInt(4 * n)), 0n);
  });
  const used = all.map(({ shape, numbers: some }) =>
    some.reduce((bits, number, n) => (number === 0 ? bits : bits | bitOf(number, shapes[shape]!.sorts[n]!)), 0),
  );
  return [
    '#include <stdio.h>\n#include <stdlib.h>',
    'typedef unsigned long long word;',
    `enum { valueCount = ${all.length}, rowCount = ${keys.length}, sentenceCount = ${sentences.length} };`,
    `enum { alwaysCount = ${always.length} };`,
    array(
      'int',
      'shapeOf',
      all.map(({ shape }) => shape),
    ),
    array(
      'word',
      'numbersOf',
      numbers.map((word) => `${word}ull`),
    ),
    array('unsigned', 'usedIn', used),
    array(
      'int',
      'countIn',
      shapes.map(({ sorts }) => sorts.length),
    ),
    array(
      'unsigned',
      'revisionsIn',
      shapes.map(({ sorts }) => sorts.reduce((bits, sort, n) => bits | (Number(sort === 'revision') << n), 0)),
    ),
    array(
      'int',
      'rowTable',
      keys.map(({ table }) => table),
    ),
    array(
      'word',
      'rowKey',
      packedKeys.map((word) => `${word}ull`),
    ),
    array('int', 'rowFirst', [...firsts, ...holds]),
    array('int', 'rowCountOf', [...rows.map((own) => own.length), ...holds.map(() => 1)]),
    array('int', 'outcomes', outcomes),
    engine,
    `static void renameAll(void) {\n  unsigned used = ${variables.map((slot) => `usedIn[${base[slot]} + now.${variable(slot)}]`).join(' | ')};`,
    '  if (isRanked(used & 0xffff) && isRanked(used >> 16)) return;',
    ...variables.map(
      (slot) => `  now.${variable(slot)} = renamed(${base[slot]} + now.${variable(slot)}, used) - ${base[slot]};`,
    ),
    '}',
    'static void askWorld(void) {',
    ...always.map(
      ({ variables }, n) =>
        `  row = look(${rules.length + n}, ${keyText(variables, values)}); kept[${n}] = row < 0 || rowFirst[row];`,
    ),
    '}',
    ...rules.map((rule, n) => ruleText(rule, n, values)),
    ...sentences.map((_, n) => `#define KEPT_${n} kept[${n}]`),
    `static void askSteps(int violated) {\n${everyStep.map((_, n) => `  kept[${always.length + n}] = !(violated >> ${n} & 1);`).join('\n')}\n}`,
    '',
  ].join('\n');
}

function ruleText({ variables }: TabledRule, n: number, values: Tables['values']): string {
  const puts = variables.map((slot, at) => `now.${variable(slot)} = to[${at}];`).join(' ');
  return [
    `static int moves_${n}(void) { int at = look(${n}, ${keyText(variables, values)}); row = at; return at < 0 ? 0 : rowCountOf[at]; }`,
    `#define MOVES_${n} moves_${n}()`,
    `static void take_${n}(int k) {`,
    `  const int *to; if (moves_${n}() <= k) return; to = outcomes + rowFirst[row] + k * ${variables.length + 1};`,
    `  ${puts} renameAll(); askWorld(); askSteps(to[${variables.length}]); tally();`,
    '}',
  ].join('\n');
}

const bitOf = (number: number, sort: 'credential' | 'revision') => 1 << (number - 1 + (sort === 'revision' ? 16 : 0));
const array = (type: string, name: string, items: readonly (number | string)[]): string =>
  `static const ${type} ${name}[] = {${items.length === 0 ? 0 : items.join()}};`;

/** Where the values of each slot begin among all values. */
function baseOf({ values }: Tables): Record<Variable, number> {
  let base = 0;
  return Object.fromEntries(
    variables.map((variable) => {
      const own = base;
      base += values[variable].length;
      return [variable, own];
    }),
  ) as Record<Variable, number>;
}

const bitsFor = (count: number) => 32 - Math.clz32(count);

function shiftsOf(variables: readonly Variable[], values: Tables['values']): number[] {
  let shift = 0;
  const shifts = variables.map((variable) => {
    const own = shift;
    shift += bitsFor(values[variable].length);
    return own;
  });
  if (shift > 64) throw new RangeError(`${variables.join(', ')} do not fit into 64 bits`);
  return shifts;
}
function packedKey(key: string, variables: readonly Variable[], values: Tables['values']): bigint {
  const shifts = shiftsOf(variables, values);
  return numbersOf(key).reduce((word, number, n) => word | (BigInt(number) << BigInt(shifts[n]!)), 0n);
}
const keyText = (variables: readonly Variable[], values: Tables['values']): string =>
  shiftsOf(variables, values)
    .map((shift, n) => `(word)now.${variable(variables[n]!)} << ${shift}`)
    .join(' | ');
