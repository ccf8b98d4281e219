/** PEM as RFC 7468 lets it be written, and what is not PEM. */
import { expect, test } from 'vitest';
import { certificatePem, publicKeyOrRequestPem } from './pem-text.ts';

const base64 = Buffer.from('sixty-four columns are for writers, readers take lines of any length').toString('base64');
const pem = (label: string, content = base64) => `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----\n`;
const plain = `-----BEGIN CERTIFICATE-----\n${base64.slice(0, 64)}\n${base64.slice(64)}\n-----END CERTIFICATE-----\n`;

test.each([
  ['plain', pem('CERTIFICATE')],
  ['with CRLF', pem('CERTIFICATE').replaceAll('\n', '\r\n')],
  ['without a last line end', pem('CERTIFICATE').trimEnd()],
  ['with text before it', `Certificate:\n    Data:\n        Version: 3 (0x2)\n${pem('CERTIFICATE')}`],
  ['with text after it', `${pem('CERTIFICATE')}issued for tests\n`],
  ['with blank lines and spaces within', pem('CERTIFICATE', `\n  ${base64.slice(0, 10)} \n\n\t${base64.slice(10)}\n`)],
  ['of the older label X509', pem('X509 CERTIFICATE')],
  ['of the older label X.509', pem('X.509 CERTIFICATE')],
])('a certificate %s is read as plain PEM', (_, text) => {
  expect(certificatePem.parse(text)).toBe(plain);
});

test('a chain is read whole, in its order', () => {
  const other = pem('CERTIFICATE', 'AAAA');
  expect(certificatePem.parse(`leaf\n${pem('CERTIFICATE')}root\n${other}`)).toBe(`${plain}${other}`);
});

test('a request is read under its older label too', () => {
  expect(publicKeyOrRequestPem.parse(pem('NEW CERTIFICATE REQUEST'))).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n/);
  expect(publicKeyOrRequestPem.parse(pem('PUBLIC KEY'))).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
});

test.each([
  ['nothing', ''],
  ['no PEM', base64],
  ['a line end that is written as two letters', pem('CERTIFICATE').replaceAll('\n', '\\n')],
  ['another kind', pem('PUBLIC KEY')],
  ['a private key beside it', pem('PRIVATE KEY') + pem('CERTIFICATE')],
  ['labels that differ', pem('CERTIFICATE').replace('END CERTIFICATE', 'END PUBLIC KEY')],
  ['what is not base64', pem('CERTIFICATE', 'AAA')],
  ['too many', pem('CERTIFICATE').repeat(17)],
])('%s is not certificates', (_, text) => {
  expect(certificatePem.safeParse(text).error?.issues[0]?.message).toBe('must be a PEM text of certificates');
});

test('of two keys, none is the one that is meant', () => {
  expect(publicKeyOrRequestPem.safeParse(pem('PUBLIC KEY').repeat(2)).success).toBe(false);
});
