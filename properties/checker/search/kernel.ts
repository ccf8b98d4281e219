/**
 * The kernel: enumerates encoded states in WebAssembly. Its tables say which successors a footprint has; what they lack is
 * answered once, by the rules and by renaming, and written into them. The visited states are an open hash table.
 */
import assembler from 'wabt';
import { addresses, entryBytes, KernelMemory, slack } from './kernel-memory.ts';
import { kernelText, mostSuccessors } from './kernel-wat.ts';
import { StateCodec } from './state-codec.ts';
import { type Encoded, type Encoding, masksOf } from './state-encoding.ts';
import type { SuccessorTable } from './successor-table.ts';
import { type InUse, isRanked, keepsRanks } from './symmetry.ts';
import type { ValueNumbers } from './value-numbers.ts';

const wabt = await assembler();
/** How full the visited states may be before they get more room, and how much more. */
const load = 0.8;
const growth = 1.4;
const firstCapacity = 2 ** 12;
/** How many states are expanded at once, at most. */
export const batch = (addresses.newStates - addresses.states) / 8;

type Exports = Record<string, WebAssembly.Global> & {
  expand(from: number, to: number, first: number): number;
  grow(capacity: number): void;
};

export class Kernel {
  readonly codec: StateCodec;
  readonly #table: SuccessorTable;
  readonly #values: ValueNumbers;
  readonly #memory: KernelMemory;
  readonly #masks: readonly Encoded[];
  readonly #exports: Exports;
  /** By footprint: a hash table in memory of what its rules were asked. */
  readonly #asked: { at: number; entries: number; used: number }[];
  /** The most successors that each footprint has had. */
  readonly #most: number[];
  /** The end of every chain of outcomes: the ordinals in use are never -1. */
  readonly #noOutcome: number;
  /** Transitions that may need renaming, by address: the numbers of their values. */
  readonly #numbers = new Map<number, readonly number[]>();
  readonly #renamings = new Map<InUse, number>();
  readonly #inUseOfRenaming = new Map<number, InUse>();

  /** `room`: bytes for its tables. */
  constructor(table: SuccessorTable, values: ValueNumbers, encoding: Encoding, room: number) {
    this.#table = table;
    this.#values = values;
    this.#memory = new KernelMemory(room);
    this.codec = new StateCodec(encoding, values, this.#memory);
    this.#noOutcome = this.#memory.allocate(24);
    this.#memory.ints[this.#noOutcome >> 2] = -1;
    this.#masks = table.footprints.map(({ groups }) => masksOf(encoding, groups));
    this.#asked = table.footprints.map(() => ({ at: 0, entries: 0, used: 0 }));
    this.#most = table.footprints.map(() => 0);
    this.#exports = this.#assembled();
    for (const n of table.footprints.keys()) this.#enlarge(n);
  }

  /** Forgets all visited states but these, which get the first numbers. */
  begin(initial: readonly Encoded[]): void {
    this.#memory.ints.fill(0, this.#memory.visited >> 2);
    this.#set('visited', this.#memory.visited);
    this.#set('capacity', 0);
    this.#set('size', initial.length);
    this.#memory.growFor(0);
    for (const [n, words] of initial.entries()) {
      this.#memory.ints.set([...words, n], (this.#memory.visited + n * entryBytes) >> 2);
    }
    this.#reserve(firstCapacity);
  }

  /** Expands states, the first of which has this number, as far as its buffers go. Answers how many it expanded. */
  expand(states: Int32Array, first: number): number {
    if (this.size > this.#get('full')) this.#reserve(Math.ceil(growth * this.#get('capacity')));
    this.#memory.ints.set(states, addresses.states >> 2);
    const stopped = this.#exports.expand(addresses.states, addresses.states + 4 * states.length, first);
    return (stopped - addresses.states) / 8;
  }

  /** How many states were visited. */
  get size(): number {
    return this.#get('size');
  }

  get visitedBytes(): number {
    return (this.#get('capacity') + slack) * entryBytes;
  }

  /** Low and high words of the states that the last expansion visited for the first time. */
  get newStates(): Int32Array {
    return this.#memory.ints.subarray(addresses.newStates >> 2, this.#get('newEnd') >> 2);
  }

  /** A buffer of the last expansion. */
  ints(buffer: 'parents' | 'sums' | 'targets', length: number): Int32Array {
    return this.#memory.ints.subarray(addresses[buffer] >> 2, (addresses[buffer] >> 2) + length);
  }

  labels(length: number): Uint16Array {
    return new Uint16Array(this.#memory.memory.buffer, addresses.labels, length);
  }

  #assembled(): Exports {
    const text = kernelText(this.#table.footprints, this.codec.fields, this.codec.inUseAt);
    const { buffer } = wabt.parseWat('kernel.wat', text).toBinary({});
    const host = {
      memory: this.#memory.memory,
      evaluate: (footprint: number, low: number, high: number) => this.#evaluate(footprint, low, high),
      outcome: (footprint: number, transition: number, used: number) => this.#outcome(footprint, transition, used),
      rename: (group: number, renaming: number, code: number) => this.#rename(group, renaming, code),
    };
    return new WebAssembly.Instance(new WebAssembly.Module(buffer as BufferSource), { host }).exports as Exports;
  }

  #get(global: string): number {
    return this.#exports[global]!.value as number;
  }

  #set(global: string, value: number): void {
    this.#exports[global]!.value = value;
  }

  #reserve(capacity: number): void {
    this.#memory.growFor(capacity);
    this.#exports.grow(capacity);
    this.#set('full', Math.floor(load * capacity));
  }

  /** Asks the rules of a footprint, and writes down their transitions; answers where. */
  #evaluate(footprint: number, low: number, high: number): number {
    const { groups } = this.#table.footprints[footprint]!;
    const before = this.codec.numbersIn(groups, low, high);
    const usedBefore = this.#values.inUseIn(groups, before);
    const successors = this.#table.successors(footprint, before);
    this.#most[footprint] = Math.max(this.#most[footprint]!, successors.length);
    if (this.#most.reduce((a, b) => a + b) > mostSuccessors) {
      throw new RangeError(`a state has more than ${mostSuccessors} successors`);
    }
    const at = this.#memory.allocate(8 + 24 * successors.length);
    this.#memory.ints[at >> 2] = successors.length;
    for (const [n, { numbers, inUse, label }] of successors.entries()) {
      const transition = at + 8 + 24 * n;
      const isPlain = keepsRanks(usedBefore, inUse);
      const [afterLow, afterHigh] = isPlain ? this.codec.encoded(groups, numbers) : [0, 0];
      this.#memory.ints.set([afterLow, afterHigh, label, isPlain ? 0 : this.#noOutcome, inUse], transition >> 2);
      if (!isPlain) this.#numbers.set(transition, numbers);
    }
    const asked = this.#asked[footprint]!;
    if (2 * ++asked.used > asked.entries) this.#enlarge(footprint);
    const [lowMask, highMask] = this.#masks[footprint]!;
    this.#put(footprint, low & lowMask, high & highMask, at);
    return at;
  }

  /** Where a transition leads with these ordinals in use: if they are no longer ranks, its target is renamed. */
  #outcome(footprint: number, transition: number, used: InUse): number {
    const { groups } = this.#table.footprints[footprint]!;
    const ranked = isRanked(used);
    const numbers = this.#numbers.get(transition)!;
    const after = ranked ? numbers : numbers.map((number, n) => this.#values.renamed(groups[n]!, number, used));
    const at = this.#memory.allocate(24);
    const { ints } = this.#memory;
    const renaming = ranked ? 0 : this.#renamingOf(used);
    ints.set([used, renaming, ...this.codec.encoded(groups, after), ints[(transition >> 2) + 3]!], at >> 2);
    ints[(transition >> 2) + 3] = at;
    return at;
  }

  /** Where the codes of all values after renaming are; -1 for a value that was not renamed yet. */
  #renamingOf(used: InUse): number {
    const known = this.#renamings.get(used);
    if (known !== undefined) return known;
    const at = this.#memory.allocate(4 * this.codec.codes);
    this.#memory.ints.fill(-1, at >> 2, (at >> 2) + this.codec.codes);
    this.#renamings.set(used, at);
    this.#inUseOfRenaming.set(at, used);
    return at;
  }

  /** `offset`: of the code, in bytes, in tables over all groups. */
  #rename(group: number, renaming: number, offset: number): number {
    const number = this.codec.numberOfCode(group, offset / 4 - this.codec.fields[group]!.base);
    const renamed = this.#values.renamed(group, number, this.#inUseOfRenaming.get(renaming)!);
    const code = this.codec.codeOf(group, renamed);
    this.#memory.ints[(renaming + offset) >> 2] = code;
    return code;
  }

  /** Twice the entries for what a footprint was asked. */
  #enlarge(footprint: number): void {
    const asked = this.#asked[footprint]!;
    const { ints } = this.#memory;
    const old = ints.slice(asked.at >> 2, (asked.at >> 2) + 4 * asked.entries);
    asked.entries = Math.max(64, 2 * asked.entries);
    asked.at = this.#memory.allocate(16 * asked.entries);
    this.#set(`table${footprint}`, asked.at);
    this.#set(`mask${footprint}`, 16 * (asked.entries - 1));
    for (let at = 0; at < old.length; at += 4) {
      if (old[at + 2] !== 0) this.#put(footprint, old[at]!, old[at + 1]!, old[at + 2]!);
    }
  }

  #put(footprint: number, low: number, high: number, transitions: number): void {
    const { at: table, entries } = this.#asked[footprint]!;
    const { ints } = this.#memory;
    const key = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    const hash = BigInt.asUintN(64, key * 0x9e3779b97f4a7c15n) >> 36n;
    let at = Number(hash & BigInt(16 * (entries - 1))) >> 2;
    while (ints[(table >> 2) + at + 2] !== 0) at = (at + 4) & (4 * entries - 1);
    ints.set([low, high, transitions], (table >> 2) + at);
  }
}
