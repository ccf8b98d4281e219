/** The core of a run: with a folder it is what `capif core` runs from such a folder, without one it keeps nothing. */

import type { Amendment } from '../../../machines/vocabulary.ts';
import { openCoreFolder } from '../../../runtime/commands/core-folder.ts';
import { createCoreFunction } from '../../../runtime/core/core-function.ts';
import { type CertificateAuthority, createAuthority } from '../../../runtime/credentials/certificates.ts';
import { noStore } from '../../../runtime/store/store.ts';
import { openStoreFolder } from '../../../runtime/store/store-folder.ts';
import { manualClock } from './manual-clock.ts';
import { commonOrders, type Telling } from './role.ts';
import { credentialLifetimeMs, host, pause, timeoutMs } from './run-options.ts';
import { onSlowDisk } from './slow-store.ts';

export type CoreRoleOptions = { folder: string | undefined; amendments: readonly Amendment[] };

let shared: Promise<CertificateAuthority> | undefined;
/** One authority for all cores that keep nothing, because making it takes longer than a run. */
function sharedAuthority(): Promise<CertificateAuthority> {
  shared ??= createAuthority({ name: 'capif-machines', now: Date.now() });
  return shared;
}

async function opened(folder: string, now: number) {
  const { store, passphrase } = await openStoreFolder(folder);
  const { authority, keys, registrationSecret } = await openCoreFolder(folder, passphrase, now);
  return { store: onSlowDisk(store), authority, keys, registrationSecret };
}

export async function startCore({ folder, amendments }: CoreRoleOptions, telling: Telling) {
  const clock = manualClock();
  const { store, authority, ...known } =
    folder === undefined ? { store: noStore, authority: await sharedAuthority() } : await opened(folder, clock.now());
  const core = await createCoreFunction({
    ...telling,
    ...known,
    amendments,
    pause,
    timeoutMs,
    clock,
    store,
    authority,
    // A token lives for longer than its credential, whose timer is the one that a run expires.
    tokenLifetimeSeconds: (2 * credentialLifetimeMs) / 1000,
  });
  const { port, ca, registrationSecret } = core;
  return {
    about: { port, ca, registrationSecret },
    orders: {
      ...commonOrders(clock),
      onboardingToken: (subject: string) => core.onboardingToken(subject),
      revoke: (apiInvokerId: string, aefId: string, apiIds?: readonly string[]) =>
        core.revoke(apiInvokerId, aefId, apiIds),
      /** A certificate for this key in the name of the AEF, as one that was stolen. */
      certificateOf: (aefId: string, publicKey: string) =>
        authority.issue({
          subject: { role: 'apiExposingFunction', id: aefId },
          publicKey,
          names: { ip: [host] },
          usages: ['server'],
          now: clock.now(),
        }),
      committed: () => store.committed(),
      async close() {
        await core.close();
        store.close();
      },
    },
  };
}
