/**
 * The inner loop of the search as WebAssembly text, written for the footprints and the encoding of one transition system,
 * so that masks and shifts are constants. It looks successors up; what its tables lack it asks its host for (`kernel.ts`).
 */
import { addresses, entryBytes, slack } from './kernel-memory.ts';
import type { Footprint } from './successor-table.ts';

/** The bits of a group in an encoded state, and the index of its first code in tables over all groups. */
export type WatField = { shift: number; bits: number; base: number };

export const mostSuccessors = 2048;

const golden = '0x9e3779b97f4a7c15';
const hex = (mask: bigint) => `0x${mask.toString(16)}`;
const sum = (items: readonly string[], operator: string, none: string): string =>
  items.length === 0 ? none : items.reduce((left, right) => `(${operator} ${left} ${right})`);

export const maskOf = ({ groups }: Footprint, fields: readonly WatField[]): bigint =>
  groups.reduce(
    (mask, group) => mask | (((1n << BigInt(fields[group]!.bits)) - 1n) << BigInt(fields[group]!.shift)),
    0n,
  );

export function kernelText(footprints: readonly Footprint[], fields: readonly WatField[], inUse: number): string {
  return `(module
  (import "host" "memory" (memory 1))
  (import "host" "evaluate" (func $evaluate (param i32 i32 i32) (result i32)))
  (import "host" "outcome" (func $outcome (param i32 i32 i32) (result i32)))
  (import "host" "rename" (func $rename (param i32 i32 i32) (result i32)))
  ${footprints.map((_, n) => `(global $table${n} (export "table${n}") (mut i32) (i32.const 0)) (global $mask${n} (export "mask${n}") (mut i32) (i32.const 0))`).join('\n  ')}
  (global $visited (export "visited") (mut i32) (i32.const 0))
  (global $capacity (export "capacity") (mut i32) (i32.const 0))
  (global $size (export "size") (mut i32) (i32.const 0))
  (global $full (export "full") (mut i32) (i32.const 0))
  (global $newEnd (export "newEnd") (mut i32) (i32.const 0))
${successorsText(footprints, fields, inUse)}
${expandText}
${growText}
)`;
}

/** Writes the successors of a state; answers where they end. */
function successorsText(footprints: readonly Footprint[], fields: readonly WatField[], inUse: number): string {
  const groups = fields.map((_, group) => group);
  return `  (func $successors (param $state i64) (result i32)
    (local $key i64) (local $kept i64) (local $next i64) (local $at i32) (local $count i32) (local $transition i32) (local $out i32)
    (local $chain i32) (local $used i32) (local $renaming i32) (local $renamed i32) (local $elsewhere i32)
    ${groups.map((group) => `(local $code${group} i32) (local $used${group} i32)`).join(' ')}
    (local.set $out (i32.const ${addresses.successors}))
${fields
  .map(
    ({ shift, bits, base }, group) =>
      `    (local.set $code${group} (i32.shl (i32.add (i32.const ${base}) (i32.and (i32.wrap_i64 (i64.shr_u (local.get $state) (i64.const ${shift}))) (i32.const ${2 ** bits - 1}))) (i32.const 2)))
    (local.set $used${group} (i32.load offset=${inUse} (local.get $code${group})))`,
  )
  .join('\n')}
${footprints.map((footprint, n) => footprintText(footprint, n, fields)).join('\n')}
    (local.get $out))`;
}

function footprintText(footprint: Footprint, n: number, fields: readonly WatField[]): string {
  const mask = maskOf(footprint, fields);
  const used = footprint.others.map((group) => `(local.get $used${group})`);
  return `    ;; footprint ${n}
    (local.set $key (i64.and (local.get $state) (i64.const ${hex(mask)})))
    (local.set $at (i32.and (i32.wrap_i64 (i64.shr_u (i64.mul (local.get $key) (i64.const ${golden})) (i64.const 36))) (global.get $mask${n})))
    (block $found${n}
      (block $unknown${n}
        (loop $probe${n}
          (local.set $transition (i32.load offset=8 (i32.add (global.get $table${n}) (local.get $at))))
          (br_if $unknown${n} (i32.eqz (local.get $transition)))
          (br_if $found${n} (i64.eq (local.get $key) (i64.load (i32.add (global.get $table${n}) (local.get $at)))))
          (local.set $at (i32.and (i32.add (local.get $at) (i32.const 16)) (global.get $mask${n})))
          (br $probe${n})))
      (local.set $transition (call $evaluate (i32.const ${n}) (i32.wrap_i64 (local.get $state)) (i32.wrap_i64 (i64.shr_u (local.get $state) (i64.const 32))))))
    (local.set $count (i32.load (local.get $transition)))
    (if (local.get $count) (then
      (local.set $kept (i64.and (local.get $state) (i64.const ${hex(~mask & 0xffffffffffffffffn)})))
      (local.set $elsewhere ${sum(used, 'i32.or', '(i32.const 0)')})
      (local.set $transition (i32.add (local.get $transition) (i32.const 8)))
      (loop $transitions${n}
        (local.set $chain (i32.load offset=12 (local.get $transition)))
        (if (i32.eqz (local.get $chain))
          (then (local.set $next (i64.or (local.get $kept) (i64.load (local.get $transition)))))
          (else
            (local.set $used (i32.or (local.get $elsewhere) (i32.load offset=16 (local.get $transition))))
            (block $known${n}
              (loop $walk${n}
                (br_if $known${n} (i32.eq (local.get $used) (i32.load (local.get $chain))))
                (br_if $walk${n} (local.tee $chain (i32.load offset=16 (local.get $chain)))))
              (local.set $chain (call $outcome (i32.const ${n}) (local.get $transition) (local.get $used))))
            (local.set $renaming (i32.load offset=4 (local.get $chain)))
            (local.set $next (i64.load offset=8 (local.get $chain)))
            (if (i32.eqz (local.get $renaming))
              (then (local.set $next (i64.or (local.get $kept) (local.get $next))))
              (else
${footprint.others.map((group) => renameText(group, fields[group]!)).join('\n')}
              ))))
        (i64.store (local.get $out) (local.get $next))
        (i32.store offset=8 (local.get $out) (i32.load offset=8 (local.get $transition)))
        (local.set $out (i32.add (local.get $out) (i32.const 16)))
        (local.set $transition (i32.add (local.get $transition) (i32.const 24)))
        (br_if $transitions${n} (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))`;
}

const renameText = (group: number, { shift }: WatField): string =>
  `                (local.set $renamed (i32.load (i32.add (local.get $renaming) (local.get $code${group}))))
                (if (i32.lt_s (local.get $renamed) (i32.const 0))
                  (then (local.set $renamed (call $rename (i32.const ${group}) (local.get $renaming) (local.get $code${group})))))
                (local.set $next (i64.or (local.get $next) (i64.shl (i64.extend_i32_u (local.get $renamed)) (i64.const ${shift}))))`;

/** The home of a state: the address where the probe for it among the visited states begins. */
const homeText = (state: string) => `
          (local.set $found (i64.mul (local.tee $next ${state}) (i64.const ${golden})))
          (local.set $found (i64.shr_u (i64.mul (i64.xor (local.get $found) (i64.shr_u (local.get $found) (i64.const 32))) (i64.const 0xd6e8feb86659fd93)) (i64.const 32)))
          (local.set $entry (i32.add (global.get $visited) (i32.mul (i32.wrap_i64 (i64.shr_u (i64.mul (local.get $found) (i64.extend_i32_u (global.get $capacity))) (i64.const 32))) (i32.const ${entryBytes}))))`;

/** Touches the homes of all successors first, so that the memory fetches them together. */
const touchText = `
        (local.set $at (i32.const ${addresses.successors}))
        (block $touched
          (loop $touch
            (br_if $touched (i32.eq (local.get $at) (local.get $last)))${homeText('(i64.load (local.get $at))')}
            (i32.store offset=12 (local.get $at) (local.get $entry))
            (local.set $seen (i64.xor (local.get $seen) (i64.load (local.get $entry))))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br $touch)))
        (i64.store (i32.const 0) (local.get $seen))`;

/** The entry of a state among the visited ones, or the free entry where it belongs. */
const findText = `
          (local.set $next (i64.load (local.get $at)))
          (local.set $entry (i32.load offset=12 (local.get $at)))
          (local.set $found (i64.load (local.get $entry)))
          (block $end
            (loop $probe
              (br_if $end (i64.eq (local.get $found) (local.get $next)))
              (br_if $end (i64.eqz (local.get $found)))
              (local.set $entry (i32.add (local.get $entry) (i32.const ${entryBytes})))
              (local.set $found (i64.load (local.get $entry)))
              (br $probe)))`;

/** Expands states, the first of which is number \`$number\`, as far as its buffers go; answers where it stopped. */
const expandText = `  (func (export "expand") (param $in i32) (param $end i32) (param $number i32) (result i32)
    (local $at i32) (local $last i32) (local $out i32) (local $entry i32) (local $next i64) (local $found i64) (local $seen i64)
    (local $target i32) (local $label i32) (local $rules i32) (local $sums i32) (local $from i32)
    (local.set $out (i32.const ${addresses.newStates}))
    (local.set $target (i32.const ${addresses.targets}))
    (local.set $sums (i32.const ${addresses.sums}))
    (block $stop
      (loop $states
        (br_if $stop (i32.ge_u (local.get $in) (local.get $end)))
        (br_if $stop (i32.gt_u (local.get $out) (i32.const ${addresses.parents - 8 * mostSuccessors})))
        (br_if $stop (i32.gt_u (local.get $target) (i32.const ${addresses.labels - 4 * mostSuccessors})))
        (br_if $stop (i32.gt_u (global.get $size) (global.get $full)))
        (local.set $last (call $successors (i64.load (local.get $in))))${touchText}
        (local.set $at (i32.const ${addresses.successors}))
        (local.set $rules (i32.const 0))
        (local.set $from (local.get $target))
        (block $done
          (loop $each
            (br_if $done (i32.eq (local.get $at) (local.get $last)))
            (local.set $label (i32.load offset=8 (local.get $at)))
            (local.set $rules (i32.or (local.get $rules) (i32.shl (i32.const 1) (local.get $label))))${findText}
            (if (i64.eqz (local.get $found)) (then
              (i64.store (local.get $entry) (local.get $next))
              (i32.store offset=8 (local.get $entry) (global.get $size))
              (global.set $size (i32.add (global.get $size) (i32.const 1)))
              (i64.store (local.get $out) (local.get $next))
              (i32.store offset=${addresses.parents} (i32.shr_u (i32.sub (local.get $out) (i32.const ${addresses.newStates})) (i32.const 1)) (local.get $number))
              (local.set $out (i32.add (local.get $out) (i32.const 8)))))
            (i32.store (local.get $target) (i32.load offset=8 (local.get $entry)))
            (i32.store16 offset=${addresses.labels} (i32.shr_u (i32.sub (local.get $target) (i32.const ${addresses.targets})) (i32.const 1)) (local.get $label))
            (local.set $target (i32.add (local.get $target) (i32.const 4)))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br $each)))
        (i32.store (local.get $sums) (i32.shr_u (i32.sub (local.get $target) (local.get $from)) (i32.const 2)))
        (i32.store offset=4 (local.get $sums) (local.get $rules))
        (local.set $sums (i32.add (local.get $sums) (i32.const 8)))
        (local.set $number (i32.add (local.get $number) (i32.const 1)))
        (local.set $in (i32.add (local.get $in) (i32.const 8)))
        (br $states)))
    (global.set $newEnd (local.get $out))
    (local.get $in))`;

/**
 * Makes room in place: moves all entries to the far end, and then each to its new home. Homes are in the order of hashes,
 * so that an entry never overtakes those still to be moved; if one did, the kernel would stop.
 */
const growText = `  (func (export "grow") (param $capacity i32)
    (local $from i32) (local $target i32) (local $end i32) (local $entry i32) (local $state i64) (local $number i32) (local $next i64) (local $found i64)
    (local.set $from (i32.add (global.get $visited) (i32.mul (i32.add (global.get $capacity) (i32.const ${slack})) (i32.const ${entryBytes}))))
    (local.set $end (i32.add (global.get $visited) (i32.mul (i32.add (local.get $capacity) (i32.const ${slack})) (i32.const ${entryBytes}))))
    (local.set $target (local.get $end))
    (block $compacted
      (loop $compact
        (br_if $compacted (i32.eq (local.get $from) (global.get $visited)))
        (local.set $from (i32.sub (local.get $from) (i32.const ${entryBytes})))
        (local.set $state (i64.load (local.get $from)))
        (if (i64.ne (local.get $state) (i64.const 0)) (then
          (local.set $number (i32.load offset=8 (local.get $from)))
          (local.set $target (i32.sub (local.get $target) (i32.const ${entryBytes})))
          (i64.store (local.get $target) (local.get $state))
          (i32.store offset=8 (local.get $target) (local.get $number))))
        (br $compact)))
    (memory.fill (global.get $visited) (i32.const 0) (i32.sub (local.get $target) (global.get $visited)))
    (global.set $capacity (local.get $capacity))
    (block $moved
      (loop $move
        (br_if $moved (i32.eq (local.get $target) (local.get $end)))
        (local.set $state (i64.load (local.get $target)))
        (local.set $number (i32.load offset=8 (local.get $target)))
        (i64.store (local.get $target) (i64.const 0))
${homeText('(local.get $state)')}
        (block $free
          (loop $probe
            (br_if $free (i64.eqz (i64.load (local.get $entry))))
            (local.set $entry (i32.add (local.get $entry) (i32.const ${entryBytes})))
            (br $probe)))
        (if (i32.gt_u (local.get $entry) (local.get $target)) (then unreachable))
        (i64.store (local.get $entry) (local.get $state))
        (i32.store offset=8 (local.get $entry) (local.get $number))
        (local.set $target (i32.add (local.get $target) (i32.const ${entryBytes})))
        (br $move))))`;
