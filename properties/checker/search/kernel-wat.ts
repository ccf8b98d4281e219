/**
 * The inner loop of the search as WebAssembly text, written for the footprints and the encoding of one transition system,
 * so that masks, shifts and addresses are constants. It looks successors up; what its tables lack it asks its host for
 * (`kernel.ts`).
 */
import { addresses, successorBytes } from './kernel-memory.ts';
import type { Together } from './successor-table.ts';
import { ordinalsMax, sortMasks } from './symmetry.ts';
import { expandText, fillSlotsText } from './visited-wat.ts';

/**
 * A group in an encoded state: its bits, and where its first entry is, in bytes, in a table over the numbers of all groups.
 * Such a table has 32 bits for each number.
 */
export type WatField = { shift: number; bits: number; base: number };
/** `levels`: its groups in the order in which they are looked up, from the table at `root` on. */
export type WatFootprint = { levels: readonly number[]; root: number; recordBytes: number };

export type WatTables = {
  /** The ordinals in use in each value. */
  inUse: number;
  /** What is found where nothing was looked up before. */
  nothing: number;
};

/** Of a list of transitions: how many there are. */
export const listHead = 8;
/** Of a transition: the bits of its groups afterwards, its label, the ordinals in use in them, and then their numbers. */
export const recordHead = 16;

const hex = (mask: bigint) => `0x${mask.toString(16)}`;
const folded = (items: readonly string[], operator: string, none: string): string =>
  items.length === 0 ? none : items.reduce((left, right) => `(${operator} ${left} ${right})`);

const maskOf = (groups: readonly number[], fields: readonly WatField[]): bigint =>
  groups.reduce((mask, group) => {
    const { bits, shift } = fields[group]!;
    return mask | (((1n << BigInt(bits)) - 1n) << BigInt(shift));
  }, 0n);

export type WatModel = {
  footprints: readonly WatFootprint[];
  together: readonly Together[];
  fields: readonly WatField[];
  tables: WatTables;
};

export function kernelText(model: WatModel): string {
  return `(module
  (import "host" "memory" (memory 1))
  (import "host" "slots" (global $slots (mut i32)))
  (import "host" "words" (global $words (mut i32)))
  (import "host" "slotCount" (global $slotCount (mut i32)))
  (import "host" "evaluate" (func $evaluate (param i32 i32 i32) (result i32)))
  (import "host" "renaming" (func $renaming (param i32) (result i32)))
  (import "host" "rename" (func $rename (param i32 i32 i32) (result i32)))
  (global $renamings (export "renamings") (mut i32) (i32.const 0))
  (global $renamingsMask (export "renamingsMask") (mut i32) (i32.const 0))
  (global $size (export "size") (mut i32) (i32.const 0))
  (global $full (export "full") (mut i32) (i32.const 0))
${successorsText(model)}
${expandText}
${fillSlotsText}
)`;
}

/** Writes the successors of a state; answers where they end. */
function successorsText(model: WatModel): string {
  const { footprints, fields, tables, together } = model;
  return `  (func $successors (param $state i64) (result i32)
    (local $kept i64) (local $next i64) (local $count i32) (local $out i32)
    (local $used i32) (local $elsewhere i32) (local $table i32) (local $at i32) (local $renamed i32)
    ${fields.map((_, group) => `(local $number${group} i32) (local $used${group} i32)`).join(' ')}
    ${footprints.map((_, n) => `(local $transition${n} i32)`).join(' ')}
    (local.set $out (i32.const ${addresses.successors}))
${fields
  .map(
    ({ shift, bits, base }, group) =>
      `    (local.set $number${group} (i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $state) (i64.const ${shift}))) (i32.const ${2 ** bits - 1})) (i32.const 2)))
    (local.set $used${group} (i32.load offset=${tables.inUse + base} (local.get $number${group})))`,
  )
  .join('\n')}
${together.map((one, n) => (one.footprints.length === 1 ? footprintText(one, n, model) : jointText(one, n, model))).join('\n')}
    (local.get $out))`;
}

/** The list of transitions of a footprint in this state. */
function listText(n: number, { footprints, tables: { nothing } }: WatModel): string {
  const { levels, root } = footprints[n]!;
  const found = levels.reduce(
    (row, group, level) =>
      level === 0
        ? `(i32.load offset=${root} (local.get $number${group}))`
        : `(i32.load (i32.add ${row} (local.get $number${group})))`,
    `(i32.load (i32.const ${root}))`,
  );
  return `
    (if (i32.eq (local.tee $transition${n} ${found}) (i32.const ${nothing}))
      (then (local.set $transition${n} (call $evaluate (i32.const ${n}) (i32.wrap_i64 (local.get $state)) (i32.wrap_i64 (i64.shr_u (local.get $state) (i64.const 32)))))))`;
}

function footprintText({ footprints: [n], others }: Together, id: number, model: WatModel): string {
  const { recordBytes } = model.footprints[n!]!;
  return `    ;; footprint ${n}${listText(n!, model)}
    (local.set $count (i32.load (local.get $transition${n})))
    (if (local.get $count) (then${beforeText([n!], others, model)}
      (loop $transitions${id}${successorText([n!], id, model)}
        (local.set $transition${n} (i32.add (local.get $transition${n}) (i32.const ${recordBytes})))
        (br_if $transitions${id} (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))`;
}

/** A transition that consists of one of each footprint. */
function jointText({ footprints, others }: Together, id: number, model: WatModel): string {
  return `    ;; footprints ${footprints.join()}
    (block $disabled${id}${footprints
      .map((n) => `${listText(n, model)}\n    (br_if $disabled${id} (i32.eqz (i32.load (local.get $transition${n}))))`)
      .join('')}${beforeText(footprints, others, model)}${successorText(footprints, id, model)})`;
}

/** What all transitions of these footprints leave as it is. */
function beforeText(footprints: readonly number[], others: readonly number[], model: WatModel): string {
  const groups = footprints.flatMap((n) => model.footprints[n]!.levels);
  const kept = ~maskOf(groups, model.fields) & 0xffffffffffffffffn;
  const elsewhere = others.map((group) => `(local.get $used${group})`);
  return `
      (local.set $kept (i64.and (local.get $state) (i64.const ${hex(kept)})))
      (local.set $elsewhere ${folded(elsewhere, 'i32.or', '(i32.const 0)')})
${footprints.map((n) => `      (local.set $transition${n} (i32.add (local.get $transition${n}) (i32.const ${listHead})))`).join('\n')}`;
}

/** Writes the successor by a transition of each of these footprints, all at once. */
function successorText(footprints: readonly number[], id: number, { footprints: all, fields }: WatModel): string {
  const ofEach = (load: string) => footprints.map((n) => `(${load} (local.get $transition${n}))`);
  const numberOf = (group: number): string => {
    const n = footprints.find((one) => all[one]!.levels.includes(group));
    if (n === undefined) return `(local.get $number${group})`;
    return `(i32.load offset=${recordHead + 4 * all[n]!.levels.indexOf(group)} (local.get $transition${n}))`;
  };
  return `
        (local.set $used (i32.or (local.get $elsewhere) ${folded(ofEach('i32.load offset=12'), 'i32.or', '')}))
        (if ${mustRenameText}
          (then${findRenamingText(id)}
            (local.set $next (i64.const 0))
${fields.map((field, group) => renameText(group, field, numberOf(group))).join('\n')})
          (else (local.set $next (i64.or (local.get $kept) ${folded(ofEach('i64.load'), 'i64.or', '')}))))
        (i64.store (local.get $out) (local.get $next))
        (i32.store offset=8 (local.get $out) ${folded(ofEach('i32.load offset=8'), 'i32.or', '')})
        (local.set $out (i32.add (local.get $out) (i32.const ${successorBytes})))`;
}

/** Whether the ordinals in use are not the first ones of their sorts (`isRanked` in symmetry.ts): those of neither are. */
const mustRenameText = `(i32.or
            (i32.and (local.tee $at (i32.and (local.get $used) (i32.const ${sortMasks[0]}))) (i32.add (local.get $at) (i32.const 1)))
            (i32.and (local.tee $at (i32.shr_u (local.get $used) (i32.const ${ordinalsMax}))) (i32.add (local.get $at) (i32.const 1))))`;

/** The table with the renamed values for the ordinals in use. */
const findRenamingText = (n: number) => `
            (local.set $at (i32.and (i32.shr_u (i32.mul (local.get $used) (i32.const 0x9e3779b1)) (i32.const 13)) (global.get $renamingsMask)))
            (block $known${n}
              (loop $probe${n}
                (local.set $table (i32.load offset=4 (i32.add (global.get $renamings) (local.get $at))))
                (br_if $known${n} (i32.eq (local.get $used) (i32.load (i32.add (global.get $renamings) (local.get $at)))))
                (local.set $at (i32.and (i32.add (local.get $at) (i32.const 8)) (global.get $renamingsMask)))
                (br_if $probe${n} (local.get $table)))
              (local.set $table (call $renaming (local.get $used))))`;

const renameText = (group: number, { shift, base }: WatField, number: string): string =>
  `            (local.set $renamed (i32.load offset=${base} (i32.add (local.get $table) (local.tee $at ${number}))))
            (if (i32.lt_s (local.get $renamed) (i32.const 0))
              (then (local.set $renamed (call $rename (i32.const ${group}) (local.get $table) (local.get $at)))))
            (local.set $next (i64.or (local.get $next) (i64.shl (i64.extend_i32_u (local.get $renamed)) (i64.const ${shift}))))`;
