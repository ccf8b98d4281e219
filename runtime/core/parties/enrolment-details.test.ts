/** What the core has in memory of what each invoker has said of itself. */
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { pemOf } from '../../credentials/certificate-bytes.ts';
import { noStore } from '../../store/store.ts';
import { EnrolmentDetails } from './enrolment-details.ts';
import type { IssuedCertificates } from './issued-certificates.ts';

test('the certificate of an onboarded invoker is not on the heap, and keeps no more than its bytes elsewhere', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const certificates = { issue: async () => pemOf(randomBytes(600)) } as unknown as IssuedCertificates;
  const details = new EnrolmentDetails({ certificates, store: noStore, clock: systemClock });
  const wanted = { publicKeyPem: 'key', notificationDestination: 'https://x.invalid/' };
  const usedBy = async (from: number, to: number) => {
    for (let n = from; n < to; n += 1) await details.enrol(`invoker-${n}`, wanted);
    collect();
    return process.memoryUsage();
  };
  const before = await usedBy(0, 1000);
  const after = await usedBy(1000, 6000);
  expect((after.heapUsed - before.heapUsed) / 5000).toBeLessThan(500);
  expect((after.arrayBuffers - before.arrayBuffers) / 5000).toBeLessThan(800);
});
