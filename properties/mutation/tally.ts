/** Counts the mutants that are killed, that are equivalent, and that survive. */

import type { Part } from '../model/state.ts';
import { equivalents } from './equivalent-mutants.ts';
import { type Attempt, tryToKill } from './kill.ts';
import type { Mutant } from './mutant.ts';

type Counts = { total: number; killed: number; equivalents: number; survivors: number };

export class Tally {
  readonly killed: { id: string; by: string[]; where: string }[] = [];
  readonly equivalents: { id: string; reason: string }[] = [];
  readonly survivors: { id: string; differsIn: string[] }[] = [];
  /** Listed as equivalent, and yet a property fails: the list is wrong. */
  readonly wronglyListed: string[] = [];
  readonly machines = new Map<Part, Counts>();
  readonly total: number;

  constructor(total: number) {
    this.total = total;
  }

  get tried(): number {
    return this.killed.length + this.equivalents.length + this.survivors.length;
  }

  get isClean(): boolean {
    return this.survivors.length === 0 && this.wronglyListed.length === 0;
  }

  add({ id, machine }: Mutant, attempt: Attempt): void {
    const reason = equivalents[id];
    const counts = this.machines.get(machine) ?? { total: 0, killed: 0, equivalents: 0, survivors: 0 };
    this.machines.set(machine, counts);
    counts.total++;
    if (attempt.killed) {
      counts.killed++;
      this.killed.push({ id, by: attempt.by, where: attempt.where });
      if (reason !== undefined) this.wronglyListed.push(id);
    } else if (reason !== undefined) {
      counts.equivalents++;
      this.equivalents.push({ id, reason });
    } else {
      counts.survivors++;
      this.survivors.push({ id, differsIn: attempt.differsIn });
    }
  }
}

/** `inFull`: finds every property that each mutant breaks, not only the first. */
export function tryToKillAll(
  mutants: readonly Mutant[],
  tally: Tally,
  onProgress: (text: string) => void,
  inFull = false,
): void {
  for (const mutant of mutants) {
    onProgress(`${tally.tried} of ${tally.total} mutants: ${mutant.id}`);
    tally.add(mutant, tryToKill(mutant, inFull));
  }
}
