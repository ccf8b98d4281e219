/** The HTTPS server of the application whose invoker is notified: on loopback, with a certificate of the core's authority. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { CertificateAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';

export const loopback = '127.0.0.1';

/** `uri`: where it takes notifications. */
export async function applicationServer(authority: CertificateAuthority) {
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const cert = await authority.issue({
    subject: { role: 'apiInvoker', id: 'application' },
    publicKey: publicKeyPem,
    names: { ip: [loopback] },
    usages: ['server'],
    now: Date.now(),
  });
  const server = createServer({ key: privateKeyPem, cert });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { server, uri: `https://${loopback}:${port}/notifications`, close };
}
