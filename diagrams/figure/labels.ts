/** What stands on the edges and in the nodes of a figure. */
import { isDeepStrictEqual } from 'node:util';
import { type Run, run, widthOfRuns } from '../scene/scene.ts';
import type { ChartTransition } from '../state-chart/chart.ts';
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
} from '../state-chart/label-text.ts';
import {
  changedFrom,
  changeOf,
  changePieces,
  type Marks,
  markPieces,
  matter,
  stateChangedFrom,
  stateChangeOf,
} from '../state-chart/marks.ts';
import type { FigureEdge, FigureNode } from './figure.ts';

/** One block for each way to take an edge, one below the other; an amendment that they have in common is said once. */
export function edgeWords({ transitions, to, brief }: FigureEdge, widest: number, marks?: Marks): Words {
  const amendments = new Set(transitions.map(({ source }) => source?.amendment));
  const isCommon = amendments.size === 1 && transitions.length > 1;
  const blocks = groups(transitions, brief, marks).map(({ events, first, group }) =>
    broken(
      [
        ...markPieces(marks, group),
        ...struckIf(changeOf(marks, first) === 'removed', [
          ...wayPieces(events, first, { brief, marks }),
          ...targetPieces(inside(first.to, to)),
          ...both(clausePieces(first.source), clausePieces((changedFrom(marks, first) ?? first).source)),
          ...(isCommon ? [] : amendmentPieces(first.source)),
        ]),
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
  const change = stateChangeOf(marks, state);
  if (brief) return wordsOf(broken([...changePieces(change), ...leadsTo(state.id, listed, marks)], widest));
  const isFull = !marks?.withoutEffects || change !== undefined;
  const before = stateChangedFrom(marks, state) ?? state;
  const rows = [
    ...(change ? [changePieces(change)] : []),
    ...(isFull ? (['entry', 'exit'] as const) : []).map((when) =>
      struckIf(
        change === 'removed',
        both(effectPieces(`${when} / `, state[when]), effectPieces(`${when} / `, before[when])),
      ),
    ),
    ...groups(listed, false, marks).map(({ events, first, group }) => [
      ...markPieces(marks, group),
      ...struckIf(changeOf(marks, first) === 'removed', [
        ...wayPieces(events, first, { brief: false, marks }),
        ...targetPieces(first.to.map((target) => named(target, first.from))),
        ...both(clausePieces(first.source), clausePieces((changedFrom(marks, first) ?? first).source)),
        ...(first.source?.assumed ? [assumed] : []),
        ...amendmentPieces(first.source),
      ]),
    ]),
  ].filter((row) => row.length > 0);
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

const wayPieces = (events: readonly string[], transition: ChartTransition, { brief, marks }: Detail): Piece[] => {
  const before = changedFrom(marks, transition) ?? transition;
  const isTerse = marks?.withoutEffects && !(marks.kind === 'difference' && changeOf(marks, transition));
  return [
    ...eventPieces(events),
    ...(brief ? [] : both(guardPieces(transition), guardPieces(before))),
    ...(brief || isTerse ? [] : both(effectPieces('/ ', transition.effects), effectPieces('/ ', before.effects))),
  ];
};

const guardPieces = ({ guard }: ChartTransition): Piece[] => (guard === undefined ? [] : [[run(`[${guard}]`)]]);

/** What it was, struck through, and what it is; once if that is the same. */
const both = (now: readonly Piece[], before: readonly Piece[]): readonly Piece[] =>
  isDeepStrictEqual(now, before)
    ? now
    : [...struckIf(true, before), ...now.map((piece) => piece.map(({ text }) => run(text, 'bold', 'changed')))];

const struckIf = (isGone: boolean, pieces: readonly Piece[]): readonly Piece[] =>
  isGone ? pieces.map((piece) => piece.map((each): Run => ({ ...each, struck: true }))) : pieces;

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
    const taken = marks && !(brief && marks.kind === 'path') && matter(marks, [transition]);
    const key = JSON.stringify([
      taken,
      changeOf(marks, transition),
      changedFrom(marks, transition)?.id,
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
