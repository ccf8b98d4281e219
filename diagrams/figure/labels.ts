/** The text on the edges and in the nodes of a figure. */
import { isDeepStrictEqual } from 'node:util';
import { type Span, span, widthOfSpans } from '../scene/scene.ts';
import {
  changeOf,
  type MarkedTransition,
  type MarkKind,
  oldState,
  oldTransition,
  standsOut,
} from '../state-chart/marks.ts';
import type { Figure, FigureEdge, FigureNode } from './figure.ts';
import {
  amendmentPieces,
  brokenIntoLines,
  clausePieces,
  effectPieces,
  eventPieces,
  guardPieces,
  type Piece,
  type TextBlock,
  targetPieces,
  textBlock,
  textSize,
} from './label-text.ts';
import { changePieces, markPieces } from './mark-style.ts';

/** What the figure as a whole says about its labels. */
type Options = Pick<Figure, 'marks' | 'withoutEffects'>;

/** One block for each group of transitions, one below the other; an amendment common to all is named once. */
export function edgeText({ transitions, to, brief }: FigureEdge, widest: number, options: Options): TextBlock {
  const amendments = new Set(transitions.map(({ source }) => source?.amendment));
  const isCommon = amendments.size === 1 && transitions.length > 1;
  const blocks = groupsOf(transitions, brief, options.marks).map((group) => {
    const [first] = group;
    const pieces = [
      ...triggerPieces(group, brief, options),
      ...targetPieces(namesInside(to, first.to)),
      ...clausesOf(first),
      ...(isCommon ? [] : amendmentPieces(first.source)),
    ];
    return brokenIntoLines([...markPieces(group), ...struckIfRemoved(first, pieces)], widest);
  });
  const common = isCommon ? brokenIntoLines(amendmentPieces(transitions[0]?.source), widest) : [];
  return textBlock([...blocks.flat(), ...common]);
}

/** The compartment below a state's name: effects on entry and exit, and transitions without a line. */
export function nodeText(node: FigureNode, widest: number, options: Options): TextBlock {
  const { state, listed, kind, brief } = node;
  if (kind === 'outside' || kind === 'history' || kind === 'initial' || kind === 'region') return textBlock([]);
  const change = changeOf(state);
  if (brief) return textBlock(brokenIntoLines([...changePieces(change), ...otherTargets(state.id, listed)], widest));
  const rows = [
    changePieces(change),
    ...(options.withoutEffects && change === undefined ? [] : entryAndExit(node)),
    ...groupsOf(listed, false, options.marks).map((group) => rowOf(group, options)),
  ].filter((row) => row.length > 0);
  return textBlock(rows.flatMap((row) => indented(brokenIntoLines(row, widest - widthOfSpans([indent], textSize)))));
}

const entryAndExit = ({ state }: FigureNode): (readonly Piece[])[] =>
  (['entry', 'exit'] as const).map((when) => {
    const pieces = both(effectPieces(`${when} / `, oldState(state)[when]), effectPieces(`${when} / `, state[when]));
    return changeOf(state) === 'removed' ? pieces.map(struck) : pieces;
  });

function rowOf(group: TransitionGroup, options: Options): readonly Piece[] {
  const [first] = group;
  const pieces = [
    ...triggerPieces(group, false, options),
    ...targetPieces(first.to.map((target) => relativeName(target, first.from))),
    ...clausesOf(first),
    ...(first.source?.assumed ? [assumed] : []),
    ...amendmentPieces(first.source),
  ];
  return [...markPieces(group), ...struckIfRemoved(first, pieces)];
}

/** In an overview, the states to which a state leads without a line. */
function otherTargets(from: string, listed: readonly MarkedTransition[]): Piece[] {
  const targets = new Map<string, MarkedTransition[]>();
  for (const transition of listed) {
    for (const target of transition.to) targets.set(target, [...(targets.get(target) ?? []), transition]);
  }
  return [...targets].flatMap(([target, transitions], n, all): Piece[] => {
    const arrow = n === 0 || transitions.some(({ mark }) => mark) ? '\u2192 ' : '';
    return [
      ...markPieces(transitions),
      [span(`${arrow}${relativeName(target, from)}${n < all.length - 1 ? ',' : ''}`)],
    ];
  });
}

const assumed: Piece = [span('assumed', 'italic', 'quiet')];
const indent = span('   ');
/** Indents the second line of a row, so that a reader sees where the next row begins. */
const indented = (lines: readonly Span[][]) => lines.map((line, n) => (n === 0 ? line : [indent, ...line]));

/** Events, guard and effects of a group, with those of the version before if they changed. */
function triggerPieces(group: TransitionGroup, brief: boolean, { withoutEffects }: Options): Piece[] {
  const [now] = group;
  const old = oldTransition(now);
  const isTerse = withoutEffects && changeOf(now) === undefined;
  return [
    ...eventPieces([...new Set(group.map(({ event }) => event))]),
    ...(brief ? [] : both(guardPieces(old), guardPieces(now))),
    ...(brief || isTerse ? [] : both(effectPieces('/ ', old.effects), effectPieces('/ ', now.effects))),
  ];
}

const clausesOf = (transition: MarkedTransition) =>
  both(clausePieces(oldTransition(transition).source), clausePieces(transition.source));

/** The old text struck through and the new one; the text once if both are the same. */
const both = (old: readonly Piece[], now: readonly Piece[]): readonly Piece[] =>
  isDeepStrictEqual(old, now)
    ? now
    : [...old.map(struck), ...now.map((piece) => piece.map(({ text }) => span(text, 'bold', 'changed')))];

const struck = (piece: Piece): Piece => piece.map((each): Span => ({ ...each, struck: true }));
const struckIfRemoved = (transition: MarkedTransition, pieces: readonly Piece[]): readonly Piece[] =>
  changeOf(transition) === 'removed' ? pieces.map(struck) : pieces;

/** The names of the targets inside a closed state. */
const namesInside = (closed: string, targets: readonly string[]) =>
  targets.filter((target) => target.startsWith(`${closed}.`)).map((target) => target.slice(closed.length + 1));

/** The name of a target without the states that contain both ends. */
function relativeName(target: string, from: string): string {
  const [own, other] = [from.split('.'), target.split('.')];
  const common = own.findIndex((part, n) => part !== other[n]);
  return other.slice(common === -1 ? own.length : Math.max(1, common)).join('.') || (other.at(-1) ?? target);
}

type TransitionGroup = readonly [MarkedTransition, ...MarkedTransition[]];

/**
 * Transitions that differ in their event alone are one label in UML, with the events separated by commas. In brief, guards
 * and effects make no difference either.
 */
function groupsOf(
  transitions: readonly MarkedTransition[],
  brief: boolean,
  marks: MarkKind | undefined,
): TransitionGroup[] {
  const found = new Map<string, [MarkedTransition, ...MarkedTransition[]]>();
  for (const transition of transitions) {
    const { guard, to, effects, source } = transition;
    const old = oldTransition(transition);
    const key = JSON.stringify([
      // In brief, taken and untaken steps of a path may share a label; a transition that is never taken has its own.
      marks && !(brief && marks === 'path') && standsOut(transition),
      changeOf(transition),
      old === transition ? undefined : old.id,
      to,
      source?.clause ?? '',
      source?.amendment,
      source?.assumed !== undefined,
      ...(brief ? [] : [guard, effects]),
    ]);
    const group = found.get(key);
    if (group) group.push(transition);
    else found.set(key, [transition]);
  }
  return [...found.values()];
}
