/**
 * How many connections a process opens to one place at a time. A handshake takes milliseconds of both sides: of a thousand that
 * begin at once none would end in time, and each would begin again.
 */
import type { Bound } from './client-connection.ts';

export const dialledAtOnceMax = 32;

/** Of who dials: another one while it waits for its turn. */
export type TimeLimit = { awaitTurn(): void; beginAnew(): void };

type Place = { underWay: number; waiting: Set<() => void> };
const places = new Map<string, Place>();

/** Dials when it is its turn: the first who waits, first. Whoever's bound ends before does not, and is told by `dial` itself. */
export async function inTurn<T>(name: string, bound: Bound, time: TimeLimit, dial: () => Promise<T>): Promise<T> {
  const place = places.get(name) ?? { underWay: 0, waiting: new Set() };
  places.set(name, place);
  if (place.underWay < dialledAtOnceMax) place.underWay += 1;
  else {
    time.awaitTurn();
    if (!(await isItsTurn(place, bound))) return dial();
    time.beginAnew();
  }
  try {
    return await dial();
  } finally {
    const [next] = place.waiting;
    if (next) next();
    else place.underWay -= 1;
    if (place.underWay === 0) places.delete(name);
  }
}

/** Whoever ends before it hands its turn on. */
function isItsTurn({ waiting }: Place, bound: Bound): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (itsTurn: boolean) => {
      waiting.delete(begin);
      release();
      resolve(itsTurn);
    };
    const begin = () => settle(true);
    const release = bound.whenEnded(() => settle(false));
    waiting.add(begin);
  });
}
