/** Takes small jogs out of lines: where an end may move a little to the side, the line becomes straight. */
import type { Box, Point } from '../scene/scene.ts';

/** A line and the boxes at its ends. */
export type Ends = { points: readonly Point[]; from: Box; to: Box };

/** A longer jog is there for a reason. */
const jogMax = 8;
/** Least distances of an end from the corner of a box and from other ends. */
const cornerMin = 10;
const apartMin = 10;

/** The points of all lines, in the order of the lines. */
export function straightened(lines: readonly Ends[]): (readonly Point[])[] {
  const now = lines.map(({ points }) => points);
  for (const [n, { from, to }] of lines.entries()) {
    const others = now.flatMap((points, m) => (m === n ? [] : [points.at(0), points.at(-1)]));
    const isFree = (at: Point, { x, width }: Box) =>
      at.x >= x + cornerMin &&
      at.x <= x + width - cornerMin &&
      !others.some((other) => other && other.y === at.y && Math.abs(other.x - at.x) < apartMin);
    now[n] = startMoved(now[n] ?? [], (at) => isFree(at, from));
    now[n] = startMoved((now[n] ?? []).toReversed(), (at) => isFree(at, to)).toReversed();
  }
  return now;
}

/** Removes the jog after the first point if that point may move in line with the rest. */
function startMoved(points: readonly Point[], mayStartAt: (at: Point) => boolean): readonly Point[] {
  const [start, before, after, next, ...rest] = points;
  if (!start || !before || !after || !next) return points;
  const isJog =
    start.x === before.x && before.y === after.y && after.x === next.x && Math.abs(after.x - before.x) <= jogMax;
  const at = { x: after.x, y: start.y };
  return isJog && mayStartAt(at) ? [at, next, ...rest] : points;
}
