/** What the core keeps of invokers that have come and gone (6.8). */
import { X509Certificate } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { systemClock } from '../clock.ts';
import { accessTokenIssuer } from '../credentials/access-token.ts';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { noStore, type Store } from '../store/store.ts';
import { Enrolment } from './parties/enrolment.ts';
import { EnrolmentDetails } from './parties/enrolment-details.ts';
import { IssuedCertificates } from './parties/issued-certificates.ts';
import { type OnboardedInvoker, OnboardingTokens } from './parties/onboarding-tokens.ts';

const facts = { referencePoint: 'CAPIF-1e', from: 'unknown', to: 'CCF' };

async function enrolling(record: (line: TraceLine) => void = () => {}, store: Store = noStore) {
  const now = Date.now();
  const clock = { ...systemClock, now: () => now + clock.lateMs, lateMs: 0 };
  const authority = await createAuthority({ name: 'ended', now });
  const { publicKeyPem, privateKeyPem } = await generateKeyPair();
  let count = 0;
  const tokens = new OnboardingTokens({ issuer: accessTokenIssuer({ privateKeyPem }), clock, store });
  const certificates = new IssuedCertificates(authority, clock.now, store);
  const enrolment = new Enrolment({
    details: new EnrolmentDetails({ certificates, clock, store }),
    certificates,
    tokens,
    store,
    clock,
    ids: (kind) => `${kind}-${++count}`,
    record,
    onOnboarded: () => {},
    tellContexts: () => {},
  });
  /** A connection by the certificate of this invoker. */
  function connect({ apiInvokerId, certificate }: OnboardedInvoker) {
    const { raw, fingerprint256 } = new X509Certificate(certificate);
    const subjectaltname = `URI:urn:capif:apiInvoker:${apiInvokerId}`;
    const getPeerCertificate = () => ({ raw, fingerprint256, subjectaltname });
    const socket = Object.assign(new EventEmitter(), { authorized: true, getPeerCertificate });
    enrolment.connected(socket as unknown as TLSSocket);
    return socket;
  }
  async function tokenId(): Promise<string> {
    const verified = await tokens.verify(await tokens.issue('test', 1));
    if (verified.outcome !== 'valid') throw new Error(verified.because);
    return verified.tokenId;
  }
  const wanted = { publicKeyPem, notificationDestination: 'https://x.invalid/' };
  const onboard = (id: string) => enrolment.onboard(id, wanted, facts);
  return { enrolment, tokenId, onboard, connect, clock };
}

test('an offboarded invoker stays offboarded while its profile rests, and its token is used up until it expires', async () => {
  const lines: TraceLine[] = [];
  const { enrolment, tokenId, onboard, connect } = await enrolling((line) => lines.push(line));
  const token = await tokenId();
  const first = (await onboard(token))!;
  expect(await onboard(token)).toMatchObject(first);
  const { apiInvokerId } = first;
  connect(first).emit('close');
  const connection = connect(first);
  expect(enrolment.offboard(apiInvokerId, facts)).toBe(true);
  connection.emit('close');
  expect(enrolment.offboard(apiInvokerId, facts)).toBe(true);
  expect(enrolment.isOnboarded(apiInvokerId)).toBe(false);
  expect(await onboard(token)).toBeUndefined();
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

test('an offboarded invoker costs the enrolment of the core less than 1.5 kB with its certificate, once its token has expired', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { enrolment, tokenId, onboard, connect, clock } = await enrolling();
  const comeAndGo = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      const one = (await onboard(await tokenId()))!;
      const connection = connect(one);
      enrolment.offboard(one.apiInvokerId, facts);
      connection.emit('close');
    }
    clock.lateMs += 61_000;
    await tokenId();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await comeAndGo(300);
  const after = await comeAndGo(1000);
  expect((after - before) / 1000).toBeLessThan(1500);
});

test('of the invokers that are gone a thousand are remembered: the certificates of those before count no more', async () => {
  const records = new Map<string, unknown>();
  const put = (name: string) => (id: string, value: () => unknown) => {
    if (value() === undefined) records.delete(`${name} ${id}`);
    else records.set(`${name} ${id}`, true);
  };
  const store = { ...noStore, collection: (name: string) => ({ kept: new Map(), put: put(name) }) } as Store;
  const { enrolment, tokenId, onboard, connect } = await enrolling(() => {}, store);
  const all: OnboardedInvoker[] = [];
  for (let n = 0; n < 1_003; n += 1) {
    const one = (await onboard(await tokenId()))!;
    const connection = connect(one);
    enrolment.offboard(one.apiInvokerId, facts);
    connection.emit('close');
    all.push(one);
  }
  const proven = (one: OnboardedInvoker) => enrolment.provenInvoker(connect(one) as unknown as TLSSocket);
  expect(all.slice(0, 3).map(proven)).toEqual([undefined, undefined, undefined]);
  expect(all.slice(3).map(proven)).toEqual(all.slice(3).map(({ apiInvokerId }) => apiInvokerId));
  expect(enrolment.offboard(all[0]!.apiInvokerId, facts)).toBe(false);
  expect(enrolment.offboard(all[3]!.apiInvokerId, facts)).toBe(true);
  for (const name of ['api-invokers', 'certificates'])
    expect([...records.keys()].filter((record) => record.startsWith(name))).toHaveLength(1_000);
});
