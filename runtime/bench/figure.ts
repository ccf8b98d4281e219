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
  /** What is done before both sides of a round, and not measured. */
  before?(): Promise<void>;
  task(ours: boolean): Promise<void>;
  used?: () => Promise<number> | number;
};

/** CPU time of ours for one of `times`, how many of them it does a second, and the ratios to the other's of both. */
type Comparison = { ours: number; ratio: number; perSecond: number; speed: number };

/** Each task in turns, the first round for warming up. */
export async function compared({ rounds, times, before, task, used }: Turns): Promise<Comparison> {
  const cpu: Sides = { ours: [], ratios: [] };
  const wall: Sides = { ours: [], ratios: [] };
  const measured = async (ours: boolean) => {
    const started = performance.now();
    const cpu = await cpuOf(() => task(ours), used);
    return { cpu, ms: performance.now() - started };
  };
  for (let round = 0; round <= rounds; round++) {
    await before?.();
    const own = await measured(true);
    const other = await measured(false);
    if (round === 0) continue;
    add(cpu, own.cpu / times, other.cpu / times);
    add(wall, own.ms / times, other.ms / times);
  }
  const { ours, ratio } = medians(cpu);
  const { ours: ms, ratio: speed } = medians(wall);
  return { ours, ratio, perSecond: 1000 / ms, speed };
}

type Sides = { ours: number[]; ratios: number[] };

function add({ ours, ratios }: Sides, own: number, other: number): void {
  ours.push(own);
  ratios.push(other / own);
}

const medians = ({ ours, ratios }: Sides) => ({ ours: median(ours), ratio: median(ratios) });
