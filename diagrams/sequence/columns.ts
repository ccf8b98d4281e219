/** Places the instances of a sequence chart: as far apart as the labels between them need and the page allows. */
import type { Instance, Sequence, SequenceEvent, SequenceMessage } from '../../properties/traces/sequence.ts';
import { type Face, widthOf } from '../scene/font.ts';
import { pageRoom } from '../scene/legibility.ts';
import { headOf, messageLabel } from './labels.ts';

/** 7.2 pt, because a sequence chart is printed without reduction. */
export const size = 9.6;
export const lineHeight = 11.5;

export type Columns = {
  width: number;
  /** The axis of each instance. */
  x(id: string): number;
  /** The room for a label between two instances: the widest gap between neighbouring axes. */
  room(from: string, to: string): { left: number; right: number };
};

const frame = 16;
/** Room on both sides of a label: for the arrow head, or for the sign of a lost message. */
export const beside = 20;
const headWidth = 88;
const narrowest = headWidth + 20;
const boxWidthMax = 128;

export const headLines = (instance: Instance): string[] => {
  const [role = '', ...name] = headOf(instance);
  return [...broken(role, headWidth, 'bold'), ...name];
};

export function columnsOf({ instances, events }: Sequence): Columns {
  const order = (id: string) => instances.findIndex((instance) => instance.id === id);
  const messages = events.filter((event) => event.kind === 'message');
  const wishes = instances.slice(1).map((_, n) => Math.max(narrowest, ...messages.map(wishOf(order, n))));
  const [first, last] = [half(instances.at(0), events), half(instances.at(-1), events)];
  const left = frame + first;
  const available = Math.floor(pageRoom.width) - left - last - frame;
  const gaps = shrunk(wishes, available);
  const axes = instances.map((_, n) => left + sum(gaps.slice(0, n)));
  const x = (id: string) => axes[order(id)] ?? left;
  return {
    width: Math.ceil(left + sum(gaps) + last + frame),
    x,
    room(from, to) {
      const [low, high] = [Math.min(order(from), order(to)), Math.max(order(from), order(to))];
      const widest = gaps
        .map((gap, n) => ({ gap, n }))
        .slice(low, high)
        .reduce((best, each) => (each.gap > best.gap ? each : best));
      return { left: axes[widest.n] ?? left, right: axes[widest.n + 1] ?? left };
    },
  };
}

/** The width that a message wishes for the gap between its two neighbouring instances. */
const wishOf = (order: (id: string) => number, gap: number) => (message: SequenceMessage) => {
  const { from, to } = message;
  const isOwn = Math.min(order(from), order(to)) === gap && Math.max(order(from), order(to)) === gap + 1;
  return isOwn ? widthOf(messageLabel(message), size) + 2 * beside : 0;
};

/** Half the width of the widest symbol on the outermost instance. */
function half(instance: Instance | undefined, events: readonly SequenceEvent[]): number {
  if (!instance) return 0;
  const widths = events.flatMap((event) =>
    'over' in event && event.over === instance.id ? boxLines(event).map((line) => widthOf(line, size)) : [],
  );
  return Math.ceil(Math.max(52, ...widths.map((width) => width / 2 + 12)));
}

/** Shrinks the widest gaps first. */
function shrunk(wishes: readonly number[], available: number): number[] {
  const sorted = wishes.toSorted((one, other) => one - other);
  let left = available;
  for (const [n, wish] of sorted.entries()) {
    const share = left / (sorted.length - n);
    if (wish > share) return wishes.map((each) => Math.max(narrowest, Math.min(each, share)));
    left -= wish;
  }
  return [...wishes];
}

/** The text in the box of an event on one instance, or beside its symbol. */
export function boxLines(event: Exclude<SequenceEvent, { kind: 'message' | 'loop' }>): string[] {
  if (event.kind !== 'state') return broken(event.words, boxWidthMax);
  return [...(event.machine === undefined ? [] : [event.machine]), ...broken(event.state, boxWidthMax)];
}

/** Keeps the parameters of a message together, if necessary on a line of their own. */
export function brokenLabel(label: string, widest: number): string[] {
  const [type = '', ...rest] = label.split(' ');
  const details = rest.join(' ');
  if (widthOf(label, size) <= widest || widthOf(details, size) > widest) return broken(label, widest);
  const lines = broken(type, widest);
  const end = `${lines.at(-1)} ${details}`;
  if (details === '') return lines;
  return lines.length > 1 && widthOf(end, size) <= widest ? [...lines.slice(0, -1), end] : [...lines, details];
}

/** Breaks at spaces and after dots, and a name that is still too wide between its words. */
export function broken(text: string, widest: number, face: Face = 'regular'): string[] {
  const fits = (line: string) => widthOf(line.trimEnd(), size, face) <= widest;
  const pieces = text
    .split(/(?<=[ .])/)
    .flatMap((piece) => (fits(piece) ? [piece] : piece.split(/(?<=[a-z])(?=[A-Z])/)));
  const lines: string[] = [];
  for (const piece of pieces) {
    const line = lines.at(-1);
    if (line !== undefined && fits(line + piece)) lines[lines.length - 1] = line + piece;
    else lines.push(piece);
  }
  return lines.map((line) => line.trimEnd());
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
