/**
 * The search of packed worlds in WebAssembly: its tables, and what it asks when it does not find something in them. What
 * is asked is answered once, by the rules and the renaming of numbers, and written into the tables.
 */
import assembler from 'wabt';
import type { State } from '../../model/state.ts';
import { addresses, kernelText, maskOf, mostSuccessors, slack } from './kernel-wat.ts';
import { type Packing, TooNarrow } from './state-encoding.ts';
import type { Answers } from './successor-table.ts';
import { groups, type Interned, isPackedRanked } from './value-numbers.ts';

const wabt = await assembler();
const page = 2 ** 16;
/** How full the visited worlds may be before they get more room, and how much more. */
const load = 0.8;
const growth = 1.4;
const firstCapacity = 2 ** 12;

/** The tables have outgrown the room they were given: the exploration starts again with more. */
export class TooSmall extends Error {}

type Exports = Record<string, WebAssembly.Global> & {
  search(from: number, to: number): number;
  number(from: number, to: number, first: number): number;
  growSearch(capacity: number): void;
  growNumber(capacity: number): void;
};
export type Mode = 'search' | 'number';

export type Kernel = ReturnType<typeof kernel>;

/** `room`: bytes for its tables. */
export function kernel(
  { footprints, of: answersOf, usedIn }: Answers,
  interned: Interned,
  places: Packing,
  room: number,
) {
  const fields = places.map(({ word, shift, bits }, group) => ({
    shift: shift + 32 * word,
    bits,
    base: sum(places.slice(0, group).map((place) => 2 ** place.bits)),
  }));
  const placeCount = sum(places.map(({ bits }) => 2 ** bits));
  const visitedAt = addresses.tables + Math.ceil(room / page) * page;
  const memory = new WebAssembly.Memory({ initial: visitedAt / page });
  let ints = new Int32Array(memory.buffer);
  let free: number = addresses.tables;

  const inUseAt = allocate(4 * placeCount);
  const tables = footprints.map(() => ({ at: 0, places: 0, used: 0 }));
  const masks = footprints.map((footprint) => halves(maskOf(footprint, fields)));
  /** The end of every chain: the numbers in use are never -1. */
  const noOutcome = allocate(24);
  ints[noOutcome >> 2] = -1;
  /** The moves that were written, by the address of each: what they change. */
  const numbersOf = new Map<number, readonly number[]>();
  const namesOfUsed = new Map<number, number>([]);
  const usedOfNames = new Map<number, number>();
  const mostOf = footprints.map(() => 0);

  const exported = assemble();
  for (const n of footprints.keys()) enlarge(n);

  function assemble(): Exports {
    const { buffer } = wabt.parseWat('kernel.wat', kernelText(footprints, fields, inUseAt)).toBinary({});
    const host = { memory, evaluate, outcome, name };
    return new WebAssembly.Instance(new WebAssembly.Module(buffer as BufferSource), { host }).exports as Exports;
  }

  function allocate(bytes: number): number {
    const at = free;
    free += Math.ceil(bytes / 8) * 8;
    if (free > visitedAt) throw new TooSmall('the tables of the search need more room');
    return at;
  }

  /** The place of a value in its group's bits. Of the first group place 0 is not used, so that no world is 0. */
  function placeOf(group: number, n: number): number {
    const place = interned.placeOf(group, n) + (group === 0 ? 1 : 0);
    if (place >= 2 ** places[group]!.bits) throw new TooNarrow(group);
    ints[(inUseAt >> 2) + fields[group]!.base + place] = interned.inUse[group]![n]!;
    return place;
  }
  const numberOfPlace = (group: number, place: number): number =>
    interned.atPlace(group, place - (group === 0 ? 1 : 0));

  function packed(numbers: readonly number[], of: readonly number[]): [low: number, high: number] {
    const words: [number, number] = [0, 0];
    for (const [n, group] of of.entries()) {
      words[places[group]!.word] |= placeOf(group, numbers[n]!) << places[group]!.shift;
    }
    return words;
  }

  const numberAt = (group: number, low: number, high: number): number => {
    const { word, shift, bits } = places[group]!;
    return numberOfPlace(group, ((word === 0 ? low : high) >>> shift) & (2 ** bits - 1));
  };

  /** Twice the places for what a footprint was asked. */
  function enlarge(n: number): void {
    const table = tables[n]!;
    const old = ints.slice(table.at >> 2, (table.at >> 2) + 4 * table.places);
    table.places = Math.max(64, 2 * table.places);
    table.at = allocate(16 * table.places);
    exported[`table${n}`]!.value = table.at;
    exported[`mask${n}`]!.value = 16 * (table.places - 1);
    for (let at = 0; at < old.length; at += 4) if (old[at + 2] !== 0) put(n, old[at]!, old[at + 1]!, old[at + 2]!);
  }

  function put(n: number, low: number, high: number, moves: number): void {
    const { at: table, places: size } = tables[n]!;
    const hash = BigInt.asUintN(64, ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)) * 0x9e3779b97f4a7c15n) >> 36n;
    let at = Number(hash & BigInt(16 * (size - 1))) >> 2;
    while (ints[(table >> 2) + at + 2] !== 0) at = (at + 4) & (4 * size - 1);
    ints.set([low, high, moves], (table >> 2) + at);
  }

  /** Asks the rules of a footprint; answers where their moves are. */
  function evaluate(n: number, low: number, high: number): number {
    const { needs } = footprints[n]!;
    const before = needs.map((group) => numberAt(group, low, high));
    const usedBefore = usedIn(needs, before);
    const moves = answersOf(n, before);
    mostOf[n] = Math.max(mostOf[n]!, moves.length);
    if (sum(mostOf) > mostSuccessors) throw new RangeError(`a world has more than ${mostSuccessors} successors`);
    const at = allocate(8 + 24 * moves.length);
    ints[at >> 2] = moves.length;
    for (const [k, { numbers, inUse, label }] of moves.entries()) {
      const move = at + 8 + 24 * k;
      const isPlain = keepsNumbers(usedBefore, inUse);
      const [afterLow, afterHigh] = isPlain ? packed(numbers, needs) : [0, 0];
      ints.set([afterLow, afterHigh, label, isPlain ? 0 : noOutcome, inUse], move >> 2);
      if (!isPlain) numbersOf.set(move, numbers);
    }
    if (2 * ++tables[n]!.used > tables[n]!.places) enlarge(n);
    put(n, low & masks[n]![0], high & masks[n]![1], at);
    return at;
  }

  /** What a move leads to with these numbers in use. It is renamed, if some that were in use no longer are. */
  function outcome(n: number, move: number, used: number): number {
    const { needs } = footprints[n]!;
    const isRanked = isPackedRanked(used);
    const numbers = numbersOf.get(move)!;
    const after = isRanked ? numbers : numbers.map((number, k) => interned.renamed(needs[k]!, number, used));
    const at = allocate(24);
    ints.set([used, isRanked ? 0 : namesOf(used), ...packed(after, needs), ints[(move >> 2) + 3]!], at >> 2);
    ints[(move >> 2) + 3] = at;
    return at;
  }

  /** Where the new places of all values are, with these numbers in use; -1 where nobody has asked. */
  function namesOf(used: number): number {
    const known = namesOfUsed.get(used);
    if (known !== undefined) return known;
    const at = allocate(4 * placeCount);
    ints.fill(-1, at >> 2, (at >> 2) + placeCount);
    namesOfUsed.set(used, at);
    usedOfNames.set(at, used);
    return at;
  }

  function name(group: number, names: number, here: number): number {
    const n = numberOfPlace(group, here / 4 - fields[group]!.base);
    const place = placeOf(group, interned.renamed(group, n, usedOfNames.get(names)!));
    ints[(names + here) >> 2] = place;
    return place;
  }

  const value = (global: string, to?: number): number => {
    if (to !== undefined) exported[global]!.value = to;
    return exported[global]!.value as number;
  };
  const strideOf = (mode: Mode) => (mode === 'search' ? 8 : 16);

  function reserve(mode: Mode, capacity: number): void {
    const end = visitedAt + (capacity + slack) * strideOf(mode);
    const missing = Math.ceil((end - memory.buffer.byteLength) / page);
    if (missing > 0) memory.grow(missing);
    ints = new Int32Array(memory.buffer);
    if (mode === 'search') exported.growSearch(capacity);
    else exported.growNumber(capacity);
    value('full', Math.floor(load * capacity));
  }

  return {
    pack(state: State): [low: number, high: number] {
      const numbers = groups.map((_, group) => interned.number(group, state));
      const [low, high] = packed(numbers, [...groups.keys()]);
      return [low >>> 0, high >>> 0];
    },
    unpack: (low: number, high: number): State =>
      Object.assign({}, ...groups.map((_, group) => interned.value(group, numberAt(group, low, high)))),

    /** Forgets all worlds but the first, which is number 0. There is room at once for as many as are expected. */
    begin(mode: Mode, first: readonly [low: number, high: number], expected = 0): void {
      ints.fill(0, visitedAt >> 2);
      value('visited', visitedAt);
      value('capacity', 0);
      value('size', 1);
      value('transitions', 0);
      value('labels', 0);
      const end = visitedAt + slack * strideOf(mode);
      if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / page));
      ints = new Int32Array(memory.buffer);
      ints.set([...first, 0], visitedAt >> 2);
      reserve(mode, Math.max(firstCapacity, Math.ceil(expected / load) + 1));
    },
    /**
     * Goes on from worlds, given as low and high words; answers from how many it did. What is new is in `news`: makes
     * room for more first, if need be.
     */
    go(mode: Mode, worlds: Int32Array, first: number): number {
      if (value('size') > value('full')) reserve(mode, Math.ceil(growth * value('capacity')));
      ints.set(worlds, addresses.worlds >> 2);
      const end = addresses.worlds + 4 * worlds.length;
      const stopped =
        mode === 'search' ? exported.search(addresses.worlds, end) : exported.number(addresses.worlds, end, first);
      return (stopped - addresses.worlds) / 8;
    },
    /** At most so many worlds at once. */
    batch: (addresses.news - addresses.worlds) / 8,
    ints: (from: number, length: number): Int32Array => ints.subarray(from >> 2, (from >> 2) + length),
    labelsMet: (length: number): Uint16Array => new Uint16Array(memory.buffer, addresses.labels, length),
    /** Low and high words of what the last call met for the first time. */
    news: (): Int32Array => ints.subarray(addresses.news >> 2, value('news') >> 2),
    size: () => value('size'),
    transitions: () => value('transitions') >>> 0,
    labels: () => value('labels'),
    bytes: (mode: Mode) => (value('capacity') + slack) * strideOf(mode),
    tableBytes: () => free - addresses.tables,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const halves = (mask: bigint): [low: number, high: number] => [
  Number(BigInt.asIntN(32, mask)),
  Number(BigInt.asIntN(32, mask >> 32n)),
];

/** No number falls out of use, and one that comes into use follows one that is: then nothing has to be renamed. */
function keepsNumbers(before: number, after: number): boolean {
  const lowest = 1 | (1 << 15);
  const next = ((before & ~(1 << 14)) << 1) | lowest;
  return (before & ~after) === 0 && (after & ~before & ~next) === 0;
}
