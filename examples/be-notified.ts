/**
 * Shows: the core notifies an invoker of a change over TLS, and the invoker asks for its method before it is refused (SERVICE_API_UPDATE,
 * TS 29.222 5.4.2.4). The application has an HTTPS server; here its certificate comes from the core's own authority.
 * Run: node --import tsx examples/be-notified.ts
 */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCoreFunction } from '../runtime/core/core-function.ts';
import { createAuthority } from '../runtime/credentials/certificates.ts';
import { createExposingFunction } from '../runtime/exposing/exposing-function.ts';
import { createInvoker } from '../runtime/invoker/invoker.ts';

const host = '127.0.0.1';
const now = Date.now();
const authority = await createAuthority({ name: 'example', now });
const core = await createCoreFunction({ authority, notifications: { hosts: [host] } });
const address = { host: core.host, port: core.port, ca: core.ca };

const aef = await createExposingFunction({
  core: address,
  registrationSecret: core.registrationSecret,
  apiName: 'greetings',
  methods: ['PSK'],
  serve: ({ securityMethod }) => ({ status: 200, body: `hello, by ${securityMethod}` }),
});
await aef.settled();

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const cert = await authority.issue({
  subject: { role: 'apiInvoker', id: 'application' },
  publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  names: { ip: [host] },
  usages: ['server'],
  now,
});
const server = createServer({ key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert });
await once(server.listen(0, host), 'listening');

const invoker = createInvoker({
  core: address,
  onboardingToken: await core.onboardingToken('my invoker'),
  notificationDestination: `https://${host}:${(server.address() as AddressInfo).port}/notifications`,
});
server.on('request', invoker.takeNotification);
const hello = async () => (await invoker.fetch('/greetings/v1/hello')).text();

console.log(await hello());
const asking = new Promise((resolve) => invoker.on('renegotiating', resolve));
await aef.changeMethods(['PKI']);
await asking;
console.log('notified, and asking the core');
console.log(await hello());

invoker.close();
server.close();
await aef.close();
await core.close();
