/** What stands on the edges and in the nodes of a figure. */
import type { ChartTransition } from './chart.ts';
import type { FigureEdge, FigureNode } from './figure.ts';
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
export function edgeWords({ transitions, to, brief }: FigureEdge, widest: number): Words {
  const amendments = new Set(transitions.map(({ source }) => source?.amendment));
  const isCommon = amendments.size === 1 && transitions.length > 1;
  const blocks = groups(transitions, brief).map(({ events, first }) =>
    broken(
      [
        ...wayPieces(events, first, brief),
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
export function nodeWords({ state, listed, kind, brief }: FigureNode, widest: number): Words {
  if (kind === 'outside' || kind === 'history' || kind === 'initial' || kind === 'region') return wordsOf([]);
  if (brief) return wordsOf(broken(leadsTo(state.id, listed), widest));
  const rows: Piece[][] = [
    ...(state.entry.length > 0 ? [effectPieces('entry / ', state.entry)] : []),
    ...(state.exit.length > 0 ? [effectPieces('exit / ', state.exit)] : []),
    ...groups(listed, false).map(({ events, first }) => [
      ...wayPieces(events, first, false),
      ...targetPieces(first.to.map((target) => named(target, first.from))),
      ...clausePieces(first.source),
      ...(first.source?.assumed ? [assumed] : []),
      ...amendmentPieces(first.source),
    ]),
  ];
  return wordsOf(rows.flatMap((row) => indented(broken(row, widest - widthOfRuns([indent], textSize)))));
}

/** In an overview, only where else a state leads. */
const leadsTo = (from: string, listed: readonly ChartTransition[]): Piece[] =>
  [...new Set(listed.flatMap(({ to }) => to.map((target) => named(target, from))))].map((name, n, all) => [
    run(`${n === 0 ? '\u2192 ' : ''}${name}${n < all.length - 1 ? ',' : ''}`),
  ]);

const assumed: Piece = [run('assumed', 'italic', 'quiet')];
const indent = run('   ');
/** So that one sees where the next row begins. */
const indented = (lines: readonly Run[][]) => lines.map((line, n) => (n === 0 ? line : [indent, ...line]));

const wayPieces = (events: readonly string[], { guard, effects }: ChartTransition, brief: boolean): Piece[] => [
  ...eventPieces(events),
  ...(brief || guard === undefined ? [] : [[run(`[${guard}]`)]]),
  ...(brief ? [] : effectPieces('/ ', effects)),
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
function groups(
  transitions: readonly ChartTransition[],
  brief: boolean,
): { events: string[]; first: ChartTransition }[] {
  const found = new Map<string, ChartTransition[]>();
  for (const transition of transitions) {
    const { guard, to, effects, source = { clause: '' } } = transition;
    const { clause, amendment, assumed } = { amendment: undefined, assumed: undefined, ...source };
    const key = JSON.stringify([to, clause, amendment, assumed !== undefined, ...(brief ? [] : [guard, effects])]);
    found.set(key, [...(found.get(key) ?? []), transition]);
  }
  return [...found.values()].flatMap((group) => {
    const [first] = group;
    return first ? [{ events: [...new Set(group.map(({ event }) => event))], first }] : [];
  });
}
