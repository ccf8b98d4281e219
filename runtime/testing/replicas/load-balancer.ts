/** A TCP load balancer as an operator has before replicas: each connection goes to the next one that takes it. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type LoadBalancer = { port: number; close(): void };

export async function loadBalancer(ports: () => readonly number[]): Promise<LoadBalancer> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    open.add(client.on('error', () => {}).once('close', () => open.delete(client)));
    turn += 1;
    const inOrder = [...ports()];
    inOrder.push(...inOrder.splice(0, turn % inOrder.length));
    const next = (): void => {
      const port = inOrder.shift();
      if (port === undefined || client.destroyed) {
        client.destroy();
        return;
      }
      const replica = connect(port, '127.0.0.1');
      replica.once('error', next).once('connect', () => {
        replica.off('error', next).on('error', () => client.destroy());
        client.once('close', () => replica.destroy());
        client.pipe(replica).pipe(client);
      });
    };
    next();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const one of open) one.destroy();
    },
  };
}
