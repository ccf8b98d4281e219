/** `{apiRoot}` of a core, from what it knows of itself (TS 29.222 7.5). */
import { expect, test } from 'vitest';
import { apiRootOf } from './api-root.ts';

test('the root is the first name, or the address at which the core listens, or one that others reach', () => {
  const ip = ['192.0.2.1'];
  expect(apiRootOf({ host: '127.0.0.1', names: {} }, 443)).toBe('https://127.0.0.1:443');
  expect(apiRootOf({ host: '::1', names: { ip } }, 8443)).toBe('https://[::1]:8443');
  expect(apiRootOf({ host: '0.0.0.0', names: { ip } }, 8443)).toBe('https://192.0.2.1:8443');
  expect(apiRootOf({ host: '::', names: { ip: ['2001:db8::1'] } }, 8443)).toBe('https://[2001:db8::1]:8443');
  expect(apiRootOf({ host: '::', names: { dns: ['core.example', 'x'], ip } }, 8443)).toBe('https://core.example:8443');
});
