/** Turns: how many questions are under way, and that strangers never take them all. */
import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

/** The turns that have come, by name, in their order. */
function turning() {
  const turns = new Turns();
  const come: string[] = [];
  const take = (name: string, isOfStranger: boolean) => {
    const turn = turns.take(isOfStranger);
    void turn.comes.then(() => come.push(name));
    return turn;
  };
  return { take, come, settle: () => new Promise((resolve) => setImmediate(resolve)) };
}

test('strangers have half of the turns, and those who prove themselves the rest at once', async () => {
  const { take, come, settle } = turning();
  const strangers = Array.from({ length: 10 }, (_, n) => take(`s${n}`, true));
  const invokers = Array.from({ length: 5 }, (_, n) => take(`i${n}`, false));
  await settle();
  expect(come).toEqual(['s0', 's1', 's2', 's3', 'i0', 'i1', 'i2', 'i3']);
  strangers[0]?.end();
  await settle();
  expect(come.at(-1)).toBe('i4');
  invokers[0]?.end();
  await settle();
  expect(come.at(-1)).toBe('s4');
  for (const one of [...strangers.slice(1, 5), ...invokers.slice(1)]) one.end();
  await settle();
  expect(come).not.toContain('s9');
  expect(come).toHaveLength(14);
});

test('a question of a stranger goes first once the invoker itself waits for it', async () => {
  const { take, come, settle } = turning();
  const strangers = Array.from({ length: 10 }, (_, n) => take(`s${n}`, true));
  strangers[9]?.hurry();
  await settle();
  expect(come).toEqual(['s0', 's1', 's2', 's3', 's9']);
});
