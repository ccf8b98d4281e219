/**
 * Tells the core which invocations this AEF has answered (TS 29.222 5.8.2.2): in batches, one after another, beside the
 * serving. What the core has not taken waits, as far as there is room, and is durable before the invocation is answered.
 */
import { type Clock, type Pause, pauseTimer } from '../../clock.ts';
import { owned } from '../../owned.ts';
import type { Store } from '../../store/store.ts';
import { waitAskedForMs } from '../../transport/answer-headers.ts';
import type { ExchangeOutcome } from '../../transport/connector.ts';
import { noAnswer } from '../../transport/exchange-facts.ts';
import type { CallHead } from '../../transport/http-service.ts';
import type { HttpRequest } from '../../wire/http-message.ts';
import type { Log } from '../../wire/invocations/invocation-log.ts';
import { writeInvocationLogRequest } from '../../wire/invocations/logging-api.ts';
import { addressOf } from '../../wire/service-api-description.ts';
import { type Batch, type WaitingLog, WaitingLogs } from './waiting-logs.ts';

type InvocationLoggingOptions = {
  apiName: string;
  /** Where invokers reach the AEF; `apiId` is undefined until its publication is acknowledged. */
  own(): { aefId: string; apiId: string | undefined; host: string; port: number };
  /** Over CAPIF-3. */
  post(request: HttpRequest): Promise<ExchangeOutcome>;
  store: Store;
  clock: Clock;
  pause: Pause;
  onError(error: unknown): void;
  /** How many bytes of logs wait for the core. */
  onLogsWaiting?: ((bytes: number) => void) | undefined;
};

/** How long the first log of a batch waits for others. */
const gatherMs = 1_000;

export class InvocationLogging {
  readonly #options: InvocationLoggingOptions;
  readonly #waiting: WaitingLogs;
  readonly #again: ReturnType<typeof pauseTimer>;
  #attempts = 0;
  #posting: Promise<void> | undefined;
  #stopGathering: (() => void) | undefined;
  #isClosed = false;
  /** What has gone wrong and has been said. */
  readonly #reported = new Set<'not taken' | 'no room' | 'not durable'>();
  #lost = 0;

  constructor(options: InvocationLoggingOptions) {
    this.#options = options;
    this.#waiting = new WaitingLogs(options.store);
    this.#again = pauseTimer(options.clock, options.pause, () => this.#post());
    if (this.#waiting.bytes > 0) this.#changed();
    this.#gather();
  }

  /**
   * An invocation has come; the answer is to be called with the status of its answer. It resolves when the log is durable, or is
   * reported not to be: the invocation has been executed, so it is answered in any case.
   */
  begin({ method, url, socket }: CallHead, apiInvokerId: string): (status: number) => Promise<void> {
    const { apiName, own, clock } = this.#options;
    const began = clock.now();
    const { remoteAddress, remotePort } = socket;
    // What the query says may be secret.
    const [, , apiVersion = '', ...resource] = url.split('?')[0]!.split('/');
    return (status) => {
      const { host, port } = own();
      return this.#add(apiInvokerId, {
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
      });
    };
  }

  /** What waits is posted once more, for at most so long; the rest is for the next AEF that has this store. */
  async close(withinMs: number): Promise<void> {
    if (this.#isClosed) return;
    this.#stopGathering?.();
    this.#again.stop();
    if (withinMs > 0 && this.#waiting.bytes > 0) {
      this.#post();
      await this.#posted(withinMs);
    }
    this.#isClosed = true;
    this.#stopGathering?.();
    this.#again.stop();
  }

  async #add(apiInvokerId: string, log: WaitingLog): Promise<void> {
    if (!this.#waiting.add(apiInvokerId, log)) {
      this.#lost += 1;
      return this.#report('no room', 'invocation logs are lost: there is no more room for them');
    }
    this.#changed();
    this.#gather();
    await this.#committed();
  }

  #changed(): void {
    this.#options.onLogsWaiting?.(this.#waiting.bytes);
  }

  #gather(): void {
    if (this.#isClosed || this.#waiting.bytes === 0 || this.#attempts > 0 || this.#posting) return;
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
    for (let batch = this.#waiting.first(); batch; batch = this.#waiting.first()) {
      const { own, post, clock } = this.#options;
      const { aefId, apiId } = own();
      if (apiId === undefined) return this.#later();
      const logs = batch.logs.map((log) => ({ apiId, ...log }) as Log);
      const outcome = await post(writeInvocationLogRequest({ aefId, apiInvokerId: batch.apiInvokerId, logs }));
      if (this.#isClosed) return;
      const because = whyNot(outcome);
      if (because) this.#report('not taken', `invocation logs are not kept by the core: ${because}`);
      if (because && isForLater(outcome)) {
        if (outcome.outcome === 'answered') this.#again.atLeast(waitAskedForMs(outcome, clock));
        return this.#later();
      }
      if (!because) this.#reported.delete('not taken');
      await this.#done(batch);
    }
  }

  /** After a SIGKILL, no batch is posted again but the one that was under way. */
  async #done(batch: Batch): Promise<void> {
    this.#attempts = 0;
    this.#waiting.remove(batch);
    this.#changed();
    if (this.#lost > 0)
      this.#options.onError(new Error(`there is room for invocation logs again; ${this.#lost} were lost`));
    this.#lost = 0;
    this.#reported.delete('no room');
    await this.#committed();
  }

  async #committed(): Promise<void> {
    try {
      await this.#waiting.committed();
      this.#reported.delete('not durable');
    } catch (error) {
      if (!this.#isClosed)
        this.#report('not durable', `invocation logs that wait would not outlive the AEF: ${(error as Error).message}`);
    }
  }

  #later(): void {
    this.#again.start(this.#attempts);
    this.#attempts += 1;
  }

  #report(what: 'not taken' | 'no room' | 'not durable', message: string): void {
    if (!this.#reported.has(what)) this.#options.onError(new Error(message));
    this.#reported.add(what);
  }
}

function whyNot(outcome: ExchangeOutcome): string | undefined {
  if (outcome.outcome !== 'answered') return noAnswer(outcome);
  return outcome.status >= 200 && outcome.status < 300 ? undefined : `it answers ${outcome.status}`;
}

/** The same logs may be taken another time. What a core refuses as such (4xx), it will not take later either. */
const isForLater = (outcome: ExchangeOutcome): boolean =>
  outcome.outcome !== 'answered' || outcome.status === 429 || (outcome.status >= 500 && outcome.status !== 501);
