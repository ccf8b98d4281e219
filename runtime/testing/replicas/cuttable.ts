/** A TCP way to a server that can fall silent, and be cut on both sides. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Cuttable = {
  port: number;
  /** Nothing passes any more, and nobody is told. */
  holdBack(): void;
  /** Ends what was held back; new connections pass. */
  cut(): void;
  close(): void;
};

export async function cuttable(port: number): Promise<Cuttable> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const far = connect(port, '127.0.0.1');
    for (const one of [client, far]) {
      sockets.add(one.on('error', () => {}).once('close', () => sockets.delete(one)));
      one.once('close', () => (one === client ? far : client).destroy());
    }
    client.pipe(far).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const one of sockets) one.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    holdBack() {
      for (const one of sockets) one.unpipe().pause();
    },
    cut,
    close() {
      server.close();
      cut();
    },
  };
}
