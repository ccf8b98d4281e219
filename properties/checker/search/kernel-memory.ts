/**
 * The memory of the kernel: buffers at fixed addresses, then its tables, then the visited states: the slots of a hash table,
 * and the states themselves by number. Tables and states grow.
 */
import { growMemory, page, requireMemory, SearchLimit } from './limits.ts';

export const mostSuccessors = 2048;
/** Of a word of a state. */
export const wordBytes = 8;

/** Addresses in bytes. */
export const addresses = {
  /** Per expanded state: the number of its first transition. */
  heads: 1 << 10,
  /** Per transition: its target, and its label in 8 or 16 bits. */
  targets: 1 << 17,
  labels: 3 << 17,
  /** Of the state that is expanded; the tables follow. */
  successors: 1 << 19,
} as const;

const slotBytes = 4;
/** How full the slots may be. */
const load = 0.75;
const firstSlots = 2 ** 14;
/** With the states that fill them, twice as many slots do not fit into a memory of 4 GiB. */
const mostSlots = 2 ** 28;
const firstRoom = 2 ** 20;

export class KernelMemory {
  readonly memory = new WebAssembly.Memory({ initial: 0 });
  readonly slots = new WebAssembly.Global({ value: 'i32', mutable: true }, 0);
  readonly words = new WebAssembly.Global({ value: 'i32', mutable: true }, 0);
  readonly slotCount = new WebAssembly.Global({ value: 'i32', mutable: true }, firstSlots);
  ints = new Int32Array();
  /** Of a state. */
  readonly #stateBytes: number;
  readonly #tablesAt: number;
  #free: number;

  /** Of states of so many words, each of which has successors that take so many bytes. */
  constructor(words: number, successorBytes: number) {
    this.#stateBytes = words * wordBytes;
    this.#tablesAt = addresses.successors + mostSuccessors * successorBytes;
    this.#free = this.#tablesAt;
    this.#layOut(this.#tablesAt + firstRoom, firstSlots);
  }

  /** A part of the tables, full of this number; its address is a multiple of 8. */
  allocate(bytes: number, filled = 0): number {
    const at = this.#free;
    this.#free += Math.ceil(bytes / 8) * 8;
    if (this.#free > this.#slotsAt) this.#enlargeTables();
    this.ints.fill(filled, at >> 2, this.#free >> 2);
    return at;
  }

  /** Of the visited states, before they need more room. */
  get full(): number {
    return load * this.slotCount.value - mostSuccessors;
  }

  get slotBytes(): number {
    return slotBytes * this.slotCount.value;
  }

  clearSlots(): void {
    this.ints.fill(0, this.#slotsAt >> 2, this.#wordsAt >> 2);
  }

  /** Twice the slots, empty; the states move. */
  doubleSlots(): void {
    const [from, count] = [this.#wordsAt, this.slotCount.value];
    if (count === mostSlots) throw new SearchLimit(`${load * mostSlots} states are the most in one search`);
    requireMemory(2 * slotBytes * count);
    this.#layOut(this.#slotsAt, 2 * count);
    this.ints.copyWithin(this.#wordsAt >> 2, from >> 2, (from + load * count * this.#stateBytes) >> 2);
    this.clearSlots();
  }

  /** Twice the tables: the visited states move. */
  #enlargeTables(): void {
    const from = this.#slotsAt;
    const end = this.memory.buffer.byteLength;
    const room = 2 * (this.#free - this.#tablesAt);
    requireMemory(room);
    this.#layOut(Math.ceil((this.#tablesAt + room) / page) * page, this.slotCount.value);
    this.ints.copyWithin(this.#slotsAt >> 2, from >> 2, end >> 2);
    this.ints.fill(0, from >> 2, this.#slotsAt >> 2);
  }

  #layOut(slotsAt: number, slotCount: number): void {
    this.slots.value = slotsAt;
    this.words.value = slotsAt + slotCount * slotBytes;
    this.slotCount.value = slotCount;
    const end = this.#wordsAt + load * slotCount * this.#stateBytes;
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / page);
    if (missing > 0) growMemory(this.memory, missing);
    this.ints = new Int32Array(this.memory.buffer);
  }

  // Addresses above 2 GiB are negative as i32.
  get #slotsAt(): number {
    return this.slots.value >>> 0;
  }

  get #wordsAt(): number {
    return this.words.value >>> 0;
  }
}
