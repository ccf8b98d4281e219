/** Takes the small jogs out of lines: where an end may as well be a little to the side, the line is straight. */
import type { Box, Point } from '../scene/scene.ts';

/** A line, and the boxes at its ends. */
export type Ends = { points: readonly Point[]; from: Box; to: Box };

/** A jog that is longer than that is there for a reason. */
const jogMax = 8;
/** From the corner of a box, and from other ends of lines. */
const cornerMin = 10;
const apartMin = 10;

/** The points of all lines, in their order. */
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

/** Without the jog after the first point, if that may be moved to where the line goes on. */
function startMoved(points: readonly Point[], mayStartAt: (at: Point) => boolean): readonly Point[] {
  const [start, before, after, next, ...rest] = points;
  if (!start || !before || !after || !next) return points;
  const isJog =
    start.x === before.x && before.y === after.y && after.x === next.x && Math.abs(after.x - before.x) <= jogMax;
  const at = { x: after.x, y: start.y };
  return isJog && mayStartAt(at) ? [at, next, ...rest] : points;
}
