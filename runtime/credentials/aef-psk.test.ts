/** The derivation of AEFPSK against the vectors of the project and against openssl. */

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aefPskFrom, serviceApiInterface } from './aef-psk.ts';

const p0 = 'https://aef.example.com:8443';
const refused = (code: string) => expect.objectContaining({ name: 'AefPskUnavailable', code });

const octets = (from: number, count: number) => Buffer.from(Array.from({ length: count }, (_, n) => from + n));

describe('the key derivation of A.1', () => {
  test.each([
    [octets(0, 48), p0, octets(0xa0, 32), '334502ca4be85f768fcd1bd2ec5e33d71d6404bd3c9e0791914dbbdc53d70085'],
    [
      Buffer.alloc(48, 1),
      'aef',
      Buffer.alloc(32, 2),
      'a706fadde8fb05891b765bbf13bfa15d9940932a1609e7743305e6fcf6cd5622',
    ],
  ])('gives the known vectors', (masterSecret, serviceApiInterface, sessionId, aefPsk) => {
    expect(aefPskFrom({ masterSecret, serviceApiInterface, sessionId }).toString('hex')).toBe(aefPsk);
  });

  const inputs = fc.record({
    masterSecret: fc.uint8Array({ minLength: 48, maxLength: 48 }).map((bytes) => Buffer.from(bytes)),
    sessionId: fc.uint8Array({ minLength: 1, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
    serviceApiInterface: fc.string({ unit: 'grapheme' }),
  });

  test('any change of any input changes the key', () => {
    fc.assert(
      fc.property(
        inputs,
        inputs,
        fc.constantFrom('masterSecret', 'sessionId', 'serviceApiInterface'),
        (one, other, changed) => {
          const same =
            changed === 'serviceApiInterface'
              ? one[changed].normalize('NFKC') === other[changed].normalize('NFKC')
              : one[changed].equals(other[changed]);
          fc.pre(!same);
          expect(aefPskFrom({ ...one, [changed]: other[changed] })).not.toEqual(aefPskFrom(one));
        },
      ),
    );
  });

  test('two ways to write the same characters give the same key (TS 33.220, B.2.1.2)', () => {
    const given = { masterSecret: octets(0, 48), sessionId: octets(0, 32) };
    const decomposed = aefPskFrom({ ...given, serviceApiInterface: 'https://bu\u0308cher.example:443' });
    expect(aefPskFrom({ ...given, serviceApiInterface: 'https://b\u00fccher.example:443' })).toEqual(decomposed);
  });

  test('one flipped bit changes the key', () => {
    fc.assert(
      fc.property(inputs, fc.nat(48 * 8 - 1), (given, bit) => {
        const masterSecret = Buffer.from(given.masterSecret);
        masterSecret[bit >> 3]! ^= 1 << (bit & 7);
        expect(aefPskFrom({ ...given, masterSecret })).not.toEqual(aefPskFrom(given));
      }),
    );
  });

  test('octets moved from one parameter to the other change the key', () => {
    const masterSecret = Buffer.alloc(48, 1);
    const one = aefPskFrom({ masterSecret, serviceApiInterface: 'ab', sessionId: Buffer.from('c') });
    const other = aefPskFrom({ masterSecret, serviceApiInterface: 'a', sessionId: Buffer.from('bc') });
    expect(one).not.toEqual(other);
  });

  test('refuses a master secret that is none, and an empty session id', () => {
    const given = { masterSecret: octets(0, 48), sessionId: octets(0, 32), serviceApiInterface: p0 };
    expect(() => aefPskFrom({ ...given, masterSecret: Buffer.alloc(0) })).toThrow(refused('masterSecretLength'));
    expect(() => aefPskFrom({ ...given, masterSecret: octets(0, 32) })).toThrow(refused('masterSecretLength'));
    expect(() => aefPskFrom({ ...given, sessionId: Buffer.alloc(0) })).toThrow(refused('emptySessionId'));
    expect(() => aefPskFrom({ ...given, serviceApiInterface: 'x'.repeat(65_536) })).toThrow(refused('inputTooLong'));
  });

  const openssl = opensslVersion();
  if (!openssl) console.log('skipped: the openssl oracle of AEFPSK, for there is no openssl 3 on the PATH');

  test.skipIf(!openssl)('agrees with openssl', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const name = Buffer.from(given.serviceApiInterface.normalize('NFKC'));
        const lengths = [name.length, given.sessionId.length].map((length) => Buffer.of(length >> 8, length & 0xff));
        const input = Buffer.concat([Buffer.of(0x7a), name, lengths[0]!, given.sessionId, lengths[1]!]);
        const key = `hexkey:${given.masterSecret.toString('hex')}`;
        const printed = execFileSync('openssl', ['mac', '-digest', 'SHA256', '-macopt', key, '-in', '-', 'HMAC'], {
          input,
        });
        expect(aefPskFrom(given).toString('hex')).toBe(printed.toString().trim().toLowerCase());
      }),
      { numRuns: 10 },
    );
  });
});

describe('the service API interface', () => {
  test.each([
    [{ host: 'AEF.Example.com', port: 8443 }, 'https://aef.example.com:8443'],
    [{ host: 'aef.example.com.', port: 443 }, 'https://aef.example.com:443'],
    [{ host: '192.0.2.1', port: 443 }, 'https://192.0.2.1:443'],
    [{ host: '2001:DB8:0::1', port: 8443 }, 'https://[2001:db8::1]:8443'],
    [{ host: '[2001:db8::1]', port: 8443 }, 'https://[2001:db8::1]:8443'],
  ])('of %o is %s', (address, written) => expect(serviceApiInterface(address)).toBe(written));

  test.each([
    { host: 'aef/x', port: 1 },
    { host: 'user@aef', port: 1 },
    { host: 'aef:80', port: 1 },
    { host: '', port: 1 },
    { host: 'aef', port: 0 },
    { host: 'aef', port: 1.5 },
    { host: 'aef', port: 65_536 },
  ])('of %o does not exist', (address) => expect(() => serviceApiInterface(address)).toThrow(TypeError));
});

function opensslVersion(): string | undefined {
  try {
    return /^OpenSSL 3\S*/.exec(execFileSync('openssl', ['version']).toString())?.[0];
  } catch {
    return undefined;
  }
}
