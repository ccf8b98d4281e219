/** What the core keeps of invokers that have come and gone (6.8). */
import { X509Certificate } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { TraceLine } from '../../machines/trace.ts';
import { systemClock } from '../clock.ts';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { Enrolment } from './parties/enrolment.ts';
import { IssuedCertificates } from './parties/issued-certificates.ts';

const facts = { referencePoint: 'CAPIF-1e', from: 'unknown', to: 'CCF' };

async function enrolling(record: (line: TraceLine) => void = () => {}) {
  const now = Date.now();
  const clock = { ...systemClock, now: () => now + clock.lateMs, lateMs: 0 };
  const authority = await createAuthority({ name: 'ended', now });
  const { publicKeyPem: publicKey } = await generateKeyPair();
  const issued = await authority.issue({
    subject: { role: 'apiInvoker', id: 'x' },
    publicKey,
    usages: ['client'],
    now,
  });
  let count = 0;
  const enrolment = new Enrolment({
    certificates: new IssuedCertificates({ ...authority, issue: async () => issued }, clock.now),
    clock,
    ids: (kind) => `${kind}-${++count}`,
    record,
    tellContexts: () => {},
  });
  const { raw, fingerprint256 } = new X509Certificate(issued);
  /** A connection by the certificate that everybody has here, as if it were that of this invoker. */
  function connect(apiInvokerId: string) {
    const subjectaltname = `URI:urn:capif:apiInvoker:${apiInvokerId}`;
    const getPeerCertificate = () => ({ raw, fingerprint256, subjectaltname });
    const socket = Object.assign(new EventEmitter(), { authorized: true, getPeerCertificate });
    enrolment.connected(socket as unknown as TLSSocket);
    return socket;
  }
  const onboard = (tokenId: string) => enrolment.onboard({ tokenId, expires: clock.now() + 1000 }, publicKey, facts);
  return { enrolment, onboard, connect, clock };
}

test('an offboarded invoker stays offboarded while its profile rests, and its token is used up until it expires', async () => {
  const lines: TraceLine[] = [];
  const { enrolment, onboard, connect, clock } = await enrolling((line) => lines.push(line));
  const first = await onboard('token');
  expect(await onboard('token')).toEqual(first);
  const { apiInvokerId } = first!;
  connect(apiInvokerId).emit('close');
  const connection = connect(apiInvokerId);
  expect(enrolment.offboard(apiInvokerId, facts)).toBe(true);
  connection.emit('close');
  expect(enrolment.offboard(apiInvokerId, facts)).toBe(true);
  expect(enrolment.isOnboarded(apiInvokerId)).toBe(false);
  expect(await onboard('token')).toBeUndefined();
  clock.lateMs = 1000 + 59_999;
  expect(await onboard('token')).toBeUndefined();
  expect(lines.map(({ event, state }) => [event.type, state])).toEqual([
    ['begin', 'unknown'],
    ['OnboardApiInvokerRequest', 'onboarded'],
    ['tls.established', 'authenticated'],
    ['tls.closed', 'onboarded'],
    ['tls.established', 'authenticated'],
    ['OffboardApiInvokerRequest', 'offboarded'],
    ['tls.closed', 'offboarded'],
    ['OffboardApiInvokerRequest', 'offboarded'],
  ]);
});

test('an offboarded invoker costs the enrolment of the core less than 500 bytes, once its token has expired', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { enrolment, onboard, connect, clock } = await enrolling();
  const comeAndGo = async (from: number, to: number) => {
    for (let n = from; n < to; n += 1) {
      const { apiInvokerId } = (await onboard(`token-${n}`))!;
      const connection = connect(apiInvokerId);
      enrolment.offboard(apiInvokerId, facts);
      connection.emit('close');
    }
    clock.lateMs += 61_000;
    await onboard(`last-${to}`);
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await comeAndGo(0, 1000);
  const after = await comeAndGo(1000, 6000);
  expect((after - before) / 5000).toBeLessThan(500);
});
