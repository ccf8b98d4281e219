/** What a benchmark gives. Both sides of a ratio run in turns; `ratios` say how many times better ours is. */
export type Bench = { name: string; median: number; unit: string; runs: number; ratios: Record<string, number> };

export const median = (figures: readonly number[]): number => figures.toSorted((a, b) => a - b)[figures.length >> 1]!;

/** Microseconds of CPU time that a task costs its process, or the one that `used` tells of. */
export async function cpuOf(
  task: () => Promise<void>,
  used: () => Promise<number> | number = cpuUsed,
): Promise<number> {
  const before = await used();
  await task();
  return (await used()) - before;
}

export function cpuUsed(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Several at once, until all are done. */
export async function inParallel(width: number, times: number, task: () => Promise<unknown>): Promise<void> {
  let left = times;
  const work = async () => {
    while (left-- > 0) await task();
  };
  await Promise.all(Array.from({ length: width }, work));
}

type Turns = {
  rounds: number;
  times: number;
  task(ours: boolean): Promise<void>;
  used?: () => Promise<number> | number;
};

/** Each task in turns, the first round for warming up: CPU time of ours for one of `times`, and the ratio to the other's. */
export async function compared({ rounds, times, task, used }: Turns): Promise<{ ours: number; ratio: number }> {
  const ours: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const own = await cpuOf(() => task(true), used);
    const others = await cpuOf(() => task(false), used);
    if (round === 0) continue;
    ours.push(own / times);
    ratios.push(others / own);
  }
  return { ours: median(ours), ratio: median(ratios) };
}
