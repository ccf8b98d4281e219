/**
 * The demonstration: a core, an exposing function with its publisher, and an invoker over real TLS on loopback. The AEF
 * changes its security method again and again, and each time the invoker must end up invoking with the updated one (6.7).
 */
import type { Amendment, SecurityMethod } from '../../machines/vocabulary.ts';
import { defaultPause, type Pause } from '../clock.ts';
import { createCoreFunction } from '../core/core-function.ts';
import { readableIds } from '../core/parties/ids.ts';
import { createAuthority } from '../credentials/certificates.ts';
import { createExposingFunction, type ExposingFunction } from '../exposing/exposing-function.ts';
import { InvocationError } from '../invoker/fetch/invocation-error.ts';
import { createInvoker, type Invoker } from '../invoker/invoker.ts';
import type { Recorder } from '../participant.ts';
import type { PublicationNetwork } from '../publishing/service-api-resource.ts';
import type { TlsVersion } from '../transport/tls-profile.ts';
import { applicationServer, loopback } from './application-server.ts';
import { type Counter, counter } from './counter.ts';

/** What happens to each publication of a change on its way to the core. `lost`: its first copy is. */
export type PublicationFate = { fate: 'prompt' } | { fate: 'late'; ms: number } | { fate: 'lost' };

export type MethodChangesOptions = {
  /** The AEF's method to begin with, and those it changes to, one after another. */
  methods: readonly SecurityMethod[];
  amendments: readonly Amendment[];
  publication: PublicationFate;
  /** Every connection in this version; without it TLS 1.2 on CAPIF-1e, where Annex A is defined, and either elsewhere. */
  tls?: TlsVersion | undefined;
  /** The invoker subscribes to updates at the core, and each invocation after a change waits until it has heard of the change. */
  notified?: boolean;
  /** An invocation is given up after so many refusals */
  refusalsMax: number;
  /** The wait for one change ends after so long. */
  patienceMs: number;
  /** Between one attempt and the next, of every role. */
  pause?: Pause;
  record: Recorder;
  /** Called before each change, and at the end of each. */
  onChange?(change: { from: SecurityMethod; to: SecurityMethod } | Change): void;
};

export type Change = {
  from: SecurityMethod;
  to: SecurityMethod;
  converged: boolean;
  /** How often the AEF refused: with the indication of an incorrect method, or in the TLS handshake. */
  refused: number;
  /** How often the invoker asked the core for the updated method. */
  renegotiations: number;
  /** HTTP requests the invoker made, from the change to the one served with the updated method. */
  requests: number;
  /** Invocations that were still served with the old method, before the core had the update. */
  servedWithOldMethod: number;
  /** From the first invocation after the change to the answer that was served with the updated method. */
  ms: number;
  /** Why it did not converge. */
  because?: string;
};

type MethodChangesResult = {
  schema: 1;
  converged: boolean;
  amendments: readonly Amendment[];
  changes: Change[];
};

/** All six ordered pairs of methods, one after another. */
export const allPairs: readonly SecurityMethod[] = ['PSK', 'PKI', 'PSK', 'OAUTH', 'PKI', 'OAUTH', 'PSK'];

export async function methodChanges(options: MethodChangesOptions): Promise<MethodChangesResult> {
  const { methods, amendments, publication, tls, record, pause = defaultPause, onChange = () => {} } = options;
  const { notified = false } = options;
  const [first, ...others] = methods;
  if (!first) throw new RangeError('the AEF needs a method to begin with');
  const counts = counter();
  const recorded: Recorder = (line) => {
    counts.count(line);
    record(line);
  };
  const pinned = tls ? { minVersion: tls, maxVersion: tls } : {};
  const common = { amendments, pause, record: recorded, tls: pinned, tlsToCore: pinned };

  const authority = await createAuthority({ name: 'capif run', now: Date.now() });
  const core = await createCoreFunction({
    ...common,
    authority,
    ids: readableIds(),
    notifications: { hosts: [loopback] },
  });
  const at = { host: core.host, port: core.port, ca: core.ca };
  const closing: (() => unknown)[] = [() => core.close()];
  try {
    const aef = await createExposingFunction({
      ...common,
      core: at,
      registrationSecret: core.registrationSecret,
      apiName: 'greetings',
      methods: [first],
      serve: ({ securityMethod }) => ({ status: 200, body: securityMethod }),
      network: network(publication),
    });
    closing.unshift(() => aef.close());
    await aef.settled();
    const application = notified ? await applicationServer(authority) : undefined;
    if (application) closing.unshift(application.close);
    const onboardingToken = await core.onboardingToken('capif run');
    const invoker = createInvoker({
      core: at,
      onboardingToken,
      amendments,
      pause,
      record: recorded,
      ...(tls ? { tlsToCore: pinned, tlsToAef: pinned } : {}),
      ...(application && { notificationDestination: application.uri }),
    });
    application?.server.on('request', invoker.takeNotification);
    closing.unshift(() => invoker.close());
    await invoke(invoker, aef);

    const changes: Change[] = [];
    let from = first;
    for (const to of others) {
      onChange({ from, to });
      const change = await afterChange(from, to, { ...options, invoker, aef, counts });
      changes.push(change);
      onChange(change);
      if (!change.converged) break;
      from = to;
    }
    const converged = changes.length === others.length && changes.every((change) => change.converged);
    if (converged) await invoker.offboard();
    return { schema: 1, converged, amendments, changes };
  } finally {
    for (const close of closing) await close();
  }
}

const path = '/greetings/v1/hello';

/** The service answers with the method it was invoked with. */
async function invoke(invoker: Invoker, aef: ExposingFunction, signal?: AbortSignal): Promise<string> {
  const response = await invoker.fetch(path, { aefId: aef.aefId, signal: signal ?? null });
  return response.text();
}

type Running = MethodChangesOptions & { invoker: Invoker; aef: ExposingFunction; counts: Counter };

async function afterChange(from: SecurityMethod, to: SecurityMethod, running: Running): Promise<Change> {
  const { aef, invoker, counts, publication, notified, refusalsMax, patienceMs } = running;
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), patienceMs);
  counts.onRefusal = (refused) => {
    if (refused >= refusalsMax) patience.abort();
  };
  counts.reset();
  const heard = new Promise<void>((resolve) => {
    counts.onNotification = resolve;
  });
  const changed = Promise.all([aef.changeMethods([to]), notified && heard]);
  // Where nothing converges, the AEF is closed before the core knows.
  changed.catch(() => {});
  if (publication.fate === 'prompt') await before(changed, patience.signal);
  const started = performance.now();
  let servedWithOldMethod = 0;
  const result = (more: { converged: boolean; because?: string }): Change => {
    const { refused, renegotiations, requests } = counts;
    const ms = Math.round((performance.now() - started) * 10) / 10;
    return { from, to, refused, renegotiations, requests, servedWithOldMethod, ms, ...more };
  };
  try {
    while ((await invoke(invoker, aef, patience.signal)) !== to) {
      servedWithOldMethod += 1;
      if (!(await before(changed, patience.signal))) {
        const who = notified ? 'the invoker was not notified' : 'the core did not have the update';
        return result({ converged: false, because: `${who} within ${patienceMs} ms` });
      }
    }
    return result({ converged: true });
  } catch (error) {
    if (!(error instanceof InvocationError || patience.signal.aborted)) throw error;
    return result({ converged: false, because: whyNot(error, counts.refused, running) });
  } finally {
    clearTimeout(timer);
  }
}

function whyNot(error: unknown, refused: number, { refusalsMax, patienceMs }: Running): string {
  if (error instanceof InvocationError) return error.message;
  if (refused >= refusalsMax) return `refused ${refused} times in a row, which nothing in the text bounds or ends`;
  return `not served within ${patienceMs} ms`;
}

/** Whether the promise resolves before the signal aborts. */
const before = (promise: Promise<unknown>, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return resolve(false);
    signal.addEventListener('abort', () => resolve(false), { once: true });
    promise.then(() => resolve(true), reject);
  });

/** The first publication, before any change, always arrives at once. */
function network(publication: PublicationFate): PublicationNetwork {
  const seen = new Set<number>([1]);
  return async (revision, send) => {
    const firstCopy = !seen.has(revision);
    seen.add(revision);
    if (publication.fate === 'lost' && firstCopy)
      return { outcome: 'cut', because: 'lost on its way', mayHaveBeenExecuted: true };
    if (publication.fate === 'late' && firstCopy)
      await new Promise((resolve) => setTimeout(resolve, publication.ms).unref());
    return send();
  };
}
