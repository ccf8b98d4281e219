/**
 * The set of visited states as WebAssembly text: which of the successors of a state are new, and the slots filled again when
 * there are more of them.
 */
import { addresses, mostSuccessors, wordBytes } from './kernel-memory.ts';

/** What the text is written for: the words of a state, and the bytes of a label. */
export type WatSizes = { words: number; labelBytes: number };

/** Of a successor: after its words its label, where the search for it begins, and its tag. */
export const successorFields = (words: number) => {
  const label = words * wordBytes;
  return { label, slot: label + 4, tag: label + 8, bytes: label + 16 };
};

export const eachWord = (words: number, text: (word: number) => string): string =>
  Array.from({ length: words }, (_, word) => text(word)).join(' ');

export const stateLocals = (words: number): string => eachWord(words, (word) => `(local $state${word} i64)`);

/** Reads a state from an address. */
export const loadStateText = (words: number, at: string): string =>
  eachWord(words, (word) => `(local.set $state${word} (i64.load offset=${wordBytes * word} ${at}))`);

/** The address of a visited state by its number. */
export const addressText = (words: number, number: string): string =>
  `(i32.add (global.get $words) (i32.mul ${number} (i32.const ${wordBytes * words})))`;

const golden = '0x9e3779b97f4a7c15';

/**
 * Where the search for a state begins, and its tag: the bits of its hash that a slot has room for, above the number of a state
 * plus 1. What does not have the same tag is not the same state.
 */
const hashText = (words: number): string => `
          (local.set $hash (i64.mul (local.get $state0) (i64.const ${golden})))${Array.from(
            { length: words - 1 },
            (_, n) => `
          (local.set $hash (i64.mul (i64.xor (i64.xor (local.get $hash) (i64.shr_u (local.get $hash) (i64.const 32))) (local.get $state${n + 1})) (i64.const ${golden})))`,
          ).join('')}
          (local.set $hash (i64.mul (i64.xor (local.get $hash) (i64.shr_u (local.get $hash) (i64.const 32))) (i64.const 0xd6e8feb86659fd93)))
          (local.set $slot (i32.and (i32.wrap_i64 (i64.shr_u (local.get $hash) (i64.const 32))) (local.get $slotMask)))
          (local.set $tag (i32.and (i32.wrap_i64 (local.get $hash)) (local.get $tagMask)))`;

const masksText = `
    (local.set $slotMask (i32.shl (i32.sub (global.get $slotCount) (i32.const 1)) (i32.const 2)))
    (local.set $tagMask (i32.sub (i32.const 0) (global.get $slotCount)))`;

/** Whether the state is the visited one of this number. */
function isSameText(words: number, number: string): string {
  if (words === 1) return `(i64.eq (local.get $state0) (i64.load ${addressText(words, number)}))`;
  const differences = Array.from(
    { length: words },
    (_, word) => `(i64.xor (local.get $state${word}) (i64.load offset=${wordBytes * word} (local.get $known)))`,
  );
  return `(i64.eqz (block (result i64)
                      (local.set $known ${addressText(words, number)})
                      ${differences.reduce((left, right) => `(i64.or ${left} ${right})`)}))`;
}

/**
 * Expands the states from number `$number` up to `$end` as far as the buffers go, when `$first` transitions are known; answers
 * where it stopped, and leaves how many transitions it found.
 */
export function expandText({ words, labelBytes }: WatSizes): string {
  const { label, slot, tag, bytes } = successorFields(words);
  const labelAt = `(i32.shr_u (i32.sub (local.get $target) (i32.const ${addresses.targets})) (i32.const ${labelBytes === 1 ? 2 : 1}))`;
  return `  (func (export "expand") (param $number i32) (param $end i32) (param $first i32) (result i32)
    (local $at i32) (local $last i32) ${stateLocals(words)} (local $hash i64) (local $slot i32) (local $tag i32) (local $found i32)
    (local $slotMask i32) (local $tagMask i32) (local $target i32) (local $head i32) (local $known i32) (local $seen i32)
    (local.set $target (i32.const ${addresses.targets}))
    (local.set $head (i32.const ${addresses.heads}))${masksText}
    (block $stop
      (loop $states
        (br_if $stop (i32.ge_u (local.get $number) (local.get $end)))
        (br_if $stop (i32.gt_u (local.get $target) (i32.const ${addresses.labels - 4 * mostSuccessors})))
        (br_if $stop (i32.gt_u (global.get $size) (global.get $full)))
        (local.set $last (call $successors (local.get $number)))
        (i32.store (local.get $head) (i32.add (local.get $first) (i32.shr_u (i32.sub (local.get $target) (i32.const ${addresses.targets})) (i32.const 2))))
        (local.set $head (i32.add (local.get $head) (i32.const 4)))
        ;; Reads the first slots of all successors, so that the memory fetches them together.
        (local.set $at (i32.const ${addresses.successors}))
        (block $read
          (loop $reading
            (br_if $read (i32.eq (local.get $at) (local.get $last)))
            ${loadStateText(words, '(local.get $at)')}${hashText(words)}
            (i32.store offset=${slot} (local.get $at) (local.get $slot))
            (i32.store offset=${tag} (local.get $at) (local.get $tag))
            (local.set $seen (i32.xor (local.get $seen) (i32.load (i32.add (global.get $slots) (local.get $slot)))))
            (local.set $at (i32.add (local.get $at) (i32.const ${bytes})))
            (br $reading)))
        (i32.store (i32.const 0) (local.get $seen))
        (local.set $at (i32.const ${addresses.successors}))
        (block $done
          (loop $each
            (br_if $done (i32.eq (local.get $at) (local.get $last)))
            ${loadStateText(words, '(local.get $at)')}
            (local.set $slot (i32.load offset=${slot} (local.get $at)))
            (local.set $tag (i32.load offset=${tag} (local.get $at)))
            (block $known
              (block $new
                (loop $probe
                  (local.set $found (i32.load (i32.add (global.get $slots) (local.get $slot))))
                  (br_if $new (i32.eqz (local.get $found)))
                  (local.set $found (i32.xor (local.get $found) (local.get $tag)))
                  (if (i32.eqz (i32.and (local.get $found) (local.get $tagMask))) (then
                    (br_if $known ${isSameText(words, '(i32.sub (local.get $found) (i32.const 1))')})))
                  (local.set $slot (i32.and (i32.add (local.get $slot) (i32.const 4)) (local.get $slotMask)))
                  (br $probe)))
              (local.set $known ${addressText(words, '(global.get $size)')})
              ${eachWord(words, (word) => `(i64.store offset=${wordBytes * word} (local.get $known) (local.get $state${word}))`)}
              (global.set $size (local.tee $found (i32.add (global.get $size) (i32.const 1))))
              (i32.store (i32.add (global.get $slots) (local.get $slot)) (i32.or (local.get $tag) (local.get $found))))
            (i32.store (local.get $target) (i32.sub (local.get $found) (i32.const 1)))
            (i32.store${8 * labelBytes} offset=${addresses.labels} ${labelAt} (i32.load offset=${label} (local.get $at)))
            (local.set $target (i32.add (local.get $target) (i32.const 4)))
            (local.set $at (i32.add (local.get $at) (i32.const ${bytes})))
            (br $each)))
        (local.set $number (i32.add (local.get $number) (i32.const 1)))
        (br $states)))
    (global.set $transitions (i32.shr_u (i32.sub (local.get $target) (i32.const ${addresses.targets})) (i32.const 2)))
    (local.get $number))`;
}

/** Fills the slots, which are empty, with all visited states. */
export const fillSlotsText = ({ words }: WatSizes): string => `  (func (export "fillSlots")
    (local $number i32) ${stateLocals(words)} (local $hash i64) (local $slot i32) (local $tag i32) (local $slotMask i32) (local $tagMask i32)${masksText}
    (block $done
      (loop $states
        (br_if $done (i32.eq (local.get $number) (global.get $size)))
        ${loadStateText(words, addressText(words, '(local.get $number)'))}${hashText(words)}
        (local.set $number (i32.add (local.get $number) (i32.const 1)))
        (block $free
          (loop $probe
            (br_if $free (i32.eqz (i32.load (i32.add (global.get $slots) (local.get $slot)))))
            (local.set $slot (i32.and (i32.add (local.get $slot) (i32.const 4)) (local.get $slotMask)))
            (br $probe)))
        (i32.store (i32.add (global.get $slots) (local.get $slot)) (i32.or (local.get $tag) (local.get $number)))
        (br $states))))`;
