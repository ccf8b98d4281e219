/**
 * The kernel: enumerates encoded states in WebAssembly. Its tables say which successors a footprint has; what they lack is
 * answered once, by the rules and by renaming, and written into them.
 */
import assembler from 'wabt';
import { addresses, KernelMemory, mostSuccessors, wordBytes } from './kernel-memory.ts';
import { kernelText, labelCacheBytes, listHead, recordBytes, type WatFootprint } from './kernel-wat.ts';
import { SearchLimit } from './limits.ts';
import { StateCodec } from './state-codec.ts';
import type { Encoded, Encoding } from './state-encoding.ts';
import type { SuccessorTable } from './successor-table.ts';
import { type InUse, keepsRanks } from './symmetry.ts';
import type { ValueNumbers } from './value-numbers.ts';
import { successorFields, type WatSizes } from './visited-wat.ts';

const wabt = await assembler();
/** How many states are expanded at once, at most. */
export const batch = (addresses.targets - addresses.heads) / 4;

type Exports = Record<'renamings' | 'renamingsMask' | 'size' | 'full' | 'transitions', WebAssembly.Global> & {
  expand(from: number, to: number, first: number): number;
  fillSlots(): void;
};

export class Kernel {
  readonly codec: StateCodec;
  readonly #table: SuccessorTable;
  readonly #values: ValueNumbers;
  readonly #sizes: WatSizes;
  readonly #memory: KernelMemory;
  readonly #footprints: readonly WatFootprint[];
  /** What every table has where nothing was looked up yet: the address of a row of the same, as long as any. */
  readonly #nothing: number;
  readonly #exports: Exports;
  /** The most successors that each footprint has had. */
  readonly #most: number[];
  /** By the ordinals in use, the address of their table: the number of each value once it is renamed, or -1. */
  readonly #renamings = new Map<InUse, number>();
  readonly #inUseOfRenaming = new Map<number, InUse>();

  constructor(table: SuccessorTable, values: ValueNumbers, encoding: Encoding) {
    this.#table = table;
    this.#values = values;
    this.#sizes = { words: encoding.words / 2, labelBytes: table.labels.bytes };
    this.#memory = new KernelMemory(this.#sizes.words, successorFields(this.#sizes.words).bytes);
    this.codec = new StateCodec(encoding, values, this.#memory);
    this.#most = table.footprints.map(() => 0);
    const { fields } = encoding;
    const longest = Math.max(...fields.map(({ bits }) => 4 * 2 ** bits));
    this.#nothing = this.#memory.allocate(longest);
    this.#memory.ints.fill(this.#nothing, this.#nothing >> 2, (this.#nothing + longest) >> 2);
    this.#footprints = table.footprints.map(({ groups }) => {
      // The widest first: all others are once in every row of those before.
      const levels = groups.toSorted((one, other) => fields[other]!.bits - fields[one]!.bits);
      return { levels, root: this.#row(levels[0]) };
    });
    this.#exports = this.#assembled();
    this.#enlargeRenamings(64);
  }

  /** Forgets all visited states but these, which get the first numbers. */
  begin(initial: readonly Encoded[]): void {
    while (initial.length > this.#memory.full) this.#memory.doubleSlots();
    this.#memory.clearSlots();
    this.#memory.ints.set(initial.flat(), (this.#memory.words.value >>> 0) >> 2);
    this.#exports.size.value = initial.length;
    this.#exports.full.value = this.#memory.full;
    this.#exports.fillSlots();
  }

  /** Expands states by number, as far as its buffers go, after so many transitions. Answers how many it expanded. */
  expand(from: number, to: number, transitions: number): number {
    if (this.size > this.#memory.full) {
      this.#memory.doubleSlots();
      this.#exports.full.value = this.#memory.full;
      this.#exports.fillSlots();
    }
    return this.#exports.expand(from, to, transitions) - from;
  }

  /** How many states were visited. */
  get size(): number {
    return this.#exports.size.value;
  }

  /** Of the visited states and their slots. */
  get visitedBytes(): number {
    return this.#memory.slotBytes + this.#sizes.words * wordBytes * this.size;
  }

  /** The 32-bit words of all visited states; not after a further search. */
  get words(): Int32Array {
    const at = (this.#memory.words.value >>> 0) >> 2;
    return this.#memory.ints.subarray(at, at + 2 * this.#sizes.words * this.size);
  }

  /** Of the last expansion: the number of the first transition of each state. */
  heads(states: number): Int32Array {
    return this.#memory.ints.subarray(addresses.heads >> 2, (addresses.heads >> 2) + states);
  }

  /** Of the last expansion: the target of each transition. */
  targets(): Int32Array {
    const at = addresses.targets >> 2;
    return this.#memory.ints.subarray(at, at + this.#exports.transitions.value);
  }

  /** Of the last expansion: the label of each transition. */
  labels(): Uint8Array | Uint16Array {
    const Labels = this.#sizes.labelBytes === 1 ? Uint8Array : Uint16Array;
    return new Labels(this.#memory.memory.buffer, addresses.labels, this.#exports.transitions.value);
  }

  #assembled(): Exports {
    const { memory, slots, words, slotCount } = this.#memory;
    const text = kernelText({
      footprints: this.#footprints,
      together: this.#table.together,
      fields: this.codec.fields,
      tables: { inUse: this.codec.inUseAt, nothing: this.#nothing, labels: this.#labelCaches() },
      isRanked: this.#values.symmetry.hasOrdinals,
      ...this.#sizes,
    });
    const assembled = wabt.parseWat('kernel.wat', text);
    const { buffer } = assembled.toBinary({});
    assembled.destroy();
    const host = {
      memory,
      slots,
      words,
      slotCount,
      evaluate: (footprint: number, state: number) => this.#evaluate(footprint, state),
      renaming: (used: number) => this.#renaming(used),
      rename: (group: number, renaming: number, offset: number) => this.#rename(group, renaming, offset),
      label: (rule: number, propositions: number, at: number) => this.#label(rule, propositions, at),
    };
    return new WebAssembly.Instance(new WebAssembly.Module(buffer as BufferSource), { host }).exports as Exports;
  }

  /** For each rule of conjunctions, propositions that are true of one and its label; no propositions are -1. */
  #labelCaches(): Map<number, number> {
    const rules = this.#table.together.flatMap(({ conjunctionOf }) => conjunctionOf ?? []);
    return new Map([...new Set(rules)].map((rule) => [rule, this.#memory.allocate(labelCacheBytes, -1)]));
  }

  #label(rule: number, propositions: number, at: number): void {
    this.#memory.ints.set([propositions, this.#table.labels.numberOf(rule, propositions)], at >> 2);
    this.#table.labels.require();
  }

  /** Asks the rules of a footprint in a state, and writes down their transitions; answers where. */
  #evaluate(footprint: number, state: number): number {
    const { groups, conjuncts } = this.#table.footprints[footprint]!;
    const { levels } = this.#footprints[footprint]!;
    const bytes = recordBytes(this.#sizes.words);
    const stateWords = 2 * this.#sizes.words;
    const before = this.codec.numbersIn(groups, this.words.subarray(stateWords * state, stateWords * (state + 1)));
    const usedBefore = this.#values.inUseIn(groups, before);
    const successors = this.#table.successors(footprint, before);
    this.#most[footprint] = Math.max(this.#most[footprint]!, successors.length);
    if (this.#most.reduce((a, b) => a + b) > mostSuccessors) {
      throw new SearchLimit(`a state may have more than ${mostSuccessors} successors, which are the most`);
    }
    this.#table.labels.require();
    const list = this.#memory.allocate(listHead + bytes * successors.length);
    this.#memory.ints[list >> 2] = successors.length;
    for (const [n, { numbers, inUse, label }] of successors.entries()) {
      const at = list + listHead + bytes * n;
      const words = this.codec.encoded(groups, numbers);
      // Every ordinal there may be: whatever else is in use, they are ranks. A conjunct does not know what the others do.
      const used = !conjuncts && keepsRanks(usedBefore, inUse) ? -1 : inUse;
      this.#memory.ints.set([...words, label, used], at >> 2);
    }
    this.#put(
      footprint,
      levels.map((group) => before[groups.indexOf(group)]!),
      list,
    );
    return list;
  }

  #put(footprint: number, numbers: readonly number[], list: number): void {
    const { levels, root } = this.#footprints[footprint]!;
    let at = root;
    for (const [level, number] of numbers.entries()) {
      at += 4 * number;
      const next = levels[level + 1];
      if (next === undefined) break;
      const row = this.#memory.ints[at >> 2] === this.#nothing ? this.#row(next) : this.#memory.ints[at >> 2]!;
      this.#memory.ints[at >> 2] = row;
      at = row;
    }
    this.#memory.ints[at >> 2] = list;
  }

  /** A row with an entry for each number of a group, or for no group at all. */
  #row(group: number | undefined): number {
    return this.#memory.allocate(group === undefined ? 8 : 4 * 2 ** this.codec.fields[group]!.bits, this.#nothing);
  }

  #renaming(used: InUse): number {
    if (2 * this.#renamings.size > this.#exports.renamingsMask.value / 8) {
      this.#enlargeRenamings((this.#exports.renamingsMask.value / 8 + 1) * 2);
    }
    const at = this.#memory.allocate(this.codec.tableBytes, -1);
    this.#renamings.set(used, at);
    this.#inUseOfRenaming.set(at, used);
    this.#enter(used, at);
    return at;
  }

  #enlargeRenamings(entries: number): void {
    this.#exports.renamings.value = this.#memory.allocate(8 * entries);
    this.#exports.renamingsMask.value = 8 * (entries - 1);
    for (const [used, at] of this.#renamings) this.#enter(used, at);
  }

  #enter(used: InUse, table: number): void {
    const mask = this.#exports.renamingsMask.value;
    const { ints } = this.#memory;
    let at = (Math.imul(used, 0x9e3779b1) >>> 13) & mask;
    while (ints[(this.#exports.renamings.value + at + 4) >> 2] !== 0) at = (at + 8) & mask;
    ints.set([used, table], (this.#exports.renamings.value + at) >> 2);
  }

  /** `offset`: of the number, in bytes, among those of its group. */
  #rename(group: number, renaming: number, offset: number): number {
    const renamed = this.#values.renamed(group, offset / 4, this.#inUseOfRenaming.get(renaming)!);
    this.codec.require(group, renamed);
    this.#memory.ints[(renaming + this.codec.fields[group]!.base + offset) >> 2] = renamed;
    return renamed;
  }
}
