/** The memory of the kernel: buffers at fixed addresses, then its tables, in a room of fixed size, then the visited states, which grow. */

/** Addresses in bytes. */
export const addresses = {
  /** Successors of one state: 64 bits, the label, and where the search for the state begins. */
  successors: 1 << 10,
  /** States to expand. */
  states: 1 << 16,
  /** States visited for the first time, and the state each was reached from. */
  newStates: 1 << 17,
  parents: 1 << 18,
  /** Per expanded state: how many transitions leave it, and its enabled rules as bits. */
  sums: 3 << 17,
  /** Per transition: its target, and its label in 16 bits. */
  targets: 1 << 19,
  labels: 3 << 18,
  tables: 1 << 20,
} as const;

/** A visited state: 64 bits, and its number. */
export const entryBytes = 12;
/** Entries after the last of the visited states, so that a probe never has to wrap around. */
export const slack = 4096;

const page = 2 ** 16;

/** The tables have outgrown their room: the search starts again with more. */
export class TooSmall extends Error {}

export class KernelMemory {
  readonly memory: WebAssembly.Memory;
  /** Where the visited states begin. */
  readonly visited: number;
  ints: Int32Array;
  #free: number = addresses.tables;

  /** `room`: bytes for the tables. */
  constructor(room: number) {
    this.visited = addresses.tables + Math.ceil(room / page) * page;
    this.memory = new WebAssembly.Memory({ initial: this.visited / page });
    this.ints = new Int32Array(this.memory.buffer);
  }

  /** A part of the room for tables, full of zeros; its address is a multiple of 8. */
  allocate(bytes: number): number {
    const at = this.#free;
    this.#free += Math.ceil(bytes / 8) * 8;
    if (this.#free > this.visited) throw new TooSmall('the tables of the search need more room');
    return at;
  }

  /** Room for so many visited states, and the slack. */
  growFor(capacity: number): void {
    const end = this.visited + (capacity + slack) * entryBytes;
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / page);
    if (missing > 0) this.memory.grow(missing);
    this.ints = new Int32Array(this.memory.buffer);
  }
}
