/** Who counts as one peer. */
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { addressOf } from './limits.ts';

const from = (remoteAddress: string | undefined) => addressOf({ remoteAddress } as Socket);

test('an address of IPv4 is one peer, however it is written; of IPv6, its /64 network is', () => {
  expect(from('::ffff:192.0.2.1')).toBe(from('192.0.2.1'));
  expect(from('192.0.2.1')).not.toBe(from('192.0.2.2'));
  expect(from('2001:db8:1:2:3:4:5:6')).toBe(from('2001:db8:1:2::7'));
  expect(from('2001:db8:1:2:3:4:5:6')).not.toBe(from('2001:db8:1:3:3:4:5:6'));
  expect(from('2001:db8::1')).toBe(from('2001:db8::2'));
  expect(from(undefined)).toBe('');
});
