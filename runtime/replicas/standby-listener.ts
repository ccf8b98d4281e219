/**
 * The listener of a replica that is not active: it passes each connection on, byte for byte, to the one that is. TLS is
 * between the client and that one; a standby sees and proves nothing.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

type Address = { host: string; port: number };

export type StandbyListener = {
  port: number;
  /** Where connections are passed on from now on; those that wait go there first. */
  passTo(active: Address): void;
  /** Takes no new connection, and ends those that wait. Those that are passed on go on until one side ends them. */
  close(): Promise<void>;
};

/** How many connections wait until there is an active one, each for how long: more, or longer, are ended. */
const waitingMax = 1000;
const patienceMs = 10_000;
const retryMs = 100;

/** Rejects if the address is not available. */
export async function standbyListener({ host, port }: Address): Promise<StandbyListener> {
  const waiting = new Set<Socket>();
  let active: Address | undefined;

  function passOn(client: Socket, since: number): void {
    const retry = () => {
      if (client.destroyed) return;
      if (!waiting.has(client) || performance.now() - since > patienceMs) client.destroy();
      else setTimeout(() => passOn(client, since), retryMs);
    };
    if (!active) return retry();
    const passed = connect({ ...active, allowHalfOpen: true });
    passed.once('error', retry).once('connect', () => {
      passed.off('error', retry);
      waiting.delete(client);
      join(client, passed);
    });
  }

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    if (waiting.size >= waitingMax) {
      client.destroy();
      return;
    }
    waiting.add(client);
    client.on('error', () => {}).once('close', () => waiting.delete(client));
    passOn(client, performance.now());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    passTo(address) {
      active = address;
    },
    close: () =>
      new Promise((resolve) => {
        for (const client of waiting) client.destroy();
        server.close();
        setImmediate(resolve);
      }),
  };
}

/** What one side ends, the other ends too; what breaks, breaks for both. */
function join(client: Socket, active: Socket): void {
  for (const [from, to] of [
    [client, active],
    [active, client],
  ] as const) {
    from.on('error', () => {});
    from.once('close', (hadError) => hadError && to.destroy());
    from.pipe(to);
  }
}
