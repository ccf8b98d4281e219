/** TLS connections on the loopback, both ends in hand, for the tests of this folder. */

import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect, createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { CertificateIdentity } from '../credentials/certificate-identity.ts';
import type { CertificateAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';

export const noTicket = { secureOptions: constants.SSL_OP_NO_TICKET };
export const serverIdentity: CertificateIdentity = { role: 'apiExposingFunction', id: 'aef-1' };

type Ends = [client: TLSSocket, server: TLSSocket];

/** Opens listeners with a certificate of this authority; `closeAll` ends what they opened. */
export function loopback(authority: CertificateAuthority) {
  const closing: (() => void)[] = [];

  /** A listener, as the function that connects to it. What is to be done with an accepted connection is done at once. */
  async function listen(
    options: TlsOptions,
    accept: (socket: TLSSocket) => void = () => undefined,
  ): Promise<(options: ConnectionOptions) => Promise<Ends>> {
    const { privateKeyPem, publicKeyPem } = await generateKeyPair();
    const cert = await authority.issue({
      subject: serverIdentity,
      publicKey: publicKeyPem,
      names: { ip: ['127.0.0.1'] },
      usages: ['server'],
      now: Date.now(),
    });
    const ca = authority.certificatePem;
    const server = createServer({ key: privateKeyPem, cert, ca, ...options }, accept);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    return async (options) => {
      const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ca, ...options });
      closing.push(() => client.destroy());
      const [[accepted]] = await Promise.all([once(server, 'secureConnection'), once(client, 'secureConnect')]);
      client.resume();
      return [client, accepted];
    };
  }

  const open = async (server: TlsOptions, client: ConnectionOptions) => (await listen(server))(client);
  const closeAll = () => {
    for (const close of closing.splice(0)) close();
  };
  return { listen, open, closeAll };
}
