/**
 * One walk through a world, along a list of choices among the moves on offer, and then the drain: nothing more goes wrong,
 * every fair rule gets its turn, and what is to happen again and again has to happen soon.
 */
import { isRanked } from '../checker/search/symmetry.ts';
import { ValueNumbers } from '../checker/search/value-numbers.ts';
import type { Rule, Transition } from '../model/rule.ts';
import type { CapifSystem } from '../model/rules/composition.ts';
import type { State, Variable } from '../model/state.ts';
import type { AgainAndAgain, Always, AtMost, EveryStep, Property } from '../requirements/property.ts';

/** How many moves a drain takes at most. */
export const drainMax = 200;

export type Walk = {
  /** The words of its moves; those of the drain come after them, if one of these breaks a sentence of worlds or steps. */
  story: string[];
  /** How many moves were made before the drain, and in it. */
  moves: number;
  drained: number;
  broken?: Property;
  /** The conditions that did not hold to the end: nothing was asked about what depends on them. */
  excused: AgainAndAgain[];
};

/** One choice in so many is for a fault, if there is a fault on offer. */
const faultEvery = 4;

/** A move of a rule among values that are numbered; kept, and made in every world with those values. */
type Offered = {
  words: string;
  groups: readonly number[];
  /** The numbers of the values afterwards, in the order of `groups`. */
  numbers: readonly number[];
  broken: EveryStep | undefined;
  /** What it reaches, and what it counts for. */
  does: ReadonlySet<Property>;
};
/** A world by the numbers of its values, and for each rule the moves it offers. */
type Place = { numbers: readonly number[]; offers: readonly (readonly Offered[])[] };

/** What only depends on some slots, asked once for each combination of their values. */
class Asked<T> {
  readonly groups: readonly number[];
  readonly #ask: (numbers: readonly number[]) => T;
  readonly #answers = new Map<number, unknown>();

  constructor(groups: readonly number[], ask: (numbers: readonly number[]) => T) {
    this.groups = groups;
    this.#ask = ask;
  }

  of(numbers: readonly number[]): T {
    let at = this.#answers;
    for (const group of this.groups) {
      let next = at.get(numbers[group]!) as Map<number, unknown> | undefined;
      if (next === undefined) {
        next = new Map();
        at.set(numbers[group]!, next);
      }
      at = next;
    }
    if (!at.has(0)) at.set(0, this.#ask(numbers));
    return at.get(0) as T;
  }
}

export type Walker = (picks: readonly number[]) => Walk;

export function walker({ initial: [initial], rules, ...system }: CapifSystem, properties: readonly Property[]): Walker {
  const values = new ValueNumbers(system);
  const ofKind = <K extends Property['kind']>(kind: K) =>
    properties.filter((one): one is Extract<Property, { kind: K }> => one.kind === kind);
  const steps = ofKind('everyStep');
  const goals = ofKind('againAndAgain');
  const counted = ofKind('atMost');
  const viewOf = (groups: readonly number[], numbers: readonly number[]): Partial<State> =>
    values.viewOf(
      groups,
      groups.map((group) => numbers[group]!),
    );
  const isTrue = (needs: readonly Variable[], holds: (state: State) => boolean): Asked<boolean> => {
    const asked: Asked<boolean> = new Asked(values.groupsOf(needs), (numbers) =>
      holds(viewOf(asked.groups, numbers) as State),
    );
    return asked;
  };
  const everywhere = ofKind('always').map((property) => ({
    property,
    asked: isTrue(property.variables, property.holds),
  }));
  const conditions = goals.map((goal) => ({ goal, asked: isTrue(goal.variables, goal.while) }));
  const moves = rules.map((rule) => {
    const asked: Asked<Offered[]> = new Asked(values.groupsOf(rule.variables), (numbers) =>
      rule.enabled(viewOf(asked.groups, numbers)).map((transition) => offered(transition, rule, asked.groups)),
    );
    return asked;
  });
  const fair = [...rules.keys()].filter((n) => !rules[n]!.isFault);
  const faults = [...rules.keys()].filter((n) => rules[n]!.isFault);

  function offered(transition: Transition, rule: Rule, groups: readonly number[]): Offered {
    return {
      words: transition.action,
      groups,
      numbers: groups.map((group) => values.numberOf(group, transition.after)),
      broken: steps.find((step) => !step.holds(transition, rule)),
      does: new Set<Property>([
        ...goals.filter((goal) => goal.reaches(transition, rule)),
        ...counted.filter((one) => one.happens(transition, rule)),
      ]),
    };
  }

  /** The canonical world of these numbers. What a rule offers is asked again only if it looks at what is new. */
  function placeAt(numbers: readonly number[], before?: Place): Place {
    const inUse = numbers.reduce((used, n, group) => used | values.inUse[group]![n]!, 0);
    const at = isRanked(inUse) ? numbers : numbers.map((n, group) => values.renamed(group, n, inUse));
    const offers = moves.map((asked, rule) =>
      before && asked.groups.every((group) => at[group] === before.numbers[group])
        ? before.offers[rule]!
        : asked.of(at),
    );
    return { numbers: at, offers };
  }

  function after(before: Place, { groups, numbers }: Offered): Place {
    const next = [...before.numbers];
    for (const [n, group] of groups.entries()) next[group] = numbers[n]!;
    return placeAt(next, before);
  }

  /** A sentence that looks at nothing new holds as it did before. */
  function brokenBy(move: Offered, before: Place, { numbers }: Place): EveryStep | Always | undefined {
    if (move.broken) return move.broken;
    const isNew = (group: number) => numbers[group] !== before.numbers[group];
    return everywhere.find(({ asked }) => asked.groups.some(isNew) && !asked.of(numbers))?.property;
  }

  /** Were all moves alike, faults would leave no walk the time to get anywhere. */
  function chosen({ offers }: Place, pick: number): Offered | undefined {
    const isFault = pick % faultEvery === faultEvery - 1;
    for (const some of isFault ? [faults, fair] : [fair, faults]) {
      const count = some.reduce((sum, rule) => sum + offers[rule]!.length, 0);
      let n = Math.floor(pick / faultEvery) % count;
      for (const rule of some) {
        const { length } = offers[rule]!;
        if (n < length) return offers[rule]![n];
        n -= length;
      }
    }
    return undefined;
  }

  /** The fair rule that has waited longest goes first: so each that can happen again and again does. */
  function drain(from: Place, walk: Walk): Walk {
    const lastTaken = new Map<number, number>();
    const times = new Map<AtMost, number>();
    const story: string[] = [];
    let tooOften: AtMost | undefined;
    let open = new Set(goals);
    for (let at = from; ; ) {
      for (const { goal, asked } of conditions) {
        if (open.has(goal) && !asked.of(at.numbers) && open.delete(goal)) walk.excused.push(goal);
      }
      let rule: number | undefined;
      for (const n of fair) {
        if (at.offers[n]!.length === 0) continue;
        if (rule === undefined || (lastTaken.get(n) ?? 0) < (lastTaken.get(rule) ?? 0)) rule = n;
      }
      const [goal] = open;
      if (goal === undefined) return tooOften ? { ...walk, broken: tooOften } : walk;
      if (rule === undefined || walk.drained === drainMax) return { ...walk, broken: goal };
      const [move] = at.offers[rule]!;
      const next = after(at, move!);
      const broken = brokenBy(move!, at, next);
      at = next;
      lastTaken.set(rule, ++walk.drained);
      story.push(move!.words);
      tooOften ??= counted.find((one) => exceeds(one, move!, times));
      if (broken) return { ...walk, broken, story: [...walk.story, ...story] };
      open = new Set([...open].filter((one) => !move!.does.has(one)));
    }
  }

  const begin = placeAt(values.groups.map((_, group) => values.numberOf(group, initial)));
  const brokenFirst = everywhere.find(({ asked }) => !asked.of(begin.numbers))?.property;

  return (picks) => {
    const walk: Walk = { story: [], moves: 0, drained: 0, excused: [] };
    if (brokenFirst) return { ...walk, broken: brokenFirst };
    let at = begin;
    for (const pick of picks) {
      const move = chosen(at, pick);
      if (!move) break;
      const next = after(at, move);
      const broken = brokenBy(move, at, next);
      at = next;
      walk.moves++;
      walk.story.push(move.words);
      if (broken) return { ...walk, broken };
    }
    return drain(at, walk);
  };
}

function exceeds(property: AtMost, { does }: Offered, times: Map<AtMost, number>): boolean {
  if (!does.has(property)) return false;
  const count = (times.get(property) ?? 0) + 1;
  times.set(property, count);
  return count > property.times;
}
