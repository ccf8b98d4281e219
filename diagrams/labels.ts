/** What stands on the edges and in the nodes of a figure. */
import type { ChartTransition } from './chart.ts';
import type { FigureEdge, FigureNode } from './figure.ts';
import { isTaken, type Marks, markPieces } from './marks.ts';
import { type Run, run, widthOfRuns } from './scene.ts';
import {
  amendmentPieces,
  broken,
  clausePieces,
  effectPieces,
  eventPieces,
  type Piece,
  textSize,
  type Words,
  wordsOf,
} from './words.ts';

/** One block for each way to take an edge, one below the other; an amendment that they have in common is said once. */
export function edgeWords({ transitions, to, brief }: FigureEdge, widest: number, marks?: Marks): Words {
  const amendments = new Set(transitions.map(({ source }) => source?.amendment));
  const isCommon = amendments.size === 1 && transitions.length > 1;
  const blocks = groups(transitions, brief, marks).map(({ events, first, group }) =>
    broken(
      [
        ...markPieces(marks, group),
        ...wayPieces(events, first, { brief, marks }),
        ...targetPieces(inside(first.to, to)),
        ...clausePieces(first.source),
        ...(isCommon ? [] : amendmentPieces(first.source)),
      ],
      widest,
    ),
  );
  const common = isCommon ? broken(amendmentPieces(transitions[0]?.source), widest) : [];
  return wordsOf([...blocks.flat(), ...common]);
}

/** The compartment below a state's name: effects on entry and exit, and transitions that have no line. */
export function nodeWords({ state, listed, kind, brief }: FigureNode, widest: number, marks?: Marks): Words {
  if (kind === 'outside' || kind === 'history' || kind === 'initial' || kind === 'region') return wordsOf([]);
  if (brief) return wordsOf(broken(leadsTo(state.id, listed, marks), widest));
  const isFull = !marks?.withoutEffects;
  const rows: Piece[][] = [
    ...(isFull && state.entry.length > 0 ? [effectPieces('entry / ', state.entry)] : []),
    ...(isFull && state.exit.length > 0 ? [effectPieces('exit / ', state.exit)] : []),
    ...groups(listed, false, marks).map(({ events, first, group }) => [
      ...markPieces(marks, group),
      ...wayPieces(events, first, { brief: false, marks }),
      ...targetPieces(first.to.map((target) => named(target, first.from))),
      ...clausePieces(first.source),
      ...(first.source?.assumed ? [assumed] : []),
      ...amendmentPieces(first.source),
    ]),
  ];
  return wordsOf(rows.flatMap((row) => indented(broken(row, widest - widthOfRuns([indent], textSize)))));
}

/** In an overview, only where else a state leads. */
function leadsTo(from: string, listed: readonly ChartTransition[], marks: Marks | undefined): Piece[] {
  const targets = new Map<string, ChartTransition[]>();
  for (const transition of listed) {
    for (const target of transition.to) targets.set(target, [...(targets.get(target) ?? []), transition]);
  }
  return [...targets].flatMap(([target, transitions], n, all): Piece[] => [
    ...markPieces(marks, transitions),
    [run(`${n === 0 || marks ? '\u2192 ' : ''}${named(target, from)}${n < all.length - 1 ? ',' : ''}`)],
  ]);
}

const assumed: Piece = [run('assumed', 'italic', 'quiet')];
const indent = run('   ');
/** So that one sees where the next row begins. */
const indented = (lines: readonly Run[][]) => lines.map((line, n) => (n === 0 ? line : [indent, ...line]));

type Detail = { brief: boolean; marks: Marks | undefined };

const wayPieces = (
  events: readonly string[],
  { guard, effects }: ChartTransition,
  { brief, marks }: Detail,
): Piece[] => [
  ...eventPieces(events),
  ...(brief || guard === undefined ? [] : [[run(`[${guard}]`)]]),
  ...(brief || marks?.withoutEffects ? [] : effectPieces('/ ', effects)),
];

const targetPieces = (names: readonly string[]): Piece[] => names.map((name) => [run(`\u2192 ${name}`)]);

/** Where inside a closed state it leads. */
const inside = (targets: readonly string[], drawn: string) =>
  targets.filter((target) => target.startsWith(`${drawn}.`)).map((target) => target.slice(drawn.length + 1));

/** As a reader who is in that state would say it: without what both are inside. */
function named(target: string, from: string): string {
  const [own, other] = [from.split('.'), target.split('.')];
  const common = own.findIndex((part, n) => part !== other[n]);
  return other.slice(common === -1 ? own.length : Math.max(1, common)).join('.') || (other.at(-1) ?? target);
}

/**
 * Transitions that differ in nothing but their event are one to UML: its triggers are separated by commas. In brief, what
 * guards and effects would tell apart is not.
 */
function groups(transitions: readonly ChartTransition[], brief: boolean, marks: Marks | undefined): TransitionGroup[] {
  const found = new Map<string, ChartTransition[]>();
  for (const transition of transitions) {
    const { guard, to, effects, source = { clause: '' } } = transition;
    const { clause, amendment, assumed } = { amendment: undefined, assumed: undefined, ...source };
    // A step is one of several like it, but that one of several never happens is not to be hidden.
    const taken = marks && !(brief && marks.kind === 'path') && isTaken(marks, [transition]);
    const key = JSON.stringify([
      taken,
      to,
      clause,
      amendment,
      assumed !== undefined,
      ...(brief ? [] : [guard, effects]),
    ]);
    found.set(key, [...(found.get(key) ?? []), transition]);
  }
  return [...found.values()].flatMap((group) => {
    const [first] = group;
    return first ? [{ events: [...new Set(group.map(({ event }) => event))], first, group }] : [];
  });
}

type TransitionGroup = { events: string[]; first: ChartTransition; group: readonly ChartTransition[] };
