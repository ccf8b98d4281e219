/**
 * With `CAPIF_OFFICIAL=1`, holds every exchange of every test against the official files, where they are beside the checkout.
 * It takes a minute more, so that `npm test` does it for one file only (`runtime/core/official-files.test.ts`).
 */
import { relative } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { areOfficialFilesThere } from './official-files.ts';
import { OfficialTraffic } from './official-traffic.ts';

/** Tests that send what a peer should not, and see that it is taken: the core gives back what it was given. */
const tolerated: Record<string, string> = {
  'runtime/core/publication.test.ts': 'an IPv6 range as one prefix, and null where a merge patch removes',
  'runtime/core/selection.test.ts': 'no security method at all',
  'runtime/core/services.test.ts': 'an entry that names both the AEF and an interface',
  'runtime/core/updated-enrolment.test.ts': 'null where a merge patch removes, and no date',
};

const traffic = areOfficialFilesThere ? new OfficialTraffic() : undefined;
beforeAll(() => traffic?.start());
afterAll(() => {
  traffic?.stop();
  const file = relative(process.cwd(), expect.getState().testPath ?? '');
  const exchanges = [...(traffic?.seen.values() ?? [])].flatMap((statuses) => [...statuses.values()]);
  const count = exchanges.reduce((sum, n) => sum + n, 0);
  if (count > 0) console.log(`${file}: ${count} exchanges, ${traffic!.faults.length} faults`);
  if (!(file in tolerated)) expect(traffic?.faults ?? []).toEqual([]);
});
