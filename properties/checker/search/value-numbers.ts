/** The values of each group of variables, numbered in the order in which the search meets them. */
import { type InUse, type Symmetry, symmetryOf } from './symmetry.ts';
import type { State, TransitionSystem } from './transition-system.ts';

type Groups = readonly (readonly string[])[];
type View = Partial<State>;

export class ValueNumbers {
  readonly groups: Groups;
  readonly symmetry: Symmetry;
  /** The ordinals in use in each value. */
  readonly inUse: readonly InUse[][];
  readonly #numbers: readonly Map<string, number>[];
  readonly #values: readonly View[][];
  /** By the ordinals in use, and by group: the number of each value once it is renamed. */
  readonly #renamings = new Map<InUse, readonly number[][]>();
  /** Most values of variables are the same objects as before, and need not be written again. */
  readonly #texts = new WeakMap<object, string>();

  constructor({ variables, ordinals }: Pick<TransitionSystem, 'variables' | 'ordinals'>) {
    this.groups = variables;
    this.symmetry = symmetryOf(ordinals);
    this.inUse = variables.map(() => []);
    this.#numbers = variables.map(() => new Map());
    this.#values = variables.map(() => []);
  }

  /** The groups that have one of these variables. */
  groupsOf(variables: readonly string[]): number[] {
    return [...this.groups.keys()].filter((group) => this.groups[group]!.some((name) => variables.includes(name)));
  }

  numberOf(group: number, state: View): number {
    const members = this.groups[group]!;
    let key = '';
    for (const name of members) key += this.#textOf(state[name]);
    const known = this.#numbers[group]!.get(key);
    if (known !== undefined) return known;
    const value = Object.fromEntries(members.map((name) => [name, state[name]]));
    this.#numbers[group]!.set(key, this.#values[group]!.length);
    this.inUse[group]!.push(this.symmetry.inUse(value));
    return this.#values[group]!.push(value) - 1;
  }

  valueOf(group: number, number: number): View {
    return this.#values[group]![number]!;
  }

  /** The variables of these groups with the values of these numbers. */
  viewOf(groups: readonly number[], numbers: readonly number[]): View {
    return Object.assign({}, ...groups.map((group, n) => this.valueOf(group, numbers[n]!)));
  }

  inUseIn(groups: readonly number[], numbers: readonly number[]): InUse {
    return numbers.reduce((used, number, n) => used | this.inUse[groups[n]!]![number]!, 0);
  }

  /** How many values of each group there are. */
  counts(): number[] {
    return this.#values.map(({ length }) => length);
  }

  /** The number of the same value, with the ordinals in use replaced by their ranks. */
  renamed(group: number, number: number, used: InUse): number {
    const renaming = this.#renamings.get(used) ?? this.groups.map((): number[] => []);
    this.#renamings.set(used, renaming);
    const known = renaming[group]![number];
    if (known !== undefined) return known;
    const found = this.numberOf(group, this.symmetry.renamed(this.valueOf(group, number), used));
    renaming[group]![number] = found;
    return found;
  }

  #textOf(value: unknown): string {
    if (typeof value !== 'object' || value === null) return `${JSON.stringify(value)} `;
    const text = this.#texts.get(value) ?? JSON.stringify(value);
    this.#texts.set(value, text);
    return text;
  }
}
