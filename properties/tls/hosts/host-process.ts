/**
 * A process that is one role of a run, and is killed where the run restarts that role. It does what it is told over IPC, and tells
 * each step of its machines before it performs it. It ends when its parent does.
 */
import type { Orders, Started, Telling } from './role.ts';
import { type RoleName, starterOf } from './starters.ts';

/** To the process. The order `start` comes first, with the options of the role. */
export type Ordered = { id: number; order: string; args: readonly unknown[] };
/** From the process. */
export type Told =
  | { told: 'ready' }
  | { told: 'line'; line: Parameters<Telling['record']>[0] }
  | { told: 'error'; because: string }
  | { told: 'done'; id: number; result: unknown }
  | { told: 'failed'; id: number; because: string };

const tell = (told: Told): void => {
  process.send?.(told);
};
const because = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const telling: Telling = {
  record: (line) => tell({ told: 'line', line }),
  onError: (error) => tell({ told: 'error', because: because(error) }),
};

// Ctrl-C goes to parent and children at once: the parent decides when its run is over.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
if (!process.connected) process.exit();

const start = (await starterOf(process.argv[2] as RoleName)) as (
  options: unknown,
  telling: Telling,
) => Promise<Started<unknown, Orders>>;
const beforeStart: Orders = {
  async start(options: unknown) {
    const { about, orders: given } = await start(options, telling);
    orders = { ...given, close: () => close(given) };
    return about;
  },
};
let orders = beforeStart;

/** The role of another run may be started then. */
async function close(given: Orders): Promise<void> {
  await given.close!();
  orders = beforeStart;
}

process.on('message', async ({ id, order, args }: Ordered) => {
  try {
    const result = await orders[order]!(...args);
    tell({ told: 'done', id, result });
  } catch (error) {
    tell({ told: 'failed', id, because: because(error) });
  }
});
tell({ told: 'ready' });
