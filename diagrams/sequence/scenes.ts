/**
 * Draws a message sequence chart in the notation of ITU-T Z.120 on one or several pages: instances with their axes, messages
 * in order from top to bottom, and between them states, timers and actions, side by side where they do not touch.
 */
import type { Instance, Sequence, SequenceEvent } from '../../properties/traces/sequence.ts';
import { pageRoom } from '../scene/legibility.ts';
import { type Group, type Item, type Scene, span, straightLine, textAt, widthOfSpans } from '../scene/scene.ts';
import { sourceText } from '../state-chart/notation.ts';
import { type Columns, columnsOf, headLines, lineHeight, size } from './columns.ts';
import { messageLabel } from './labels.ts';
import { type ChartSymbol, ink, localSymbol, messageSymbol } from './z120-shapes.ts';

type Captions = { id: string; title: string; description: string };

type Placed = ChartSymbol & { top: number; event: SequenceEvent; n: number };
/** `loop`: the top of the endlessly repeated part on this page; minus infinity if that part began on an earlier page. */
type Page = { placed: Placed[]; loop?: number; bottom: number };

const headTop = 24;
const apart = 5;
const loopHeight = 16;

/** One scene for each page, or a single high one (`whole`). */
export function sequenceScenes(sequence: Sequence, captions: Captions, whole = false): Scene[] {
  const columns = columnsOf(sequence);
  const heads = Math.max(...sequence.instances.map((instance) => headLines(instance).length)) * lineHeight + 8;
  const pages = paged(sequence, columns, headTop + heads + 8, whole ? Number.POSITIVE_INFINITY : pageRoom.height - 18);
  return pages.map((own, n) => scene(sequence, columns, own, { ...captions, n, of: pages.length, heads }));
}

/** Messages keep their order; every other symbol stands as high as its own axis allows. */
function paged({ instances, events }: Sequence, columns: Columns, top: number, lowest: number): Page[] {
  let current: Page = { placed: [], bottom: top };
  let lastLine = top;
  const pages = [current];
  const startPage = () => {
    current = { placed: [], bottom: top, ...(current.loop !== undefined && { loop: Number.NEGATIVE_INFINITY }) };
    lastLine = top;
    pages.push(current);
  };
  for (const [n, event] of events.entries()) {
    if (event.kind === 'loop') {
      if (current.bottom + loopHeight + 40 > lowest) startPage();
      current.loop = current.bottom;
      current.bottom += loopHeight;
      lastLine = current.bottom;
      current.placed.push({ ...everywhere(columns), top: current.bottom, event, n });
      continue;
    }
    const symbol = symbolOf(event, columns, instances);
    const place = () => {
      const free = Math.max(top, ...current.placed.filter(touches(symbol)).map((one) => one.top + one.height + apart));
      return symbol.line === undefined ? free : Math.max(free, lastLine + 6);
    };
    if (place() + symbol.height > lowest) startPage();
    const at = place();
    if (symbol.line !== undefined) lastLine = at + symbol.line;
    current.placed.push({ ...symbol, top: at, event, n });
    current.bottom = Math.max(current.bottom, at + symbol.height + apart);
  }
  return pages;
}

const touches = (one: ChartSymbol) => (other: ChartSymbol) => one.left < other.right + 4 && other.left < one.right + 4;
/** A symbol of the full width and no height, below which everything else continues. */
const everywhere = ({ width }: Columns): ChartSymbol => ({ left: 0, right: width, height: 0, items: () => [] });

function symbolOf(event: Exclude<SequenceEvent, { kind: 'loop' }>, columns: Columns, instances: readonly Instance[]) {
  if (event.kind === 'message') return messageSymbol(event, columns);
  return localSymbol(event, columns, event.over === instances.at(-1)?.id ? -1 : 1);
}

type Sheet = Captions & { n: number; of: number; heads: number };

function scene({ instances }: Sequence, columns: Columns, own: Page, sheet: Sheet): Scene {
  const { n, of, heads } = sheet;
  const isLast = n === of - 1;
  const bottom = Math.ceil(own.bottom + (own.loop === undefined ? 4 : 10));
  const height = bottom + (isLast ? 14 : 6);
  const { width } = columns;
  const number = of === 1 ? '' : ` (${n + 1}/${of})`;
  return {
    id: of === 1 ? sheet.id : `${sheet.id}-${n + 1}`,
    title: `${sheet.title}${number}`,
    description: sheet.description,
    width,
    height,
    items: [
      { shape: 'rectangle', box: { x: 1, y: 1, width: width - 2, height: height - 2 }, radius: 0, style: ink },
      textAt({ x: 8, y: 15 }, size, [span('msc', 'bold'), span(` ${sheet.id}${number}`)]),
      ...instances.flatMap((instance) =>
        instanceItems(instance, columns.x(instance.id), own, { heads, bottom, isLast }),
      ),
      ...(own.loop === undefined
        ? []
        : loopItems(own.loop, { bottom: bottom - 6, width, isLast, top: headTop + heads })),
      ...own.placed.map(({ event, n, top, items }) => group(event, n, items(top))),
    ],
  };
}

/** The head, the visible parts of the axis, and the foot at the end of the chart. */
function instanceItems(
  instance: Instance,
  x: number,
  { placed }: Page,
  { heads, bottom, isLast }: { heads: number; bottom: number; isLast: boolean },
): Item[] {
  const lines = headLines(instance).map((line) => [span(line, 'bold')]);
  const wide = Math.max(72, ...lines.map((line) => widthOfSpans(line, size) + 14));
  const start = headTop + heads;
  const hidden = placed
    .flatMap(({ top, hides }) => (hides?.x === x ? [{ from: top + hides.from, to: top + hides.to }] : []))
    .sort((one, other) => one.from - other.from);
  const ends = [...hidden.map(({ from }) => from), bottom];
  const starts = [start, ...hidden.map(({ to }) => to)];
  const box = { x: x - wide / 2, y: headTop, width: wide, height: heads };
  const offset = headTop + (heads - lines.length * lineHeight) / 2 + 0.78 * lineHeight;
  return [
    { shape: 'rectangle', box, radius: 0, style: { ...ink, fill: 'paper' } },
    ...lines.map((line, n) => textAt({ x, y: offset + n * lineHeight }, size, line, 'middle')),
    ...starts.map((from, n) => straightLine({ x, y: from }, { x, y: ends[n] ?? bottom })),
    ...(isLast ? [foot(x, bottom)] : []),
  ];
}

const foot = (x: number, y: number): Item => ({
  shape: 'rectangle',
  box: { x: x - 20, y, width: 40, height: 6 },
  radius: 0,
  style: { fill: 'ink', stroke: 'ink' },
});

/** An inline expression, open where it continues on another page. */
function loopItems(
  from: number,
  { bottom, width, isLast, top }: { bottom: number; width: number; isLast: boolean; top: number },
): Item[] {
  const begins = from > 0;
  const [left, right, high] = [6, width - 6, begins ? from : top + 2];
  const title = [span('loop', 'bold'), span(' <1,inf>')];
  const tab = left + widthOfSpans(title, size) + 10;
  const corner = [
    { x: tab, y: high },
    { x: tab, y: high + 8 },
    { x: tab - 5, y: high + 14 },
    { x: left, y: high + 14 },
  ];
  return [
    ...(begins ? [straightLine({ x: left, y: high }, { x: right, y: high })] : []),
    straightLine({ x: left, y: high }, { x: left, y: bottom }),
    straightLine({ x: right, y: high }, { x: right, y: bottom }),
    ...(isLast ? [straightLine({ x: left, y: bottom }, { x: right, y: bottom })] : []),
    ...(begins ? [{ shape: 'line', points: corner, radius: 0, style: ink } as const] : []),
    ...(begins ? [textAt({ x: left + 4, y: high + 10.5 }, size, title)] : []),
  ];
}

function group(event: SequenceEvent, n: number, items: readonly Item[]): Group {
  const id = `e${n + 1}`;
  switch (event.kind) {
    case 'message': {
      const { from, to, fate, source } = event;
      const title = `${messageLabel(event)}, ${from} to ${to}${fate === 'arrives' ? '' : `, ${fate}`}${sourceText(source)}`;
      return { shape: 'group', id, role: 'message', title, data: { from, to, fate }, items };
    }
    case 'loop':
      return { shape: 'group', id, role: 'loop', items };
    case 'state': {
      const { over, machine, state } = event;
      return { shape: 'group', id, role: 'condition', title: `${machine ?? over} is ${state}`, data: { over }, items };
    }
    default: {
      const { over, words, kind } = event;
      const source = 'source' in event ? event.source : undefined;
      return {
        shape: 'group',
        id,
        role: kind,
        title: `${over}: ${words}${sourceText(source)}`,
        data: { over },
        items,
      };
    }
  }
}
