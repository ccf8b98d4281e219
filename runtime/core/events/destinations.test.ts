/** Where the core sends notifications, and where it does not: a peer names the destination. */
import { expect, test } from 'vitest';
import { Destinations } from './destinations.ts';

const refused = (uri: string, options = {}) => new Destinations(options).refusal(uri) !== undefined;

test('by default a destination is https, on a public network, and has a name that can resolve', () => {
  const open = ['https://invoker.example/x', 'https://198.51.100.7:8443/', 'https://[2001:db8::1]/'];
  for (const uri of open) expect([uri, refused(uri)]).toEqual([uri, false]);
  const wrong = [
    ...['http://invoker.example/', 'https://invoker.invalid/notifications', 'https://invalid./', 'no URI'],
    ...['https://user:word@invoker.example/', 'https://127.0.0.1/', 'https://2130706433/', 'https://10.1.2.3/'],
    ...['https://192.168.0.1/', 'https://172.31.0.1/', 'https://169.254.169.254/', 'https://0.0.0.0/'],
    ...['https://[::1]/', 'https://[::ffff:127.0.0.1]/', 'https://[fd00::1]/', 'https://[fe80::1]/', 'https://[::]/'],
    ...[
      'https://[2002:7f00:1::]/',
      'https://[2001:0:7f00:1::]/',
      'https://[64:ff9b::7f00:1]/',
      'https://[64:ff9b:1::7f00:1]/',
    ],
    ...['https://[fec0::1]/', 'https://[::ffff:0:7f00:1]/', 'https://[::127.0.0.1]/'],
  ];
  for (const uri of wrong) expect([uri, refused(uri)]).toEqual([uri, true]);
});

test('an operator names hosts and networks, and then these alone are notified', () => {
  const hosts = ['Invoker.lan', '127.0.0.1', '10.0.0.0/8', 'fd00::/8'];
  for (const uri of ['https://invoker.lan/', 'https://127.0.0.1/', 'https://10.9.9.9/', 'https://[fd00::2]/'])
    expect([uri, refused(uri, { hosts })]).toEqual([uri, false]);
  for (const uri of ['https://127.0.0.2/', 'https://198.51.100.7/', 'https://[::1]/', 'http://invoker.lan/'])
    expect([uri, refused(uri, { hosts })]).toEqual([uri, true]);
  for (const net of ['10.0.0.0/', '10.0.0.0/33', '10.0.0.0/x', 'lan/8'])
    expect(() => new Destinations({ hosts: [net] }), net).toThrow();
  expect(refused('https://else.lan/', { hosts: ['invoker.lan'] })).toBe(true);
  expect(refused('http://invoker.lan/', { hosts, plainHttp: true })).toBe(false);

  const named = new Destinations({ hosts });
  expect(named.mayReach('invoker.lan', '192.168.1.1')).toBe(true);
  expect(named.mayReach('else.lan', '10.1.1.1')).toBe(true);
  expect(named.mayReach('else.lan', '198.51.100.7')).toBe(false);
});

test('a name that stands for an address of a private network is not reached there', () => {
  const open = new Destinations({});
  expect(open.mayReach('rebound.example', '127.0.0.1')).toBe(false);
  expect(open.mayReach('rebound.example', '::ffff:10.0.0.1')).toBe(false);
  expect(open.mayReach('rebound.example', '203.0.113.9')).toBe(true);
});
