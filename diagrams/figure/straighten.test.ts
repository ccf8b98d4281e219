/** A small jog is removed from a line, unless the end would then be at a corner or beside another line. */
import { expect, test } from 'vitest';
import { type Ends, straightened } from './straighten.ts';

const above = { x: 0, y: 0, width: 100, height: 20 };
const below = { x: 0, y: 60, width: 100, height: 20 };
const jogAt = (x: number, by: number): Ends => ({
  points: [
    { x, y: 20 },
    { x, y: 30 },
    { x: x + by, y: 30 },
    { x: x + by, y: 60 },
  ],
  from: above,
  to: below,
});
const straightAt = (x: number) => [
  { x, y: 20 },
  { x, y: 60 },
];

test('a small jog is removed', () => {
  expect(straightened([jogAt(40, 5)])).toEqual([straightAt(45)]);
});

test('a large jog stays', () => {
  expect(straightened([jogAt(20, 60)])).toEqual([jogAt(20, 60).points]);
});

test('if an end would move to a corner, the other end moves instead', () => {
  expect(straightened([{ ...jogAt(40, 5), from: { ...above, width: 50 } }])).toEqual([straightAt(40)]);
});

test('an end does not move beside another line', () => {
  const other = { points: straightAt(49), from: above, to: below };
  const small = { ...below, width: 45 };
  expect(straightened([{ ...jogAt(40, 5), to: small }, other])).toEqual([jogAt(40, 5).points, other.points]);
});
