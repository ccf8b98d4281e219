/** Where the instances of a sequence chart stand: as far apart as what is between them needs, and the page allows. */
import type { Instance, Sequence, SequenceEvent, SequenceMessage } from '../../properties/traces/sequence.ts';
import { type Face, widthOf } from '../scene/font.ts';
import { page } from '../scene/legibility.ts';

/** 7.2 pt: a chart is drawn as large as it is printed. */
export const size = 9.6;
export const lineHeight = 11.5;

export type Columns = {
  width: number;
  /** The axis of each instance. */
  x(id: string): number;
  /** The room for words on the way from one instance to another: between two axes that are next to each other. */
  room(from: string, to: string): { left: number; right: number };
};

const frame = 16;
/** On both sides of a label: the arrow head, or the sign of what is lost. */
export const beside = 20;
const headWidth = 88;
const narrowest = headWidth + 20;
export const boxWidthMax = 128;

const roleNames = {
  apiInvoker: 'API invoker',
  capifCoreFunction: 'CAPIF core function',
  apiExposingFunction: 'API exposing function',
  apiPublishingFunction: 'API publishing function',
} as const;
export const headOf = ({ role, name }: Instance): string[] => [
  ...brokenAt(roleNames[role], headWidth, 'bold'),
  ...(name === undefined ? [] : [name]),
];

export function columnsOf({ instances, events }: Sequence): Columns {
  const order = (id: string) => instances.findIndex((instance) => instance.id === id);
  const messages = events.filter((event) => event.kind === 'message');
  const wishes = instances.slice(1).map((_, n) => Math.max(narrowest, ...messages.map(wishOf(order, n))));
  const [first, last] = [half(instances.at(0), events), half(instances.at(-1), events)];
  const left = frame + first;
  const available = Math.floor(page.width) - left - last - frame;
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

/** What a message between the instances left and right of a gap would like it to be; others find their place. */
const wishOf = (order: (id: string) => number, gap: number) => (message: SequenceMessage) => {
  const { from, to } = message;
  const isOwn = Math.min(order(from), order(to)) === gap && Math.max(order(from), order(to)) === gap + 1;
  return isOwn ? widthOf(labelWords(message), size) + 2 * beside : 0;
};

/** Half of the widest thing on an instance at the edge. */
function half(instance: Instance | undefined, events: readonly SequenceEvent[]): number {
  if (!instance) return 0;
  const widths = events.flatMap((event) =>
    'over' in event && event.over === instance.id ? boxLines(event).map((line) => widthOf(line, size)) : [],
  );
  return Math.ceil(Math.max(52, ...widths.map((width) => width / 2 + 12)));
}

/** The widest give first. */
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

const remarks = { late: ' (late)', delayed: ' (delayed)', forged: '', lost: '', failed: '', arrives: '' } as const;
export const labelWords = ({ label, fate }: SequenceMessage): string =>
  `${fate === 'forged' ? 'forged ' : ''}${label}${remarks[fate]}`;

/** What is written into the box or beside the sign on an instance. */
export function boxLines(event: Exclude<SequenceEvent, { kind: 'message' | 'loop' }>): string[] {
  if (event.kind !== 'state') return brokenAt(event.words, boxWidthMax);
  return [...(event.machine === undefined ? [] : [event.machine]), ...brokenAt(event.state, boxWidthMax)];
}

/** What a message carries stays together, on a line of its own if need be. */
export function brokenLabel(words: string, widest: number): string[] {
  const [type = '', ...rest] = words.split(' ');
  const details = rest.join(' ');
  if (widthOf(words, size) <= widest || widthOf(details, size) > widest) return brokenAt(words, widest);
  const lines = brokenAt(type, widest);
  const end = `${lines.at(-1)} ${details}`;
  if (details === '') return lines;
  return lines.length > 1 && widthOf(end, size) <= widest ? [...lines.slice(0, -1), end] : [...lines, details];
}

/** At spaces, after dots, and if that does not help, where one word of a long name ends. */
export function brokenAt(words: string, widest: number, face: Face = 'regular'): string[] {
  const fits = (line: string) => widthOf(line.trimEnd(), size, face) <= widest;
  const pieces = words
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
