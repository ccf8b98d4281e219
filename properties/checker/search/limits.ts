/** What a search cannot do. Each limit is an error that says what was reached, and what to change. */

export class SearchLimit extends RangeError {}

/** There are more values of a group, or more labels, than were given room: the search starts again with more. */
export class TooNarrow extends Error {
  readonly group: number | undefined;
  constructor(group?: number) {
    super(group === undefined ? 'labels need another byte' : `group ${group} needs more bits`);
    this.group = group;
  }
}

export const page = 2 ** 16;
const advice = 'visit fewer states (a limit, or smaller bounds), or run it on a machine with more memory';
const inMegabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MB`;

/** Refuses bytes that the machine does not have: it would end the process without a word. */
export function requireMemory(bytes: number): void {
  const available = process.availableMemory();
  if (bytes <= available) return;
  const left = inMegabytes(available);
  throw new SearchLimit(`the search needs ${inMegabytes(bytes)} more memory, and ${left} are left: ${advice}`);
}

export function growMemory(memory: WebAssembly.Memory, pages: number): void {
  try {
    memory.grow(pages);
  } catch {
    throw new SearchLimit(`the search cannot have ${inMegabytes(pages * page)} more memory: ${advice}`);
  }
}
