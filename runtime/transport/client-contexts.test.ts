/** What clients share is the same in all that OpenSSL is told. */
import { expect, test } from 'vitest';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { clientContext } from './client-contexts.ts';

const now = Date.now();
const authority = await createAuthority({ name: 'contexts', now });
const ca = authority.certificatePem;

async function certificate(id: string) {
  const { privateKeyPem: key, publicKeyPem: publicKey } = await generateKeyPair();
  const cert = await authority.issue({ subject: { role: 'apiInvoker', id }, publicKey, usages: ['client'], now });
  return { by: 'certificate', key, cert } as const;
}
const psk = (text: string) => ({ by: 'PSK', identity: text, key: Buffer.from(text) }) as const;

test('connections share a context if credential, authority and versions are the same, and no other', async () => {
  const credential = await certificate('one');
  const context = clientContext({ credential, ca });
  expect(clientContext({ credential: { ...credential }, ca: ca.slice() })).toBe(context);
  const { certificatePem: otherCa } = await createAuthority({ name: 'other', now });
  const others = [
    { credential: await certificate('two'), ca },
    { credential: { by: 'nothing' } as const, ca },
    { credential: psk('one'), ca },
    { credential, ca: otherCa },
    { credential, ca, tls: { maxVersion: 'TLSv1.2' } as const },
    { credential, ca, tls: { minVersion: 'TLSv1.3' } as const },
  ].map(clientContext);
  expect(new Set([context, ...others]).size).toBe(7);
  expect(clientContext({ credential: psk('two'), ca })).toBe(others[2]);
});

test('of very many credentials, those that were used last are kept', async () => {
  const credential = await certificate('first');
  const context = clientContext({ credential, ca });
  const versions = { minVersion: 'TLSv1.2' } as const;
  const read = (n: number) => clientContext({ credential, ca: `${ca}\n${n}`, tls: versions });
  for (let n = 0; n < 63; n += 1) read(n);
  expect(clientContext({ credential, ca })).toBe(context);
  for (let n = 63; n < 127; n += 1) read(n);
  expect(clientContext({ credential, ca })).not.toBe(context);
});

test('a certificate that is not that of the key is refused each time', async () => {
  const { key } = await certificate('one');
  const { cert } = await certificate('two');
  const credential = { by: 'certificate', key, cert } as const;
  for (let n = 0; n < 2; n += 1) expect(() => clientContext({ credential, ca })).toThrow();
});
