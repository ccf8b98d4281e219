/**
 * A store of records in a database. What is put within one turn of the event loop, and while a commit is under way, is one
 * transaction: many requests share the cost of making it durable.
 */
import { seal, unseal } from './sealing.ts';
import { type Collection, type Store, StoreError } from './store.ts';

/** `value` is JSON. */
export type Row = { collection: string; id: string; value: string };

export type Database = {
  /** At most `limit` of those whose position is higher, in the order in which they were first put. */
  rowsAfter(position: number, limit: number): Promise<(Row & { position: number })[]>;
  /** In one transaction, which is durable when it resolves; nothing of it is there when it rejects. */
  write(put: readonly Row[], removed: readonly Omit<Row, 'value'>[]): Promise<void>;
  /** Throws if this process may not say any more what is in the database. */
  check?(): void;
  close(): void;
};

const format = '1';
const rowsAtOnce = 1000;

/**
 * @param name of the database, for errors
 * @param key 32 bytes, for `seal`
 * @throws StoreError that says what is wrong with the format, or with the key
 */
export async function recordStore(name: string, database: Database, key: Buffer): Promise<Store> {
  const store = new RecordStore(database, key);
  let last = 0;
  const next = () => database.rowsAfter(last, rowsAtOnce);
  for (let rows = await next(); rows.length > 0; rows = await next()) {
    for (const row of rows) store.add(row);
    last = rows.at(-1)!.position;
  }
  await store.checkFormat(name);
  return store;
}

class RecordStore implements Store {
  readonly #database: Database;
  readonly #key: Buffer;
  readonly #kept = new Map<string, Map<string, unknown>>();
  /** Of records that are not durable yet, what gives their value. */
  #waiting = new Map<string, Map<string, () => unknown>>();
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(database: Database, key: Buffer) {
    this.#database = database;
    this.#key = key;
  }

  /** One that was there before. */
  add({ collection, id, value }: Row): void {
    inside(this.#kept, collection).set(id, JSON.parse(value));
  }

  /** @throws StoreError */
  async checkFormat(name: string): Promise<void> {
    const own = this.collection<{ format: string; sealed: string }>('store');
    const known = own.kept.get('format');
    if (!known) {
      const sealed = this.seal(Buffer.from(format));
      own.put('format', () => ({ format, sealed }));
      return this.committed();
    }
    if (known.format !== format)
      throw new StoreError(
        `${name} has format ${known.format}, and this version reads ${format}: use the version that wrote it`,
      );
    try {
      this.unseal(known.sealed);
    } catch (cause) {
      throw new StoreError(`${name} was written with another key`, { cause });
    }
  }

  collection<T>(name: string): Collection<T> {
    const kept = (this.#kept.get(name) ?? new Map()) as Map<string, T>;
    this.#kept.delete(name);
    return { kept, put: (id, value) => inside(this.#waiting, name).set(id, value) };
  }

  committed(): Promise<void> {
    if (this.#waiting.size === 0) return this.#running ?? this.#checked();
    this.#next ??= this.#afterThisTurn();
    return this.#next;
  }

  seal = (secret: Buffer): string => seal(secret, this.#key);
  unseal = (sealed: string): Buffer => unseal(sealed, this.#key);

  close = (): void => this.#database.close();

  async #checked(): Promise<void> {
    try {
      this.#database.check?.();
    } catch (error) {
      throw failure(error);
    }
  }

  async #afterThisTurn(): Promise<void> {
    await this.#running?.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    this.#next = undefined;
    const running = this.#commit();
    this.#running = running;
    try {
      await running;
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  async #commit(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = new Map();
    try {
      await this.#write(batch);
      this.#database.check?.();
    } catch (error) {
      for (const [name, records] of batch)
        for (const [id, value] of records)
          if (!this.#waiting.get(name)?.has(id)) inside(this.#waiting, name).set(id, value);
      throw failure(error);
    }
  }

  async #write(batch: Map<string, Map<string, () => unknown>>): Promise<void> {
    const put: Row[] = [];
    const removed: Omit<Row, 'value'>[] = [];
    for (const [collection, values] of batch) {
      for (const [id, value] of values) {
        const text = JSON.stringify(value()) as string | undefined;
        if (text === undefined) removed.push({ collection, id });
        else put.push({ collection, id, value: text });
      }
    }
    await this.#database.write(put, removed);
  }
}

const failure = (error: unknown) =>
  new StoreError(`nothing can be made durable: ${(error as Error).message}`, { cause: error });

function inside<T>(maps: Map<string, Map<string, T>>, name: string): Map<string, T> {
  const known = maps.get(name) ?? new Map<string, T>();
  maps.set(name, known);
  return known;
}
