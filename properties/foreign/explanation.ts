/**
 * Finds a run of the model that explains a record of exchanges: their sequence is what is seen of it, and all else is inferred. Kinds of
 * exchanges that the record has none of are not seen; of the others it has all.
 */
import type { Role } from '../../machines/vocabulary.ts';
import type { Transition } from '../model/rule.ts';
import { compose } from '../model/rules/composition.ts';
import type { Configuration } from '../model/setting.ts';
import { type NumberedState, type NumberedTransition, numberedModel } from '../random-walk/numbered-model.ts';
import type { AtMost, Property } from '../requirements/property.ts';
import { kinds, type Recorded } from './exchange-record.ts';
import { mayBe, observationsOf } from './observation.ts';

/** An action of the run, and the lines of the record that it explains. */
export type Explained = { action: string; lines: Recorded[] };
export type Explanation =
  | { outcome: 'explained'; configuration: Configuration; run: Explained[] }
  /** `exchange`: the first that no run explains together with those before it. */
  | { outcome: 'unexplained'; exchange: Recorded }
  /** So many states were visited, and none of the runs went further than to this exchange. */
  | { outcome: 'undecided'; exchange: Recorded; states: number };

/** A state, how many lines are explained, and how it was reached. */
type Node = { at: NumberedState; seen: number; from: Node | undefined; action: string };

/** A transition is seen as two exchanges at most: the answer that a machine gets, and the one that it gives. */
const mostSeen = 2;

/** @param by the role that has recorded; without it, exchanges were seen where their answers arrive */
export function explain(
  exchanges: readonly Recorded[],
  configuration: Configuration,
  by: Role | undefined,
  statesMax: number,
): Explanation {
  const visible = kinds.filter((kind) => exchanges.some((one) => one.kind === kind));
  // Each line is asked of each transition once, as a property is.
  const asked = (happens: AtMost['happens']): AtMost => ({
    ...{ kind: 'atMost', statement: 'is seen', clause: '6.7', times: 1 },
    happens,
  });
  const seenIn = (transition: Transition) =>
    observationsOf(transition, by).filter(({ kind }) => visible.includes(kind));
  const nths = [...Array(mostSeen).keys()];
  const counts = nths.map((nth) => asked((transition) => seenIn(transition).length > nth));
  const texts = new Map<string, AtMost[]>();
  const linesAsked = exchanges.map(({ line: _, ...rest }) => {
    const text = JSON.stringify(rest);
    const known = texts.get(text);
    const made = known ?? nths.map((nth) => asked((transition) => isNth(transition, nth, { ...rest, line: 0 })));
    texts.set(text, made);
    return made;
  });
  const isNth = (transition: Transition, nth: number, line: Recorded): boolean => {
    const seen = seenIn(transition)[nth];
    return seen !== undefined && mayBe(line, seen);
  };

  const model = numberedModel(compose(configuration), [...counts, ...[...texts.values()].flat()] as Property[]);
  /** How many lines this transition explains from here, or undefined if it would be seen otherwise. */
  function explains({ marks }: NumberedTransition, seen: number): number | undefined {
    const count = counts.filter((one) => marks.has(one)).length;
    for (let nth = 0; nth < count; nth += 1)
      if (!marks.has(linesAsked[seen + nth]?.[nth] as Property)) return undefined;
    return count;
  }

  const known = new Set<string>();
  const open: Node[][] = Array.from({ length: exchanges.length + mostSeen }, () => []);
  const visit = (node: Node): void => {
    const key = `${node.seen} ${node.at.numbers.join()}`;
    if (known.has(key)) return;
    known.add(key);
    open[node.seen]!.push(node);
  };
  visit({ at: model.initial, seen: 0, from: undefined, action: '' });
  let furthest = 0;
  for (let next = furthest; next >= 0; ) {
    const node = open[next]!.shift();
    if (!node) {
      next -= 1;
      continue;
    }
    if (node.seen === exchanges.length) return { outcome: 'explained', configuration, run: runTo(node, exchanges) };
    if (known.size > statesMax) return { outcome: 'undecided', exchange: exchanges[furthest]!, states: known.size };
    for (const transition of node.at.enabled.flat()) {
      const count = explains(transition, node.seen);
      if (count === undefined) continue;
      const seen = node.seen + count;
      visit({ at: model.after(node.at, transition), seen, from: node, action: transition.action });
      next = Math.max(next, seen);
      furthest = Math.max(furthest, seen);
    }
  }
  return { outcome: 'unexplained', exchange: exchanges[furthest]! };
}

function runTo(last: Node, exchanges: readonly Recorded[]): Explained[] {
  const run: Explained[] = [];
  for (let node = last; node.from; node = node.from)
    run.unshift({ action: node.action, lines: exchanges.slice(node.from.seen, node.seen) });
  return run;
}
