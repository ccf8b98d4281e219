/**
 * The set of visited states as WebAssembly text: which of the successors of a state are new, and the slots filled again when
 * there are more of them.
 */
import { addresses, mostSuccessors, successorBytes } from './kernel-memory.ts';

const golden = '0x9e3779b97f4a7c15';

/**
 * Where the search for a state begins, and its tag: the bits of its hash that a slot has room for, above the number of a state
 * plus 1. What does not have the same tag is not the same state.
 */
const hashText = `
          (local.set $hash (i64.mul (local.get $state) (i64.const ${golden})))
          (local.set $hash (i64.mul (i64.xor (local.get $hash) (i64.shr_u (local.get $hash) (i64.const 32))) (i64.const 0xd6e8feb86659fd93)))
          (local.set $slot (i32.and (i32.wrap_i64 (i64.shr_u (local.get $hash) (i64.const 32))) (local.get $slotMask)))
          (local.set $tag (i32.and (i32.wrap_i64 (local.get $hash)) (local.get $tagMask)))`;

const masksText = `
    (local.set $slotMask (i32.shl (i32.sub (global.get $slotCount) (i32.const 1)) (i32.const 2)))
    (local.set $tagMask (i32.sub (i32.const 0) (global.get $slotCount)))`;

/** Expands the states from number \`$number\` up to \`$end\` as far as the buffers go; answers where it stopped. */
export const expandText = `  (func (export "expand") (param $number i32) (param $end i32) (result i32)
    (local $at i32) (local $last i32) (local $state i64) (local $hash i64) (local $slot i32) (local $tag i32) (local $found i32)
    (local $slotMask i32) (local $tagMask i32) (local $target i32) (local $label i32) (local $rules i32) (local $sums i32)
    (local $from i32) (local $size i32) (local $seen i32)
    (local.set $target (i32.const ${addresses.targets}))
    (local.set $sums (i32.const ${addresses.sums}))${masksText}
    (block $stop
      (loop $states
        (br_if $stop (i32.ge_u (local.get $number) (local.get $end)))
        (br_if $stop (i32.gt_u (local.get $target) (i32.const ${addresses.labels - 4 * mostSuccessors})))
        (br_if $stop (i32.gt_u (global.get $size) (global.get $full)))
        (local.set $last (call $successors (i64.load (i32.add (global.get $words) (i32.shl (local.get $number) (i32.const 3))))))
        ;; Reads the first slots of all successors, so that the memory fetches them together.
        (local.set $at (i32.const ${addresses.successors}))
        (block $read
          (loop $reading
            (br_if $read (i32.eq (local.get $at) (local.get $last)))
            (local.set $state (i64.load (local.get $at)))${hashText}
            (i32.store offset=12 (local.get $at) (local.get $slot))
            (i32.store offset=16 (local.get $at) (local.get $tag))
            (local.set $seen (i32.xor (local.get $seen) (i32.load (i32.add (global.get $slots) (local.get $slot)))))
            (local.set $at (i32.add (local.get $at) (i32.const ${successorBytes})))
            (br $reading)))
        (i32.store (i32.const 0) (local.get $seen))
        (local.set $at (i32.const ${addresses.successors}))
        (local.set $rules (i32.const 0))
        (local.set $from (local.get $target))
        (local.set $size (global.get $size))
        (block $done
          (loop $each
            (br_if $done (i32.eq (local.get $at) (local.get $last)))
            (local.set $state (i64.load (local.get $at)))
            (local.set $label (i32.load offset=8 (local.get $at)))
            (local.set $slot (i32.load offset=12 (local.get $at)))
            (local.set $tag (i32.load offset=16 (local.get $at)))
            (local.set $rules (i32.or (local.get $rules) (i32.shl (i32.const 1) (local.get $label))))
            (block $known
              (block $new
                (loop $probe
                  (local.set $found (i32.load (i32.add (global.get $slots) (local.get $slot))))
                  (br_if $new (i32.eqz (local.get $found)))
                  (local.set $found (i32.xor (local.get $found) (local.get $tag)))
                  (if (i32.eqz (i32.and (local.get $found) (local.get $tagMask))) (then
                    (br_if $known (i64.eq (local.get $state) (i64.load (i32.add (global.get $words) (i32.shl (i32.sub (local.get $found) (i32.const 1)) (i32.const 3))))))))
                  (local.set $slot (i32.and (i32.add (local.get $slot) (i32.const 4)) (local.get $slotMask)))
                  (br $probe)))
              (i64.store (i32.add (global.get $words) (i32.shl (global.get $size) (i32.const 3))) (local.get $state))
              (global.set $size (local.tee $found (i32.add (global.get $size) (i32.const 1))))
              (i32.store (i32.add (global.get $slots) (local.get $slot)) (i32.or (local.get $tag) (local.get $found))))
            (i32.store (local.get $target) (i32.sub (local.get $found) (i32.const 1)))
            (i32.store16 offset=${addresses.labels} (i32.shr_u (i32.sub (local.get $target) (i32.const ${addresses.targets})) (i32.const 1)) (local.get $label))
            (local.set $target (i32.add (local.get $target) (i32.const 4)))
            (local.set $at (i32.add (local.get $at) (i32.const ${successorBytes})))
            (br $each)))
        (i32.store (local.get $sums) (i32.shr_u (i32.sub (local.get $target) (local.get $from)) (i32.const 2)))
        (i32.store offset=4 (local.get $sums) (local.get $rules))
        (i32.store offset=8 (local.get $sums) (i32.sub (global.get $size) (local.get $size)))
        (local.set $sums (i32.add (local.get $sums) (i32.const 12)))
        (local.set $number (i32.add (local.get $number) (i32.const 1)))
        (br $states)))
    (local.get $number))`;

/** Fills the slots, which are empty, with all visited states. */
export const fillSlotsText = `  (func (export "fillSlots")
    (local $number i32) (local $state i64) (local $hash i64) (local $slot i32) (local $tag i32) (local $slotMask i32) (local $tagMask i32)${masksText}
    (block $done
      (loop $states
        (br_if $done (i32.eq (local.get $number) (global.get $size)))
        (local.set $state (i64.load (i32.add (global.get $words) (i32.shl (local.get $number) (i32.const 3)))))${hashText}
        (local.set $number (i32.add (local.get $number) (i32.const 1)))
        (block $free
          (loop $probe
            (br_if $free (i32.eqz (i32.load (i32.add (global.get $slots) (local.get $slot)))))
            (local.set $slot (i32.and (i32.add (local.get $slot) (i32.const 4)) (local.get $slotMask)))
            (br $probe)))
        (i32.store (i32.add (global.get $slots) (local.get $slot)) (i32.or (local.get $tag) (local.get $number)))
        (br $states))))`;
