/**
 * Tells the core which invocations this AEF has answered (TS 29.222 5.8.2.2): in batches, one after another, beside the
 * serving, which never waits for it. What the core has not taken waits, as far as there is room.
 */
import { type Clock, type Pause, pauseTimer } from '../../clock.ts';
import { owned } from '../../owned.ts';
import { waitAskedForMs } from '../../transport/answer-headers.ts';
import type { ExchangeOutcome } from '../../transport/connector.ts';
import { noAnswer } from '../../transport/exchange-facts.ts';
import type { CallHead } from '../../transport/http-service.ts';
import type { HttpRequest } from '../../wire/http-message.ts';
import type { Log } from '../../wire/invocations/invocation-log.ts';
import { writeInvocationLogRequest } from '../../wire/invocations/logging-api.ts';
import { addressOf } from '../../wire/service-api-description.ts';

type InvocationLoggingOptions = {
  apiName: string;
  /** Where invokers reach the AEF; `apiId` is undefined until its publication is acknowledged. */
  own(): { aefId: string; apiId: string | undefined; host: string; port: number };
  /** Over CAPIF-3. */
  post(request: HttpRequest): Promise<ExchangeOutcome>;
  clock: Clock;
  pause: Pause;
  onError(error: unknown): void;
  /** How many bytes of logs wait for the core. */
  onLogsWaiting?: ((bytes: number) => void) | undefined;
};
/** A log, once the core has said what it calls the API. */
type LogOf = (apiId: string) => Log;
type Waiting = { logOf: LogOf; bytes: number };

/** A core may take bodies of 64 KiB and no more. */
const batchBytes = 32 * 1024;
const waitingBytes = 4 * 1024 * 1024;
/** How long the first log of a batch waits for others. */
const gatherMs = 1_000;

export class InvocationLogging {
  readonly #options: InvocationLoggingOptions;
  /** By API invoker, the one that has waited longest first: an InvocationLog is about one. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #again: ReturnType<typeof pauseTimer>;
  #bytes = 0;
  #attempts = 0;
  #posting: Promise<void> | undefined;
  #stopGathering: (() => void) | undefined;
  #isClosed = false;
  /** It has been said that logs are not taken, or that there is no more room for them. */
  #isReported = false;

  constructor(options: InvocationLoggingOptions) {
    this.#options = options;
    this.#again = pauseTimer(options.clock, options.pause, () => this.#post());
  }

  /** An invocation has come; the answer is to be called with the status of its answer. */
  begin({ method, url, socket }: CallHead, apiInvokerId: string): (status: number) => void {
    const { apiName, own, clock } = this.#options;
    const began = clock.now();
    const { remoteAddress, remotePort } = socket;
    // What the query says may be secret.
    const [, , apiVersion = '', ...resource] = url.split('?')[0]!.split('/');
    return (status) => {
      const { host, port } = own();
      const log = {
        apiName,
        apiVersion: apiVersion.slice(0, 64),
        resourceName: resource.join('/').slice(0, 256),
        protocol: 'HTTP_1_1',
        operation: method,
        result: String(status),
        invocationTime: new Date(began).toISOString(),
        invocationLatency: Math.max(0, Math.round(clock.now() - began)),
        ...(remoteAddress && remotePort
          ? { srcInterface: { ...addressOf(remoteAddress.replace(/^::ffff:/, '')), port: remotePort } }
          : {}),
        destInterface: { ...addressOf(host), port },
      };
      this.#add(apiInvokerId, (apiId) => ({ apiId, ...log }));
    };
  }

  /** What waits is posted once more, for at most so long. */
  async close(withinMs: number): Promise<void> {
    this.#stopGathering?.();
    this.#again.stop();
    if (withinMs > 0 && this.#waiting.size > 0) {
      this.#post();
      await this.#posted(withinMs);
    }
    this.#isClosed = true;
    this.#stopGathering?.();
    this.#again.stop();
  }

  #add(apiInvokerId: string, logOf: LogOf): void {
    const bytes = Buffer.byteLength(JSON.stringify(logOf(this.#options.own().apiId ?? '')));
    if (this.#isClosed) return;
    if (this.#bytes + bytes > waitingBytes) return this.#report('there is no more room for them');
    const own = this.#waiting.get(apiInvokerId) ?? [];
    this.#waiting.set(apiInvokerId, own);
    own.push({ logOf, bytes });
    this.#bytes += bytes;
    this.#options.onLogsWaiting?.(this.#bytes);
    this.#gather();
  }

  #gather(): void {
    if (this.#isClosed || this.#waiting.size === 0 || this.#attempts > 0 || this.#posting) return;
    this.#stopGathering ??= this.#options.clock.after(gatherMs, () => {
      this.#stopGathering = undefined;
      this.#post();
    });
  }

  #post(): void {
    if (this.#posting) return;
    this.#posting = this.#postAll().finally(() => {
      this.#posting = undefined;
      this.#gather();
    });
    owned(this.#posting, this.#options.onError, () => {});
  }

  async #posted(withinMs: number): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(withinMs, resolve);
    });
    await Promise.race([late, this.#posting?.catch(() => {})]);
    cancel();
  }

  /** Until nothing waits, or the core takes nothing. */
  async #postAll(): Promise<void> {
    for (const [apiInvokerId, own] of this.#waiting) {
      const { aefId, apiId } = this.#options.own();
      if (apiId === undefined) return this.#later();
      const { post, clock } = this.#options;
      const batch = firstOf(own);
      const logs = batch.map(({ logOf }) => logOf(apiId));
      const outcome = await post(writeInvocationLogRequest({ aefId, apiInvokerId, logs }));
      if (this.#isClosed) return;
      const because = whyNot(outcome);
      if (because) this.#report(because);
      if (because && isForLater(outcome)) {
        if (outcome.outcome === 'answered') this.#again.atLeast(waitAskedForMs(outcome, clock));
        return this.#later();
      }
      if (!because) this.#isReported = false;
      this.#attempts = 0;
      this.#taken(apiInvokerId, own, batch);
    }
  }

  /** Others have their turn before the rest of this one's; a Map goes on with what is put in meanwhile. */
  #taken(apiInvokerId: string, own: Waiting[], batch: Waiting[]): void {
    own.splice(0, batch.length);
    for (const { bytes } of batch) this.#bytes -= bytes;
    this.#options.onLogsWaiting?.(this.#bytes);
    this.#waiting.delete(apiInvokerId);
    if (own.length > 0) this.#waiting.set(apiInvokerId, own);
  }

  #later(): void {
    this.#again.start(this.#attempts);
    this.#attempts += 1;
  }

  #report(because: string): void {
    if (!this.#isReported) this.#options.onError(new Error(`invocation logs are not kept by the core: ${because}`));
    this.#isReported = true;
  }
}

/** At least one. */
function firstOf(own: readonly Waiting[]): Waiting[] {
  let bytes = 0;
  const end = own.findIndex((one, n) => {
    bytes += one.bytes;
    return n > 0 && bytes > batchBytes;
  });
  return own.slice(0, end < 0 ? own.length : end);
}

function whyNot(outcome: ExchangeOutcome): string | undefined {
  if (outcome.outcome !== 'answered') return noAnswer(outcome);
  return outcome.status >= 200 && outcome.status < 300 ? undefined : `it answers ${outcome.status}`;
}

/** The same logs may be taken another time. What a core refuses as such (4xx), it will not take later either. */
const isForLater = (outcome: ExchangeOutcome): boolean =>
  outcome.outcome !== 'answered' || outcome.status === 429 || (outcome.status >= 500 && outcome.status !== 501);
