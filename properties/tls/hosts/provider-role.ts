/** The AEF of a run with its publisher: with a folder, they keep there what those of `capif expose` keep. */
import type { Amendment, SecurityMethod } from '../../../machines/vocabulary.ts';
import { createExposingFunction, type PublicationNetwork } from '../../../runtime/exposing/exposing-function.ts';
import { noStore } from '../../../runtime/store/store.ts';
import { openStoreFolder } from '../../../runtime/store/store-folder.ts';
import { manualClock } from './manual-clock.ts';
import { commonOrders, type Telling } from './role.ts';
import { type Address, apiName, credentialLifetimeMs, pause, timeoutMs } from './run-options.ts';
import { onSlowDisk } from './slow-store.ts';

export type ProviderRoleOptions = {
  folder: string | undefined;
  core: Address & { ca: string };
  registrationSecret: string;
  amendments: readonly Amendment[];
  methods: readonly SecurityMethod[];
  published: Address;
};

export async function startProvider({ folder, ...options }: ProviderRoleOptions, telling: Telling) {
  const clock = manualClock();
  const store = folder === undefined ? noStore : onSlowDisk((await openStoreFolder(folder)).store);
  const sent = new Map<number, Parameters<PublicationNetwork>[1]>();
  const aef = await createExposingFunction({
    ...telling,
    ...options,
    apiName,
    pause,
    timeoutMs,
    clock,
    store,
    credentialLifetimeMs,
    // A middle box sees where a request begins: in TLS 1.3, the end of the handshake looks the same.
    tlsToCore: { maxVersion: 'TLSv1.2' },
    serve: ({ securityMethod }) => ({ status: 200, body: securityMethod }),
    network(revision, send) {
      sent.set(revision, send);
      return send();
    },
  });
  const { aefId, port } = aef;
  return {
    about: { aefId, port },
    orders: {
      ...commonOrders(clock),
      settled: () => aef.settled(),
      context: () => aef.snapshot().context,
      /** Does not wait until the core knows: that is a step of its own. */
      changeMethods(methods: readonly SecurityMethod[]): void {
        aef.changeMethods(methods).catch(telling.onError);
      },
      withdrawOldMethods: () => aef.withdrawOldMethods(),
      /** Sends a publication once more, as a proxy may; nobody waits for the answer. */
      repeatPublication(revision: number): void {
        const send = sent.get(revision);
        if (!send) throw new Error(`no publication of revision ${revision} has been sent`);
        send().catch(telling.onError);
      },
      committed: () => store.committed(),
      async close() {
        await aef.close();
        store.close();
      },
    },
  };
}
