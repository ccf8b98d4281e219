/** The course of a line with rounded corners, for every writer of scenes. */
import type { Point } from './scene.ts';

/** Straight to `to`, then, at a corner, in an arc around it to `end`. */
type Stretch = { to: Point; corner?: { at: Point; end: Point } };

/**
 * The stretches after the first point. An arc replaces each corner, as wide as both sides allow. The last `headRoom` pixels
 * stay straight if the line is that long.
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

/** The two rear corners of an arrow head with its tip at `at`. */
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

/** Math.hypot may differ in its last bit between JavaScript engines; a square root may not. */
const distance = (one: Point, other: Point) => Math.sqrt((one.x - other.x) ** 2 + (one.y - other.y) ** 2);

function towards(from: Point, to: Point, length: number): Point {
  const part = length / (distance(from, to) || 1);
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}
