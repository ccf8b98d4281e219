/**
 * The invocation logs that AEFs have posted (TS 29.222 8.7), as long as their provider domain is registered. Each domain
 * has the same room: where a new log takes more, the oldest of the same domain go.
 */
import type { Collection, Store } from '../../store/store.ts';
import type { InvocationLog } from '../../wire/invocations/invocation-log.ts';
import type { IdSource } from '../parties/ids.ts';

type InvocationLogsOptions = {
  ids: IdSource;
  store: Store;
  /** What the logs of one domain may take, as JSON. Its newest is kept in any case. */
  limitBytes: number;
  /** Hears of each log once it is kept; that it is durable comes later. */
  onKept?(log: InvocationLog): void;
};
type KeptLog = { domainId: string; log: InvocationLog };
/** `logs`: the oldest first. */
type OfDomain = { logs: Map<string, { log: InvocationLog; bytes: number }>; bytes: number };

export class InvocationLogs {
  readonly #options: InvocationLogsOptions;
  readonly #domains = new Map<string, OfDomain>();
  readonly #put: Collection<KeptLog>['put'];

  constructor(options: InvocationLogsOptions) {
    this.#options = options;
    const { kept, put } = options.store.collection<KeptLog>('invocation-logs');
    this.#put = put;
    for (const [logId, { domainId, log }] of kept) this.#add(domainId, logId, log);
  }

  /** Gives its id. */
  keep(domainId: string, log: InvocationLog): string {
    const logId = this.#options.ids('invocation-log');
    this.#put(logId, () => ({ domainId, log }));
    this.#add(domainId, logId, log);
    this.#options.onKept?.(log);
    return logId;
  }

  /** The oldest first. */
  ofDomain(domainId: string): InvocationLog[] {
    return [...(this.#domains.get(domainId)?.logs.values() ?? [])].map(({ log }) => log);
  }

  forget(domainId: string): void {
    for (const logId of this.#domains.get(domainId)?.logs.keys() ?? []) this.#put(logId, () => undefined);
    this.#domains.delete(domainId);
  }

  #add(domainId: string, logId: string, log: InvocationLog): void {
    const known = this.#domains.get(domainId) ?? { logs: new Map(), bytes: 0 };
    this.#domains.set(domainId, known);
    const bytes = Buffer.byteLength(JSON.stringify(log));
    known.logs.set(logId, { log, bytes });
    known.bytes += bytes;
    for (const [oldId, old] of known.logs) {
      if (known.bytes <= this.#options.limitBytes || oldId === logId) break;
      known.logs.delete(oldId);
      known.bytes -= old.bytes;
      this.#put(oldId, () => undefined);
    }
  }
}
