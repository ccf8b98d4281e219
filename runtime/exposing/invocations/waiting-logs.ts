/**
 * Invocation logs that the core has not taken yet: in the order in which API invokers have waited longest, in the store of the AEF,
 * and in no more room than there is for them.
 */
import type { Collection, Store } from '../../store/store.ts';
import type { Log } from '../../wire/invocations/invocation-log.ts';

/** What the core calls the API is known when it is posted. */
export type WaitingLog = Omit<Log, 'apiId'>;
type Kept = { apiInvokerId: string; log: WaitingLog };
type Waiting = { id: string; log: WaitingLog; bytes: number };
/** Of one API invoker, as an InvocationLog is. */
export type Batch = { apiInvokerId: string; logs: readonly WaitingLog[] };

/** A core may take bodies of 64 KiB and no more. */
const batchBytes = 32 * 1024;
const roomBytes = 4 * 1024 * 1024;

export class WaitingLogs {
  readonly #store: Store;
  readonly #put: Collection<Kept>['put'];
  readonly #ofInvokers = new Map<string, Waiting[]>();
  #nextId = 0;
  #bytes = 0;

  constructor(store: Store) {
    this.#store = store;
    const { kept, put } = store.collection<Kept>('waiting-invocation-logs');
    this.#put = put;
    for (const [id, { apiInvokerId, log }] of kept) {
      this.#nextId = Number(id) + 1;
      this.#wait(apiInvokerId, { id, log, bytes: bytesOf(log) });
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False if there is no room: the log is lost. */
  add(apiInvokerId: string, log: WaitingLog): boolean {
    const bytes = bytesOf(log);
    if (this.#bytes + bytes > roomBytes) return false;
    const id = String(this.#nextId);
    this.#nextId += 1;
    this.#wait(apiInvokerId, { id, log, bytes });
    this.#put(id, () => ({ apiInvokerId, log }));
    return true;
  }

  /** At least one log; undefined if none waits. */
  first(): Batch | undefined {
    for (const [apiInvokerId, own] of this.#ofInvokers)
      return { apiInvokerId, logs: firstOf(own).map(({ log }) => log) };
    return undefined;
  }

  /** These wait no more. Others have their turn before the rest of this API invoker. */
  remove({ apiInvokerId, logs }: Batch): void {
    const own = this.#ofInvokers.get(apiInvokerId)!;
    for (const { id, bytes } of own.splice(0, logs.length)) {
      this.#put(id, () => undefined);
      this.#bytes -= bytes;
    }
    this.#ofInvokers.delete(apiInvokerId);
    if (own.length > 0) this.#ofInvokers.set(apiInvokerId, own);
  }

  /** Resolves when it is durable what waits. Rejects with StoreError. */
  committed = (): Promise<void> => this.#store.committed();

  #wait(apiInvokerId: string, waiting: Waiting): void {
    const own = this.#ofInvokers.get(apiInvokerId) ?? [];
    this.#ofInvokers.set(apiInvokerId, own);
    own.push(waiting);
    this.#bytes += waiting.bytes;
  }
}

const bytesOf = (log: WaitingLog): number => Buffer.byteLength(JSON.stringify(log));

function firstOf(own: readonly Waiting[]): readonly Waiting[] {
  let bytes = 0;
  const end = own.findIndex((one, n) => {
    bytes += one.bytes;
    return n > 0 && bytes > batchBytes;
  });
  return own.slice(0, end < 0 ? own.length : end);
}
