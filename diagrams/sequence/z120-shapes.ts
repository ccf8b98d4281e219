/** The symbols of ITU-T Z.120: messages, lost and found messages, conditions, actions and timers. */
import type { SequenceEvent, SequenceMessage } from '../../properties/traces/sequence.ts';
import {
  type Box,
  type Item,
  type Point,
  type Style,
  span,
  straightLine,
  textAt,
  widthOfSpans,
} from '../scene/scene.ts';
import { beside, boxLines, broken, brokenLabel, type Columns, lineHeight, size } from './columns.ts';
import { messageLabel } from './labels.ts';

/** A symbol on a sequence chart, with coordinates from its own top. `hides`: the part of the axis that it covers. */
export type ChartSymbol = {
  left: number;
  right: number;
  height: number;
  /** The line of a message. */
  line?: number;
  hides?: { x: number; from: number; to: number };
  items(top: number): Item[];
};

export const ink: Style = { stroke: 'ink' };
const baseline = 0.78 * lineHeight;

const linesAt = (middle: number, top: number, lines: readonly string[], tone: 'ink' | 'clause' | 'quiet'): Item[] =>
  lines.map((line, n) =>
    textAt({ x: middle, y: top + n * lineHeight + baseline }, size, [span(line, 'regular', tone)], 'middle'),
  );
const widest = (lines: readonly string[]) => Math.max(0, ...lines.map((line) => widthOfSpans([span(line)], size)));

/** The label stands above the line and the clause below it, between two neighbouring axes. */
export function messageSymbol(message: SequenceMessage, columns: Columns): ChartSymbol {
  const { from, to, fate, source, facts } = message;
  const [start, end] = [columns.x(from), columns.x(to)];
  const room = columns.room(from, to);
  const middle = (room.left + room.right) / 2;
  const wide = room.right - room.left - 2 * beside;
  const above = brokenLabel(messageLabel(message), wide);
  const below = broken([source?.clause, facts].filter((part) => part).join(' \u00B7 '), wide + beside);
  const line = above.length * lineHeight + 3;
  return {
    left: Math.min(start, end),
    right: Math.max(start, end),
    line,
    height: line + (below.join('') === '' ? 3 : below.length * lineHeight + 1),
    items: (top) => [
      ...linesAt(middle, top, above, 'ink'),
      ...arrow({ x: start, y: top + line }, { x: end, y: top + line }, fate),
      ...(below.join('') === '' ? [] : linesAt(middle, top + line + 1, below, 'clause')),
    ],
  };
}

const radius = 4;
/** Distance from the axis to the sign of a lost or found message. */
const reach = 12;

function arrow(start: Point, end: Point, fate: SequenceMessage['fate']): Item[] {
  const forward = Math.sign(end.x - start.x);
  const at = (point: Point, by: number) => ({ x: point.x + forward * by, y: point.y });
  switch (fate) {
    case 'arrives':
      return [straightLine(start, end, ink, 'arrow')];
    case 'late':
    case 'forged':
      return [
        { shape: 'circle', centre: at(start, reach), radius, style: { ...ink, fill: 'paper' } },
        straightLine(at(start, reach + radius), end, ink, 'arrow'),
      ];
    case 'lost':
    case 'delayed':
      return [
        straightLine(start, at(end, -reach - radius), ink, 'arrow'),
        { shape: 'circle', centre: at(end, -reach), radius, style: { ...ink, fill: 'ink' } },
      ];
    case 'failed':
      return [straightLine(start, at(end, -reach)), ...cross(at(end, -reach))];
  }
}

const cross = ({ x, y }: Point): Item[] => [
  straightLine({ x: x - radius, y: y - radius }, { x: x + radius, y: y + radius }, { stroke: 'ink', width: 1.6 }),
  straightLine({ x: x - radius, y: y + radius }, { x: x + radius, y: y - radius }, { stroke: 'ink', width: 1.6 }),
];

type TimerEvent = Extract<SequenceEvent, { kind: 'timer' }>;
type LocalEvent = Exclude<SequenceEvent, { kind: 'message' | 'loop' }>;

/** `outwards`: 1 if the axis has more room on its right, -1 if on its left. */
export function localSymbol(event: LocalEvent, columns: Columns, outwards: 1 | -1): ChartSymbol {
  const x = columns.x(event.over);
  if (event.kind === 'timer') return timerSymbol(event, x, outwards);
  const lines = boxLines(event);
  const wide = widest(lines) + (event.kind === 'state' ? 20 : 12);
  const height = lines.length * lineHeight + 5;
  const clause = 'source' in event && event.source ? [event.source.clause] : [];
  return {
    left: x - wide / 2,
    right: x + wide / 2,
    height: height + clause.length * lineHeight,
    hides: { x, from: 0, to: height + clause.length * (lineHeight + 1) },
    items: (top) => {
      const box = { x: x - wide / 2, y: top, width: wide, height };
      return [
        event.kind === 'state' ? hexagon(box) : rectangle(box),
        ...(event.kind === 'state' && event.machine !== undefined
          ? [
              ...linesAt(x, top + 2, lines.slice(0, 1), 'quiet'),
              ...linesAt(x, top + 2 + lineHeight, lines.slice(1), 'ink'),
            ]
          : linesAt(x, top + 2, lines, 'ink')),
        ...linesAt(x, top + height + 1, clause, 'clause'),
      ];
    },
  };
}

const rectangle = (box: Box): Item => ({ shape: 'rectangle', box, radius: 0, style: { ...ink, fill: 'paper' } });

/** The symbol of a condition. */
function hexagon({ x, y, width, height }: Box): Item {
  const middle = y + height / 2;
  const points = [
    { x, y: middle },
    { x: x + 8, y },
    { x: x + width - 8, y },
    { x: x + width, y: middle },
    { x: x + width - 8, y: y + height },
    { x: x + 8, y: y + height },
  ];
  return { shape: 'polygon', points, style: { ...ink, fill: 'paper' } };
}

/** An hourglass when the timer is set, an arrow from it when it expires, a cross when it is stopped. */
function timerSymbol({ happens, words }: TimerEvent, x: number, outwards: 1 | -1): ChartSymbol {
  const label = happens === 'expires' ? 'pause' : words;
  const wide = widest([label]);
  const end = x + outwards * (32 + wide);
  return {
    left: Math.min(x, end),
    right: Math.max(x, end),
    height: 16,
    items: (top) => {
      const y = top + 8;
      const sign = { x: x + outwards * 22, y };
      const link = straightLine({ x, y }, { x: sign.x - outwards * 5, y });
      const arrowIn = straightLine({ x: sign.x - outwards * 5, y }, { x, y }, ink, 'arrow');
      return [
        happens === 'expires' ? arrowIn : link,
        ...(happens === 'stops' ? cross(sign) : [hourglass(sign)]),
        textAt({ x: sign.x + outwards * 8, y: y + 3.4 }, size, [span(label)], outwards === 1 ? 'start' : 'end'),
      ];
    },
  };
}

const hourglass = ({ x, y }: Point): Item => ({
  shape: 'polygon',
  points: [
    { x: x - 5, y: y - 7 },
    { x: x + 5, y: y - 7 },
    { x: x - 5, y: y + 7 },
    { x: x + 5, y: y + 7 },
  ],
  style: { ...ink, fill: 'paper' },
});
