/**
 * The model in Promela: one process that takes one transition of one rule at a time. Each variable of the model is a
 * variable of Promela; C tables give its value after a transition, and C code renames numbers. SPIN does the search.
 *
 * Only safety properties are carried over, as assertions. SPIN has fairness of processes, and this model is one process,
 * so properties of endless runs are out of its reach.
 */

import type { CapifSystem } from '../model/rules/composition.ts';
import { type Variable, variables } from '../model/state.ts';
import type { Property } from '../requirements/property.ts';
import { engine } from './promela-engine.ts';
import { isSafety, numbersOf, type RuleTable, type Tables, tablesOf } from './rule-tables.ts';

export type PromelaModel = {
  /** Includes `tables` under the name that was asked for. */
  promela: string;
  tables: string;
  /** The properties that it asserts, in the order of its assertions. */
  statements: readonly string[];
};
export const tablesName = 'tables.h';

export function promelaOf(
  model: CapifSystem,
  properties: readonly Property[],
  include: string = tablesName,
): PromelaModel {
  const tables = tablesOf(model, properties.filter(isSafety));
  const statements = [...tables.always.map(({ statement }) => statement), ...tables.everyStep];
  return { promela: modelText(tables, statements, include), tables: tablesText(tables, statements), statements };
}

function modelText({ values, first, rules }: Tables, statements: readonly string[], include: string): string {
  const assertions = statements.map((_, n) => `assert(c_expr { KEPT_${n} })`).join('; ');
  const options = rules.flatMap(({ name, rows }, n) => {
    const most = Math.max(0, ...[...rows.values()].map((outcomes) => outcomes.length));
    return Array.from(
      { length: most },
      (_, k) =>
        `  :: d_step { c_expr { ENABLED_${n} > ${k} } -> c_code { take_${n}(${k}); }; assert(c_expr { complete }); ${assertions} } /* ${name} */`,
    );
  });
  return [
    '/* Made by `capif verify --promela`: every variable holds the number of a value. */',
    ...variables.map((name) => `${values[name].length < 256 ? 'byte' : 'int'} ${nameIn(name)} = ${first[name]};`),
    `c_code { \\#include "${include}" }`,
    'active proctype model() {',
    'end: do',
    ...options,
    '  od',
    '}',
    '',
  ].join('\n');
}

const nameIn = (variable: Variable): string => `var_${variable}`;

/** The C side: values, rows of the tables, renaming, rules and properties. */
function tablesText(tables: Tables, statements: readonly string[]): string {
  const rows = rowsOf(tables);
  return [
    '#include <stdio.h>\n#include <stdlib.h>',
    'typedef unsigned long long word;',
    `enum { valueCount = ${allValues(tables).length}, rowCount = ${rows.keys.length}, propertyCount = ${statements.length} };`,
    ...valueArrays(tables),
    ...rows.arrays,
    engine,
    ...renamingText(tables),
    ...propertiesText(tables),
    ...tables.rules.map((rule, n) => ruleText(rule, n, tables.values)),
    '',
  ].join('\n');
}

const allValues = ({ values }: Tables) => variables.flatMap((variable) => values[variable]);

/** The shape and the numbers of each value, and the numbers in use in it as bits. */
function valueArrays(tables: Tables): string[] {
  const { shapes } = tables;
  const all = allValues(tables);
  const numbers = all.map(({ numbers: some }) => {
    if (some.length > 16) throw new RangeError('a value has at most 16 numbers');
    return some.reduce((word, number, n) => word | (BigInt(number) << BigInt(4 * n)), 0n);
  });
  const used = all.map(({ shape, numbers: some }) =>
    some.reduce((bits, number, n) => (number === 0 ? bits : bits | bitOf(number, shapes[shape]!.sorts[n]!)), 0),
  );
  const revisions = shapes.map(({ sorts }) =>
    sorts.reduce((bits, sort, n) => bits | (Number(sort === 'revision') << n), 0),
  );
  const [shapeOf, countIn] = [all.map(({ shape }) => shape), shapes.map(({ sorts }) => sorts.length)];
  return [
    array('int', 'shapeOf', shapeOf),
    array('word', 'numbersOf', numbers.map(wordText)),
    array('unsigned', 'usedIn', used),
    array('int', 'countIn', countIn),
    array('unsigned', 'revisionsIn', revisions),
  ];
}

/** One row for each combination of values: of a rule, its outcomes; of a property of states, whether it holds. */
function rowsOf({ values, rules, always }: Tables) {
  const keys = [...rules, ...always].flatMap((one, table) =>
    [...one.rows.keys()].map((key) => ({ table, word: packedKey(key, one.variables, values) })),
  );
  const outcomes: number[] = [];
  const [firsts, counts]: [number[], number[]] = [[], []];
  for (const { rows } of rules) {
    for (const row of rows.values()) {
      firsts.push(outcomes.length);
      counts.push(row.length);
      for (const { after, violated } of row) outcomes.push(...after, violated);
    }
  }
  const holds = always.flatMap(({ rows }) => [...rows.values()].map(Number));
  const [tablesOfRows, words] = [keys.map(({ table }) => table), keys.map(({ word }) => wordText(word))];
  const arrays = [
    array('int', 'rowTable', tablesOfRows),
    array('word', 'rowKey', words),
    array('int', 'rowFirst', [...firsts, ...holds]),
    array('int', 'rowCountOf', [...counts, ...holds.map(() => 1)]),
    array('int', 'outcomes', outcomes),
  ];
  return { keys, arrays };
}

function renamingText(tables: Tables): string[] {
  const base = baseOf(tables);
  const used = variables.map((name) => `usedIn[${base[name]} + now.${nameIn(name)}]`);
  const renamings = variables.map(
    (name) => `  now.${nameIn(name)} = renamed(${base[name]} + now.${nameIn(name)}, used) - ${base[name]};`,
  );
  return [
    `static void renameAll(void) {\n  unsigned used = ${used.join(' | ')};`,
    '  if (isRanked(used & 0xffff) && isRanked(used >> 16)) return;',
    ...renamings,
    '}',
  ];
}

function propertiesText({ values, rules, always, everyStep }: Tables): string[] {
  const ofStates = always.map(
    ({ variables }, n) =>
      `  row = look(${rules.length + n}, ${keyText(variables, values)}); kept[${n}] = row < 0 || rowFirst[row];`,
  );
  const ofSteps = everyStep.map((_, n) => `  kept[${always.length + n}] = !(violated >> ${n} & 1);`);
  return [
    'static void checkState(void) {',
    ...ofStates,
    '}',
    ...[...always, ...everyStep].map((_, n) => `#define KEPT_${n} kept[${n}]`),
    'static void checkStep(int violated) {',
    ...ofSteps,
    '}',
  ];
}

function ruleText({ variables }: RuleTable, n: number, values: Tables['values']): string {
  const puts = variables.map((name, at) => `now.${nameIn(name)} = to[${at}];`).join(' ');
  return [
    `static int enabled_${n}(void) { int at = look(${n}, ${keyText(variables, values)}); row = at; return at < 0 ? 0 : rowCountOf[at]; }`,
    `#define ENABLED_${n} enabled_${n}()`,
    `static void take_${n}(int k) {`,
    `  const int *to; if (enabled_${n}() <= k) return; to = outcomes + rowFirst[row] + k * ${variables.length + 1};`,
    `  ${puts} renameAll(); checkState(); checkStep(to[${variables.length}]); tally();`,
    '}',
  ].join('\n');
}

const bitOf = (number: number, sort: 'credential' | 'revision') => 1 << (number - 1 + (sort === 'revision' ? 16 : 0));
const array = (type: string, name: string, items: readonly (number | string)[]): string =>
  `static const ${type} ${name}[] = {${items.length === 0 ? 0 : items.join()}};`;

/** The position of the first value of each variable among all values. */
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

const wordText = (word: bigint): string => `${word}ull`;
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
    .map((shift, n) => `(word)now.${nameIn(variables[n]!)} << ${shift}`)
    .join(' | ');
