/** What is a TLS session, and what is none. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTlsSession } from './tls-session.ts';

const element = (tag: number, content: Buffer) => Buffer.concat([Buffer.of(tag, content.length), content]);
const sessionId = Buffer.alloc(32, 1);
const masterSecret = Buffer.alloc(48, 2);
const mandatory = [
  element(0x02, Buffer.of(1)),
  element(0x02, Buffer.of(0x03, 0x03)),
  element(0x04, Buffer.of(0xcc, 0xac)),
  element(0x04, sessionId),
  element(0x04, masterSecret),
];
const ticket = element(0xaa, element(0x04, Buffer.of(9)));
const extendedMasterSecret = element(0xad, element(0x02, Buffer.of(1)));
const session = (...optional: Buffer[]) => element(0x30, Buffer.concat([...mandatory, ...optional]));
const plain = { version: 0x0303, sessionId, masterSecret, extendedMasterSecret: false, hasTicket: false };

describe('a TLS session', () => {
  test('says what it was negotiated with', () => {
    expect(parseTlsSession(session())).toEqual(plain);
    expect(parseTlsSession(session(extendedMasterSecret))).toEqual({ ...plain, extendedMasterSecret: true });
    expect(parseTlsSession(session(ticket))).toEqual({ ...plain, hasTicket: true });
    const otherFlag = element(0xad, element(0x02, Buffer.of(2)));
    expect(parseTlsSession(session(otherFlag))).toEqual(plain);
  });

  test('is found in what Node 22 and 24 wrap around that of a client', () => {
    const wrapper = Buffer.from('\0nodejs:tls:session:1\0\0\x09a.example', 'latin1');
    expect(parseTlsSession(Buffer.concat([wrapper, session()]))).toEqual(plain);
  });

  test('is not whole after the loss of any of its last octets', () => {
    const whole = session(extendedMasterSecret);
    const malformed = expect.objectContaining({ name: 'MalformedTlsSession', code: 'malformed' });
    for (let length = 0; length < whole.length; length++)
      expect(() => parseTlsSession(whole.subarray(0, length))).toThrow(malformed);
  });

  test('is refused, not misread, where the octets are something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseTlsSession(Buffer.from(bytes));
        } catch (error) {
          expect(error).toHaveProperty('code', 'malformed');
        }
      }),
    );
  });
});
