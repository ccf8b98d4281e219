/** Many clients without credentials that send a body slowly: each is answered and cut, and no body is kept (6.5.2). */
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { closeAll, closeLater, exposing, hello, testbed } from '../testing/roles.ts';

afterEach(closeAll);

/** Announces a body, sends some of it, and goes on for ever; resolves with what it heard until it was cut. */
function slow({ host, port }: { host: string; port: number }, path: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket: TLSSocket = connect({ host, port, rejectUnauthorized: false }, () => {
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: aef\r\ncontent-length: 1000000\r\ncontent-type: application/json\r\n\r\n`,
      );
      const sending = setInterval(() => socket.write(Buffer.alloc(10_000)), 50);
      socket.once('close', () => clearInterval(sending));
    });
    closeLater(() => socket.destroy());
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(heard));
  });
}

test('100 strangers with slow bodies are each answered with 401 and cut, at the AEF and at the core (6.5.2)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PKI'] });
  const atAef = Array.from({ length: 80 }, () => slow(aef, hello));
  const paths = [
    '/api-invoker-management/v1/onboardedInvokers',
    '/published-apis/v1/x/service-apis',
    '/capif-security/v1/trustedInvokers/x/update',
  ];
  const atCore = Array.from({ length: 20 }, (_, n) => slow(at.core, paths[n % paths.length]!));
  const revoking = slow(aef, '/aef-security/v1/revoke-authorization');
  for (const heard of await Promise.all([...atAef, ...atCore, revoking])) {
    expect(heard).toMatch(/^HTTP\/1.1 401 /);
    expect(heard.toLowerCase()).toContain('connection: close');
  }
  // Anybody may initiate authentication, with a small body: a large one is refused as soon as it is announced.
  expect(await slow(aef, '/aef-security/v1/check-authentication')).toMatch(/^HTTP\/1.1 413 /);
  expect(at.errors).toEqual([]);
}, 15_000);
