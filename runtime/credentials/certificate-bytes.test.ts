/** The text of a certificate comes back from its bytes as it was. */
import { expect, test } from 'vitest';
import { derOf, pemOf } from './certificate-bytes.ts';
import { createAuthority } from './certificates.ts';

test('a certificate that this core has issued is the same text again', async () => {
  const { certificatePem } = await createAuthority({ name: 'bytes', now: Date.now() });
  expect(pemOf(derOf(certificatePem))).toBe(certificatePem);
});

test.each([47, 48, 49, 95, 96, 97])('the lines of %i bytes have 64 characters, and none is empty', (bytes) => {
  const lines = pemOf(Buffer.alloc(bytes, 7)).trimEnd().split('\n').slice(1, -1);
  expect(lines.slice(0, -1).every(({ length }) => length === 64)).toBe(true);
  expect(lines.at(-1)!.length).toBeGreaterThan(0);
  expect(Buffer.from(lines.join(''), 'base64')).toHaveLength(bytes);
});
