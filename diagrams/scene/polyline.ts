/** Where a line with rounded corners goes, whoever writes it. */
import type { Point } from './scene.ts';

/** Straight to `to`, then, at a corner, in an arc around it to `end`. */
export type Stretch = { to: Point; corner?: { at: Point; end: Point } };

/**
 * After the first point: each corner replaced by an arc as wide as its two sides allow. Before the end the line is straight
 * for `headRoom`, if it is that long.
 */
export function stretchesOf(points: readonly Point[], radius: number, headRoom = 0): Stretch[] {
  return points.slice(1).map((point, n) => {
    const [before, after] = [points[n], points[n + 2]];
    if (!before || !after || radius === 0) return { to: point };
    const room = n + 3 === points.length ? Math.max(0, distance(point, after) - headRoom) : radius;
    const reach = Math.min(radius, room, distance(point, before) / 2, distance(point, after) / 2);
    if (reach === 0) return { to: point };
    return { to: towards(point, before, reach), corner: { at: point, end: towards(point, after, reach) } };
  });
}

/** The two rear corners of an arrow head whose tip is `at`. */
export function arrowHead(at: Point, from: Point, width: number): [left: Point, right: Point] {
  const [length, half] = [7 + width, 3 + width / 2];
  const back = towards(at, from, length);
  const whole = distance(at, from) || 1;
  const across = { x: ((from.y - at.y) / whole) * half, y: ((at.x - from.x) / whole) * half };
  return [
    { x: back.x + across.x, y: back.y + across.y },
    { x: back.x - across.x, y: back.y - across.y },
  ];
}

/** Math.hypot may differ in the last bit from one engine to the next; a square root may not. */
const distance = (one: Point, other: Point) => Math.sqrt((one.x - other.x) ** 2 + (one.y - other.y) ** 2);

function towards(from: Point, to: Point, length: number): Point {
  const part = length / (distance(from, to) || 1);
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}
