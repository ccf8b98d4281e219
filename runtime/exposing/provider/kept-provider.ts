/** A provider that is the same after a restart: it is enrolled once, with keys that are durable before the core has them. */
import { createPublicKey } from 'node:crypto';
import { type Clock, type Pause, pauseTimer } from '../../clock.ts';
import { generateKeyPair, type KeyPair } from '../../credentials/key-pairs.ts';
import type { Store } from '../../store/store.ts';
import {
  aefNameOf,
  apfName,
  CoreAway,
  EnrolmentError,
  type EnrolmentOptions,
  enrolMore,
  enrolProvider,
  type FunctionName,
  type Provider,
  type ProviderKeys,
} from './provider.ts';

/** Who the functions of a provider are, with their private keys: all that another instance of its AEFs needs. As JSON. */
export type ProviderIdentity = {
  functions: Readonly<Record<FunctionName, { id: string; key: string; cert: string }>>;
  tokenKeyPem: string;
};

type Answered = { id: string; cert: string };
/** What the core has answered. `isInstance`: there are other instances of the same AEFs, and it was told who it is. */
type Enrolled = {
  functions: Record<FunctionName, Answered>;
  registrationId?: string | undefined;
  tokenKeyPem: string;
  isInstance?: boolean | undefined;
};
/** As before there were labels. */
type EnrolledFormerly = Record<'aef' | 'apf', Answered> & { tokenKeyPem: string };
/** Private keys are sealed. */
type KeptProvider = { keys: Record<FunctionName, string>; enrolled?: Enrolled | EnrolledFormerly | undefined };

type KeptProviderOptions = Omit<EnrolmentOptions, 'registrationSecret'> & {
  registrationSecret?: string | undefined;
  /** Those of its AEFs; an AEF without one has the empty label. */
  labels: readonly string[];
  store: Store;
  clock: Clock;
  pause: Pause;
  /** Hears that it waits for the core, before each pause; without it, it does not wait. */
  onWaitingForCore?: ((because: string) => void) | undefined;
  /** Who it is, as an instance of AEFs that are enrolled already. Asked for where the store does not say. */
  identity?: (() => Promise<ProviderIdentity>) | undefined;
};
export type KnownProvider = Provider & { isInstance: boolean };

/** Rejects with EnrolmentError, or with StoreError. */
export async function keptProvider(options: KeptProviderOptions): Promise<KnownProvider> {
  const { store, labels, identity, registrationSecret } = options;
  const { kept, put } = store.collection<KeptProvider>('provider');
  const before = kept.get('provider') ?? (identity ? keptOf(await identity(), store) : { keys: {} });
  const enrolled = before.enrolled && enrolledIn(before.enrolled);
  const names = [...labels.map(aefNameOf), apfName];
  const lacking = names.filter((name) => !enrolled?.functions[name]);
  if (enrolled?.isInstance && lacking.length > 0)
    throw new EnrolmentError(`this instance has no "${lacking}": it has what it was given, ${namesIn(enrolled)}`);
  const sealed = {
    ...before.keys,
    ...(await sealedKeys(
      names.filter((name) => !before.keys[name]),
      store,
    )),
  };
  // A registration that is repeated with the same keys finds the domain that it made, if its first answer was lost.
  put('provider', () => ({ keys: sealed, enrolled }));
  await store.committed();
  const keys = mapped(sealed, (key) => keyPair(key, store));
  const known = enrolled && knownWith(enrolled, keys);
  if (known && lacking.length === 0) return known;
  if (registrationSecret === undefined) throw new EnrolmentError('an AEF is enrolled with a registration secret');
  const provider = await enrolledAtLast({ ...options, registrationSecret }, keys, known);
  put('provider', () => ({ keys: sealed, enrolled: answered(provider) }));
  await store.committed();
  return { ...provider, isInstance: false };
}

export const identityOf = ({ functions, tokenKeyPem }: Provider): ProviderIdentity => ({
  functions: mapped(functions, ({ id, certificate: { key, cert } }) => ({ id, key, cert })),
  tokenKeyPem,
});

async function enrolledAtLast(
  options: KeptProviderOptions & EnrolmentOptions,
  keys: ProviderKeys,
  known: Provider | undefined,
): Promise<Provider> {
  const { clock, pause, onWaitingForCore } = options;
  for (let attempt = 0; ; attempt += 1) {
    try {
      if (!known) return await enrolProvider(options, keys);
      // An earlier version has not kept how its domain is called.
      const { registrationId = (await enrolProvider(options, keysOf(known, keys))).registrationId } = known;
      return await enrolMore(options, { ...known, registrationId }, keys);
    } catch (error) {
      if (!onWaitingForCore || !(error instanceof CoreAway)) throw error;
      onWaitingForCore(error.message);
      await new Promise<void>((resolve) => pauseTimer(clock, pause, resolve).start(attempt));
    }
  }
}

const enrolledIn = (enrolled: Enrolled | EnrolledFormerly): Enrolled => {
  if ('functions' in enrolled) return enrolled;
  const { tokenKeyPem, ...functions } = enrolled;
  return { functions, tokenKeyPem };
};

const knownWith = ({ functions, isInstance = false, ...others }: Enrolled, keys: ProviderKeys): KnownProvider => ({
  ...others,
  isInstance,
  functions: mapped(functions, ({ id, cert }, name) => ({ id, certificate: { key: keys[name]!.privateKeyPem, cert } })),
});

const answered = ({ functions, ...others }: Provider): Enrolled => ({
  ...others,
  functions: mapped(functions, ({ id, certificate }) => ({ id, cert: certificate.cert })),
});

const keptOf = ({ functions, tokenKeyPem }: ProviderIdentity, store: Store): KeptProvider => ({
  keys: mapped(functions, ({ key }) => store.seal(Buffer.from(key))),
  enrolled: { functions: mapped(functions, ({ id, cert }) => ({ id, cert })), tokenKeyPem, isInstance: true },
});

const keysOf = ({ functions }: Provider, keys: ProviderKeys): ProviderKeys =>
  mapped(functions, (_, name) => keys[name]!);

const namesIn = ({ functions }: Enrolled) => Object.keys(functions).join(', ');

async function sealedKeys(names: readonly FunctionName[], store: Store): Promise<Record<FunctionName, string>> {
  const pairs = await Promise.all(names.map(() => generateKeyPair()));
  const sealed = ({ privateKeyPem }: KeyPair) => store.seal(Buffer.from(privateKeyPem));
  return Object.fromEntries(names.map((name, n) => [name, sealed(pairs[n]!)]));
}

function keyPair(sealed: string, store: Store): KeyPair {
  const privateKeyPem = store.unseal(sealed).toString();
  const publicKeyPem = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString();
  return { privateKeyPem, publicKeyPem };
}

const mapped = <T, U>(record: Readonly<Record<string, T>>, to: (value: T, name: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value, name)]));
