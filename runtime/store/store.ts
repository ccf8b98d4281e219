/**
 * What a role keeps across its restarts: records by name and id, as JSON. A role puts records while it steps, and lets
 * nothing leave (an answer, a request to another role) before `committed` has resolved.
 */

/** A record is any JSON value; secrets in it are sealed. `T` is what this version of the role writes and reads. */
export type Collection<T> = {
  /** As they were when the store was opened. */
  readonly kept: ReadonlyMap<string, T>;
  /** Written with the next commit, as `value` gives it at that moment; removed if that is undefined. */
  put(id: string, value: () => T | undefined): void;
};

export type Store = {
  /** Call it once for each name, before anything is put. */
  collection<T>(name: string): Collection<T>;
  /** Resolves when all that has been put so far is durable. Rejects with StoreError; what was put waits for the next call. */
  committed(): Promise<void>;
  /** A secret as a text that only this store can read again. */
  seal(secret: Buffer): string;
  unseal(sealed: string): Buffer;
  close(): void;
};

/** Nothing could be made durable: a full disk, a folder that is read-only. */
export class StoreError extends Error {
  override name = 'StoreError';
}

/** Keeps nothing: for roles that end with their process. */
export const noStore: Store = {
  collection: () => ({ kept: new Map(), put: () => {} }),
  committed: async () => {},
  seal: (secret) => secret.toString('base64'),
  unseal: (sealed) => Buffer.from(sealed, 'base64'),
  close: () => {},
};
