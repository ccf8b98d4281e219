/** A provider that is the same after a restart: it is enrolled once, with keys that are durable before the core has them. */
import { createPublicKey } from 'node:crypto';
import { type Clock, type Pause, pauseTimer } from '../clock.ts';
import { generateKeyPair, type KeyPair } from '../credentials/key-pairs.ts';
import type { Store } from '../store/store.ts';
import { CoreAway, type EnrolmentOptions, enrolProvider, type Provider, type ProviderKeys } from './provider.ts';

type Role = 'aef' | 'apf';
/** `enrolled`: what the core has answered. Private keys are sealed. */
type KeptProvider = {
  keys: Record<Role, string>;
  enrolled?: (Record<Role, { id: string; cert: string }> & { tokenKeyPem: string }) | undefined;
};

type KeptProviderOptions = EnrolmentOptions & {
  store: Store;
  clock: Clock;
  pause: Pause;
  /** Hears that it waits for the core, before each pause; without it, it does not wait. */
  onWaitingForCore?: ((because: string) => void) | undefined;
};

/** Rejects with EnrolmentError, or with StoreError. */
export async function keptProvider(options: KeptProviderOptions): Promise<Provider> {
  const { store } = options;
  const { kept, put } = store.collection<KeptProvider>('provider');
  const { keys: sealed, enrolled } = kept.get('provider') ?? { keys: await sealedKeys(store) };
  const keys = { aef: keyPair(sealed.aef, store), apf: keyPair(sealed.apf, store) };
  if (enrolled) {
    const known = (role: Role) => ({
      id: enrolled[role].id,
      certificate: { key: keys[role].privateKeyPem, cert: enrolled[role].cert },
    });
    return { aef: known('aef'), apf: known('apf'), tokenKeyPem: enrolled.tokenKeyPem };
  }
  // A registration that is repeated with the same keys finds the domain that it made, if its first answer was lost.
  put('provider', () => ({ keys: sealed }));
  await store.committed();
  const provider = await enrolledAtLast(options, keys);
  const { aef, apf, tokenKeyPem } = provider;
  const answered = ({ id, certificate }: Provider[Role]) => ({ id, cert: certificate.cert });
  put('provider', () => ({ keys: sealed, enrolled: { aef: answered(aef), apf: answered(apf), tokenKeyPem } }));
  await store.committed();
  return provider;
}

async function enrolledAtLast(options: KeptProviderOptions, keys: ProviderKeys): Promise<Provider> {
  const { clock, pause, onWaitingForCore } = options;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await enrolProvider(options, keys);
    } catch (error) {
      if (!onWaitingForCore || !(error instanceof CoreAway)) throw error;
      onWaitingForCore(error.message);
      await new Promise<void>((resolve) => pauseTimer(clock, pause, resolve).start(attempt));
    }
  }
}

async function sealedKeys(store: Store): Promise<Record<Role, string>> {
  const [aef, apf] = await Promise.all([generateKeyPair(), generateKeyPair()]);
  const sealed = ({ privateKeyPem }: KeyPair) => store.seal(Buffer.from(privateKeyPem));
  return { aef: sealed(aef), apf: sealed(apf) };
}

function keyPair(sealed: string, store: Store): ProviderKeys[Role] {
  const privateKeyPem = store.unseal(sealed).toString();
  const publicKeyPem = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString();
  return { privateKeyPem, publicKeyPem };
}
