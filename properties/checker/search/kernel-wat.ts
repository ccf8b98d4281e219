/**
 * The inner loop of the search as a WebAssembly text: written for the footprints and the packing of one composition, so
 * that masks and shifts are constants. It looks up; what it does not find yet it asks its host for (`kernel.ts`).
 */

/** What rules look at: the numbers of the groups, and of those left alone. */
export type Footprint = { rules: readonly number[]; needs: readonly number[]; others: readonly number[] };
/** Where a group stands in the 64 bits of a world, and the place of its first value in tables over all groups. */
export type Field = { shift: number; bits: number; base: number };

/** Addresses in its memory, in bytes. The tables come after `tables`, and the visited worlds after them. */
export const addresses = {
  /** Successors of one world: its 64 bits, its label. */
  successors: 1 << 10,
  /** Worlds to go on from. */
  worlds: 1 << 16,
  /** Worlds met for the first time, and the number of the world they were met from. */
  news: 1 << 17,
  parents: 1 << 18,
  /** Per world that was gone on from: how many transitions it has, and its rules as bits. */
  sums: 3 << 17,
  /** Per transition: the number of its target; its label, in 16 bits. */
  targets: 1 << 19,
  labels: 3 << 18,
  tables: 1 << 20,
} as const;
export const mostSuccessors = 2048;
/** Places after the last of the visited worlds, so that a probe never has to begin again at the first. */
export const slack = 4096;

const golden = '0x9e3779b97f4a7c15';
const hex = (mask: bigint) => `0x${mask.toString(16)}`;
const sum = (items: readonly string[], operator: string, none: string): string =>
  items.length === 0 ? none : items.reduce((left, right) => `(${operator} ${left} ${right})`);

export const maskOf = ({ needs }: Footprint, fields: readonly Field[]): bigint =>
  needs.reduce(
    (mask, group) => mask | (((1n << BigInt(fields[group]!.bits)) - 1n) << BigInt(fields[group]!.shift)),
    0n,
  );

export function kernelText(footprints: readonly Footprint[], fields: readonly Field[], inUse: number): string {
  return `(module
  (import "host" "memory" (memory 1))
  (import "host" "evaluate" (func $evaluate (param i32 i32 i32) (result i32)))
  (import "host" "outcome" (func $outcome (param i32 i32 i32) (result i32)))
  (import "host" "name" (func $name (param i32 i32 i32) (result i32)))
  ${footprints.map((_, n) => `(global $table${n} (export "table${n}") (mut i32) (i32.const 0)) (global $mask${n} (export "mask${n}") (mut i32) (i32.const 0))`).join('\n  ')}
  (global $visited (export "visited") (mut i32) (i32.const 0))
  (global $capacity (export "capacity") (mut i32) (i32.const 0))
  (global $size (export "size") (mut i32) (i32.const 0))
  (global $full (export "full") (mut i32) (i32.const 0))
  (global $moves (export "transitions") (mut i32) (i32.const 0))
  (global $labels (export "labels") (mut i32) (i32.const 0))
  (global $news (export "news") (mut i32) (i32.const 0))
${expandText(footprints, fields, inUse)}
${searchText}
${numberText}
${growText('growSearch', 8)}
${growText('growNumber', 16)}
)`;
}

/** Writes the successors of a world, and answers where they end. */
function expandText(footprints: readonly Footprint[], fields: readonly Field[], inUse: number): string {
  const groups = fields.map((_, group) => group);
  return `  (func $expand (param $world i64) (result i32)
    (local $key i64) (local $kept i64) (local $next i64) (local $at i32) (local $count i32) (local $move i32) (local $out i32)
    (local $chain i32) (local $used i32) (local $names i32) (local $renamed i32) (local $elsewhere i32)
    ${groups.map((group) => `(local $here${group} i32) (local $used${group} i32)`).join(' ')}
    (local.set $out (i32.const ${addresses.successors}))
${fields
  .map(
    ({ shift, bits, base }, group) =>
      `    (local.set $here${group} (i32.shl (i32.add (i32.const ${base}) (i32.and (i32.wrap_i64 (i64.shr_u (local.get $world) (i64.const ${shift}))) (i32.const ${2 ** bits - 1}))) (i32.const 2)))
    (local.set $used${group} (i32.load offset=${inUse} (local.get $here${group})))`,
  )
  .join('\n')}
${footprints.map((footprint, n) => footprintText(footprint, n, fields)).join('\n')}
    (local.get $out))`;
}

function footprintText(footprint: Footprint, n: number, fields: readonly Field[]): string {
  const mask = maskOf(footprint, fields);
  const used = footprint.others.map((group) => `(local.get $used${group})`);
  return `    ;; footprint ${n}
    (local.set $key (i64.and (local.get $world) (i64.const ${hex(mask)})))
    (local.set $at (i32.and (i32.wrap_i64 (i64.shr_u (i64.mul (local.get $key) (i64.const ${golden})) (i64.const 36))) (global.get $mask${n})))
    (block $asked${n}
      (block $unknown${n}
        (loop $probe${n}
          (local.set $move (i32.load offset=8 (i32.add (global.get $table${n}) (local.get $at))))
          (br_if $unknown${n} (i32.eqz (local.get $move)))
          (br_if $asked${n} (i64.eq (local.get $key) (i64.load (i32.add (global.get $table${n}) (local.get $at)))))
          (local.set $at (i32.and (i32.add (local.get $at) (i32.const 16)) (global.get $mask${n})))
          (br $probe${n})))
      (local.set $move (call $evaluate (i32.const ${n}) (i32.wrap_i64 (local.get $world)) (i32.wrap_i64 (i64.shr_u (local.get $world) (i64.const 32))))))
    (local.set $count (i32.load (local.get $move)))
    (if (local.get $count) (then
      (local.set $kept (i64.and (local.get $world) (i64.const ${hex(~mask & 0xffffffffffffffffn)})))
      (local.set $elsewhere ${sum(used, 'i32.or', '(i32.const 0)')})
      (local.set $move (i32.add (local.get $move) (i32.const 8)))
      (loop $moves${n}
        (local.set $chain (i32.load offset=12 (local.get $move)))
        (if (i32.eqz (local.get $chain))
          (then (local.set $next (i64.or (local.get $kept) (i64.load (local.get $move)))))
          (else
            (local.set $used (i32.or (local.get $elsewhere) (i32.load offset=16 (local.get $move))))
            (block $known${n}
              (loop $walk${n}
                (br_if $known${n} (i32.eq (local.get $used) (i32.load (local.get $chain))))
                (br_if $walk${n} (local.tee $chain (i32.load offset=16 (local.get $chain)))))
              (local.set $chain (call $outcome (i32.const ${n}) (local.get $move) (local.get $used))))
            (local.set $names (i32.load offset=4 (local.get $chain)))
            (local.set $next (i64.load offset=8 (local.get $chain)))
            (if (i32.eqz (local.get $names))
              (then (local.set $next (i64.or (local.get $kept) (local.get $next))))
              (else
${footprint.others.map((group) => renameText(group, fields[group]!)).join('\n')}
              ))))
        (i64.store (local.get $out) (local.get $next))
        (i32.store offset=8 (local.get $out) (i32.load offset=8 (local.get $move)))
        (local.set $out (i32.add (local.get $out) (i32.const 16)))
        (local.set $move (i32.add (local.get $move) (i32.const 24)))
        (br_if $moves${n} (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))`;
}

const renameText = (group: number, { shift }: Field): string =>
  `                (local.set $renamed (i32.load (i32.add (local.get $names) (local.get $here${group}))))
                (if (i32.lt_s (local.get $renamed) (i32.const 0))
                  (then (local.set $renamed (call $name (i32.const ${group}) (local.get $names) (local.get $here${group})))))
                (local.set $next (i64.or (local.get $next) (i64.shl (i64.extend_i32_u (local.get $renamed)) (i64.const ${shift}))))`;

/** The home of a world among the visited ones: the address where the search for it begins. */
const homeText = (stride: number, world: string) => `
          (local.set $found (i64.mul (local.tee $next ${world}) (i64.const ${golden})))
          (local.set $found (i64.shr_u (i64.mul (i64.xor (local.get $found) (i64.shr_u (local.get $found) (i64.const 32))) (i64.const 0xd6e8feb86659fd93)) (i64.const 32)))
          (local.set $place (i32.add (global.get $visited) (i32.mul (i32.wrap_i64 (i64.shr_u (i64.mul (local.get $found) (i64.extend_i32_u (global.get $capacity))) (i64.const 32))) (i32.const ${stride}))))`;

/** Touches the homes of all successors first, so that the memory fetches them together. */
const touchText = (stride: number) => `
        (local.set $at (i32.const ${addresses.successors}))
        (block $touched
          (loop $touch
            (br_if $touched (i32.eq (local.get $at) (local.get $last)))${homeText(stride, '(i64.load (local.get $at))')}
            (i32.store offset=12 (local.get $at) (local.get $place))
            (local.set $seen (i64.xor (local.get $seen) (i64.load (local.get $place))))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br $touch)))
        (i64.store (i32.const 0) (local.get $seen))`;

/** The place of a world among the visited ones, or the free place where it belongs. */
const findText = (stride: number) => `
          (local.set $next (i64.load (local.get $at)))
          (local.set $place (i32.load offset=12 (local.get $at)))
          (local.set $found (i64.load (local.get $place)))
          (block $end
            (loop $probe
              (br_if $end (i64.eq (local.get $found) (local.get $next)))
              (br_if $end (i64.eqz (local.get $found)))
              (local.set $place (i32.add (local.get $place) (i32.const ${stride})))
              (local.set $found (i64.load (local.get $place)))
              (br $probe)))`;

/** Goes on from worlds, as far as there is room; answers where it stopped, and leaves the worlds that are new. */
const searchText = `  (func (export "search") (param $in i32) (param $end i32) (result i32)
    (local $at i32) (local $last i32) (local $out i32) (local $place i32) (local $next i64) (local $found i64) (local $seen i64)
    (local.set $out (i32.const ${addresses.news}))
    (block $stop
      (loop $worlds
        (br_if $stop (i32.ge_u (local.get $in) (local.get $end)))
        (br_if $stop (i32.gt_u (local.get $out) (i32.const ${addresses.parents - 8 * mostSuccessors})))
        (br_if $stop (i32.gt_u (global.get $size) (global.get $full)))
        (local.set $last (call $expand (i64.load (local.get $in))))${touchText(8)}
        (local.set $at (i32.const ${addresses.successors}))
        (global.set $moves (i32.add (global.get $moves) (i32.shr_u (i32.sub (local.get $last) (local.get $at)) (i32.const 4))))
        (block $done
          (loop $each
            (br_if $done (i32.eq (local.get $at) (local.get $last)))
            (global.set $labels (i32.or (global.get $labels) (i32.load offset=8 (local.get $at))))${findText(8)}
            (if (i64.eqz (local.get $found)) (then
              (i64.store (local.get $place) (local.get $next))
              (global.set $size (i32.add (global.get $size) (i32.const 1)))
              (i64.store (local.get $out) (local.get $next))
              (local.set $out (i32.add (local.get $out) (i32.const 8)))))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br $each)))
        (local.set $in (i32.add (local.get $in) (i32.const 8)))
        (br $worlds)))
    (global.set $news (local.get $out))
    (local.get $in))`;

/** The same, and every world has a number: leaves the transitions as well. \`$number\` is that of the first world given. */
const numberText = `  (func (export "number") (param $in i32) (param $end i32) (param $number i32) (result i32)
    (local $at i32) (local $last i32) (local $out i32) (local $place i32) (local $next i64) (local $found i64) (local $seen i64)
    (local $to i32) (local $label i32) (local $rules i32) (local $sums i32) (local $from i32)
    (local.set $out (i32.const ${addresses.news}))
    (local.set $to (i32.const ${addresses.targets}))
    (local.set $sums (i32.const ${addresses.sums}))
    (block $stop
      (loop $worlds
        (br_if $stop (i32.ge_u (local.get $in) (local.get $end)))
        (br_if $stop (i32.gt_u (local.get $out) (i32.const ${addresses.parents - 8 * mostSuccessors})))
        (br_if $stop (i32.gt_u (local.get $to) (i32.const ${addresses.labels - 4 * mostSuccessors})))
        (br_if $stop (i32.gt_u (global.get $size) (global.get $full)))
        (local.set $last (call $expand (i64.load (local.get $in))))${touchText(16)}
        (local.set $at (i32.const ${addresses.successors}))
        (local.set $rules (i32.const 0))
        (local.set $from (local.get $to))
        (block $done
          (loop $each
            (br_if $done (i32.eq (local.get $at) (local.get $last)))
            (local.set $label (i32.load offset=8 (local.get $at)))
            (local.set $rules (i32.or (local.get $rules) (i32.shl (i32.const 1) (local.get $label))))${findText(16)}
            (if (i64.eqz (local.get $found)) (then
              (i64.store (local.get $place) (local.get $next))
              (i32.store offset=8 (local.get $place) (global.get $size))
              (global.set $size (i32.add (global.get $size) (i32.const 1)))
              (i64.store (local.get $out) (local.get $next))
              (i32.store offset=${addresses.parents} (i32.shr_u (i32.sub (local.get $out) (i32.const ${addresses.news})) (i32.const 1)) (local.get $number))
              (local.set $out (i32.add (local.get $out) (i32.const 8)))))
            (i32.store (local.get $to) (i32.load offset=8 (local.get $place)))
            (i32.store16 offset=${addresses.labels} (i32.shr_u (i32.sub (local.get $to) (i32.const ${addresses.targets})) (i32.const 1)) (local.get $label))
            (local.set $to (i32.add (local.get $to) (i32.const 4)))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br $each)))
        (i32.store (local.get $sums) (i32.shr_u (i32.sub (local.get $to) (local.get $from)) (i32.const 2)))
        (i32.store offset=4 (local.get $sums) (local.get $rules))
        (local.set $sums (i32.add (local.get $sums) (i32.const 8)))
        (local.set $number (i32.add (local.get $number) (i32.const 1)))
        (local.set $in (i32.add (local.get $in) (i32.const 8)))
        (br $worlds)))
    (global.set $news (local.get $out))
    (local.get $in))`;

/**
 * Makes room in place: moves all worlds to the far end, and then each to its new home. Homes are in the order of hashes,
 * so that a world never overtakes those still to be moved; it stops if one did.
 */
const growText = (name: string, stride: number) => `  (func (export "${name}") (param $capacity i32)
    (local $from i32) (local $to i32) (local $end i32) (local $place i32) (local $world i64) (local $number i32) (local $next i64) (local $found i64)
    (local.set $from (i32.add (global.get $visited) (i32.mul (i32.add (global.get $capacity) (i32.const ${slack})) (i32.const ${stride}))))
    (local.set $end (i32.add (global.get $visited) (i32.mul (i32.add (local.get $capacity) (i32.const ${slack})) (i32.const ${stride}))))
    (local.set $to (local.get $end))
    (block $compacted
      (loop $compact
        (br_if $compacted (i32.eq (local.get $from) (global.get $visited)))
        (local.set $from (i32.sub (local.get $from) (i32.const ${stride})))
        (local.set $world (i64.load (local.get $from)))
        (if (i64.ne (local.get $world) (i64.const 0)) (then
          (local.set $number (i32.load offset=${stride - 8} (local.get $from)))
          (local.set $to (i32.sub (local.get $to) (i32.const ${stride})))
          (i64.store (local.get $to) (local.get $world))
          ${stride === 16 ? '(i32.store offset=8 (local.get $to) (local.get $number))' : ''}))
        (br $compact)))
    (memory.fill (global.get $visited) (i32.const 0) (i32.sub (local.get $to) (global.get $visited)))
    (global.set $capacity (local.get $capacity))
    (block $moved
      (loop $move
        (br_if $moved (i32.eq (local.get $to) (local.get $end)))
        (local.set $world (i64.load (local.get $to)))
        (local.set $number (i32.load offset=${stride - 8} (local.get $to)))
        (i64.store (local.get $to) (i64.const 0))
${homeText(stride, '(local.get $world)')}
        (block $free
          (loop $probe
            (br_if $free (i64.eqz (i64.load (local.get $place))))
            (local.set $place (i32.add (local.get $place) (i32.const ${stride})))
            (br $probe)))
        (if (i32.gt_u (local.get $place) (local.get $to)) (then unreachable))
        (i64.store (local.get $place) (local.get $world))
        ${stride === 16 ? '(i32.store offset=8 (local.get $place) (local.get $number))' : ''}
        (local.set $to (i32.add (local.get $to) (i32.const ${stride})))
        (br $move))))`;
