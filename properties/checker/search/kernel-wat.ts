/**
 * The inner loop of the search as WebAssembly text, written for the footprints and the encoding of one transition system,
 * so that masks, shifts and addresses are constants. It looks successors up; what its tables lack it asks its host for
 * (`kernel.ts`).
 */
import { addresses, wordBytes } from './kernel-memory.ts';
import type { Together } from './successor-table.ts';
import { ordinalsMax, sortMasks } from './symmetry.ts';
import {
  addressText,
  eachWord,
  expandText,
  fillSlotsText,
  loadStateText,
  stateLocals,
  successorFields,
  type WatSizes,
} from './visited-wat.ts';

/**
 * A group in an encoded state: its bits in one of the words, and where its first entry is, in bytes, in a table over the
 * numbers of all groups. Such a table has 32 bits for each number.
 */
export type WatField = { word: number; shift: number; bits: number; base: number };
/** `levels`: its groups in the order in which they are looked up, from the table at `root` on. */
export type WatFootprint = { levels: readonly number[]; root: number };

export type WatTables = {
  /** The ordinals in use in each value. */
  inUse: number;
  /** What is found where nothing was looked up before. */
  nothing: number;
  /** By rule: `labelCacheBytes` of propositions that are true of some conjunctions, and their labels. */
  labels: ReadonlyMap<number, number>;
};
/** 256 entries of 8 bytes. */
export const labelCacheBytes = 2 ** 11;

/** Of a list of transitions: how many there are. */
export const listHead = 8;
/** Of a transition: the words of its groups afterwards, its label, and the ordinals in use in them. */
export const recordBytes = (words: number): number => words * wordBytes + 8;

const hex = (mask: bigint) => `0x${mask.toString(16)}`;
const folded = (items: readonly string[], operator: string, none: string): string =>
  items.length === 0 ? none : items.reduce((left, right) => `(${operator} ${left} ${right})`);

/** The bits of these groups in a word. */
const maskOf = (groups: readonly number[], fields: readonly WatField[], word: number): bigint =>
  groups.reduce((mask, group) => {
    const { bits, shift, ...field } = fields[group]!;
    return field.word === word ? mask | (((1n << BigInt(bits)) - 1n) << BigInt(shift)) : mask;
  }, 0n);

export type WatModel = WatSizes & {
  footprints: readonly WatFootprint[];
  together: readonly Together[];
  fields: readonly WatField[];
  tables: WatTables;
  /** Whether there are ordinals, so that states must be renamed. */
  isRanked: boolean;
};

export function kernelText(model: WatModel): string {
  return `(module
  (import "host" "memory" (memory 1))
  (import "host" "slots" (global $slots (mut i32)))
  (import "host" "words" (global $words (mut i32)))
  (import "host" "slotCount" (global $slotCount (mut i32)))
  (import "host" "evaluate" (func $evaluate (param i32 i32) (result i32)))
  (import "host" "renaming" (func $renaming (param i32) (result i32)))
  (import "host" "rename" (func $rename (param i32 i32 i32) (result i32)))
  (import "host" "label" (func $label (param i32 i32 i32)))
  (global $renamings (export "renamings") (mut i32) (i32.const 0))
  (global $renamingsMask (export "renamingsMask") (mut i32) (i32.const 0))
  (global $size (export "size") (mut i32) (i32.const 0))
  (global $full (export "full") (mut i32) (i32.const 0))
  (global $transitions (export "transitions") (mut i32) (i32.const 0))
${model.isRanked ? rankText(model) : ''}
${successorsText(model)}
${expandText(model)}
${fillSlotsText(model)}
)`;
}

/** Four times the number of a group's value, as the tables have 32 bits for each. */
const numberText = ({ word, shift, bits }: WatField): string =>
  `(i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $state${word}) (i64.const ${shift}))) (i32.const ${2 ** bits - 1})) (i32.const 2))`;

/** Writes the successors of a state; answers where they end. */
function successorsText(model: WatModel): string {
  const { footprints, fields, tables, together, words, isRanked } = model;
  const readUsed = (group: number, base: number) =>
    isRanked ? `(local.set $used${group} (i32.load offset=${tables.inUse + base} (local.get $number${group})))` : '';
  return `  (func $successors (param $number i32) (result i32)
    ${stateLocals(words)} ${eachWord(words, (word) => `(local $kept${word} i64)`)} (local $count i32) (local $out i32)
    (local $used i32) (local $elsewhere i32) (local $table i32) (local $at i32) (local $propositions i32)
    ${fields.map((_, group) => `(local $number${group} i32) (local $used${group} i32)`).join(' ')}
    ${footprints.map((_, n) => `(local $transition${n} i32)`).join(' ')}
    (local.set $out (i32.const ${addresses.successors}))
    (local.set $at ${addressText(words, '(local.get $number)')})
    ${loadStateText(words, '(local.get $at)')}
${fields.map((field, group) => `    (local.set $number${group} ${numberText(field)}) ${readUsed(group, field.base)}`).join('\n')}
${together.map((one, n) => (one.conjunctionOf === undefined ? footprintText(one, n, model) : jointText(one, n, model))).join('\n')}
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
      (then (local.set $transition${n} (call $evaluate (i32.const ${n}) (local.get $number)))))`;
}

function footprintText({ footprints: [n], others }: Together, id: number, model: WatModel): string {
  return `    ;; footprint ${n}${listText(n!, model)}
    (local.set $count (i32.load (local.get $transition${n})))
    (if (local.get $count) (then${beforeText([n!], others, model)}
      (loop $transitions${id}${successorText([n!], model, `(i32.load offset=${wordBytes * model.words} (local.get $transition${n}))`)}
        (local.set $transition${n} (i32.add (local.get $transition${n}) (i32.const ${recordBytes(model.words)})))
        (br_if $transitions${id} (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))`;
}

/** A transition that consists of one of each footprint. */
function jointText({ footprints, others, conjunctionOf }: Together, id: number, model: WatModel): string {
  return `    ;; footprints ${footprints.join()}
    (block $disabled${id}${footprints
      .map((n) => `${listText(n, model)}\n    (br_if $disabled${id} (i32.eqz (i32.load (local.get $transition${n}))))`)
      .join(
        '',
      )}${beforeText(footprints, others, model)}${successorText(footprints, model, jointLabelText(footprints, conjunctionOf!, model))})`;
}

/** The label of a transition of this rule of which is true whatever is true of a conjunct. */
function jointLabelText(footprints: readonly number[], rule: number, { tables, words }: WatModel): string {
  const ofEach = footprints.map((n) => `(i32.load offset=${wordBytes * words} (local.get $transition${n}))`);
  return `(block (result i32)
          (local.set $propositions ${folded(ofEach, 'i32.or', '')})
          (local.set $table (i32.add (i32.const ${tables.labels.get(rule)}) (i32.shl (i32.shr_u (i32.mul (local.get $propositions) (i32.const 0x9e3779b1)) (i32.const 24)) (i32.const 3))))
          (if (i32.ne (i32.load (local.get $table)) (local.get $propositions))
            (then (call $label (i32.const ${rule}) (local.get $propositions) (local.get $table))))
          (i32.load offset=4 (local.get $table)))`;
}

/** What all transitions of these footprints leave as it is. */
function beforeText(footprints: readonly number[], others: readonly number[], model: WatModel): string {
  const groups = footprints.flatMap((n) => model.footprints[n]!.levels);
  const kept = (word: number) => hex(~maskOf(groups, model.fields, word) & 0xffffffffffffffffn);
  const elsewhere = others.map((group) => `(local.get $used${group})`);
  return `
      ${eachWord(model.words, (word) => `(local.set $kept${word} (i64.and (local.get $state${word}) (i64.const ${kept(word)})))`)}
      ${model.isRanked ? `(local.set $elsewhere ${folded(elsewhere, 'i32.or', '(i32.const 0)')})` : ''}
${footprints.map((n) => `      (local.set $transition${n} (i32.add (local.get $transition${n}) (i32.const ${listHead})))`).join('\n')}`;
}

/** Writes the successor by a transition of each of these footprints, all at once. */
function successorText(footprints: readonly number[], { words, isRanked }: WatModel, label: string): string {
  const { label: labelAt, bytes } = successorFields(words);
  const ofEach = (load: string) =>
    folded(
      footprints.map((n) => `(${load} (local.get $transition${n}))`),
      `${load.slice(0, 3)}.or`,
      '',
    );
  return `
        ${eachWord(words, (word) => `(i64.store offset=${wordBytes * word} (local.get $out) (i64.or (local.get $kept${word}) ${ofEach(`i64.load offset=${wordBytes * word}`)}))`)}
        (i32.store offset=${labelAt} (local.get $out) ${label})${
          isRanked
            ? `
        (local.set $used (i32.or (local.get $elsewhere) ${ofEach(`i32.load offset=${wordBytes * words + 4}`)}))
        (if ${mustRenameText} (then (call $rank (local.get $out) (local.get $used))))`
            : ''
        }
        (local.set $out (i32.add (local.get $out) (i32.const ${bytes})))`;
}

/** Whether the ordinals in use are not the first ones of their sorts (`isRanked` in symmetry.ts): those of neither are. */
const mustRenameText = `(i32.or
            (i32.and (local.tee $at (i32.and (local.get $used) (i32.const ${sortMasks[0]}))) (i32.add (local.get $at) (i32.const 1)))
            (i32.and (local.tee $at (i32.shr_u (local.get $used) (i32.const ${ordinalsMax}))) (i32.add (local.get $at) (i32.const 1))))`;

/** Replaces a state by its canonical one: with the table of the renamed values for the ordinals in use. */
const rankText = ({ words, fields }: WatModel): string => `  (func $rank (param $out i32) (param $used i32)
    (local $at i32) (local $table i32) (local $renamed i32) ${stateLocals(words)} ${eachWord(words, (word) => `(local $next${word} i64)`)}
    ${loadStateText(words, '(local.get $out)')}
    (local.set $at (i32.and (i32.shr_u (i32.mul (local.get $used) (i32.const 0x9e3779b1)) (i32.const 13)) (global.get $renamingsMask)))
    (block $known
      (loop $probe
        (local.set $table (i32.load offset=4 (i32.add (global.get $renamings) (local.get $at))))
        (br_if $known (i32.eq (local.get $used) (i32.load (i32.add (global.get $renamings) (local.get $at)))))
        (local.set $at (i32.and (i32.add (local.get $at) (i32.const 8)) (global.get $renamingsMask)))
        (br_if $probe (local.get $table)))
      (local.set $table (call $renaming (local.get $used))))
${fields.map(renameText).join('\n')}
    ${eachWord(words, (word) => `(i64.store offset=${wordBytes * word} (local.get $out) (local.get $next${word}))`)})`;

const renameText = (field: WatField, group: number): string =>
  `    (local.set $renamed (i32.load offset=${field.base} (i32.add (local.get $table) (local.tee $at ${numberText(field)}))))
    (if (i32.lt_s (local.get $renamed) (i32.const 0))
      (then (local.set $renamed (call $rename (i32.const ${group}) (local.get $table) (local.get $at)))))
    (local.set $next${field.word} (i64.or (local.get $next${field.word}) (i64.shl (i64.extend_i32_u (local.get $renamed)) (i64.const ${field.shift}))))`;
