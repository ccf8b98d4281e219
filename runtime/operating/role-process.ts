/**
 * A role as a process: its log, its trace, its metrics, and its end. The first SIGTERM or SIGINT ends it in order: no new
 * connection, what is under way is answered, exit 0. A second one ends it at once.
 */
import { type Recorder, reportingRecorder } from '../participant.ts';
import { traceFile } from '../trace-file.ts';
import { metricsOf } from './metrics.ts';
import { type OperatorListener, operatorListener } from './operator-listener.ts';
import { type LogLevel, type logFormats, type RoleLog, roleLog } from './role-log.ts';

export type OperatingOptions = {
  logLevel: LogLevel;
  logFormat: (typeof logFormats)[number];
  /** The port of health and metrics on 127.0.0.1; none without it. */
  operatorPort?: number | undefined;
  trace?: string | undefined;
};

/** What a role is given to be observed with. */
export type Observers = {
  log: RoleLog;
  record: Recorder;
  onError(error: unknown): void;
  onHandshakeFailure(failure: { error: string }): void;
  onLimit(limit: string): void;
  /** Of an AEF: the methods that it still accepts although they are withdrawn. */
  onMethodsPending(stillAccepted: readonly string[]): void;
  onLogsWaiting(bytes: number): void;
  /** Of a core. */
  onNotification(outcome: string): void;
};

/** A role that runs. `ready`: the lines of standard output that say so. */
export type Running = { ready: readonly string[]; stop(): Promise<void> };

/**
 * Observers that log, count and record; `close` them last. `goesOn`: a trace of before is continued. `output`: where the log goes, by
 * default standard error. Rejects if the trace or the port cannot be opened.
 */
export async function observe(
  role: string,
  { logLevel, logFormat, operatorPort, trace }: OperatingOptions,
  { goesOn = false, output }: { goesOn?: boolean; output?: NodeJS.WritableStream } = {},
) {
  const log = roleLog({ role, level: logLevel, format: logFormat, ...(output && { output }) });
  const metrics = metricsOf(role);
  const onError = (error: unknown): void => {
    metrics.error();
    log.say('error', error instanceof Error ? error.message : String(error));
  };
  const file = trace === undefined ? undefined : traceFile(trace, { goesOn });
  const keep = reportingRecorder((line) => file?.record(line), onError);
  let isReady = false;
  const operator: OperatorListener | undefined =
    operatorPort === undefined ? undefined : await operatorListener(operatorPort, { isReady: () => isReady, metrics });
  const observers: Observers = {
    log,
    record(line) {
      log.step(line);
      metrics.step(line);
      keep(line);
    },
    onError,
    onHandshakeFailure({ error }) {
      metrics.handshakeFailure();
      log.say('debug', `a TLS handshake failed: ${error}`);
    },
    onLimit: metrics.limit,
    onLogsWaiting: metrics.logBytesWaiting,
    onNotification: metrics.notification,
    onMethodsPending(stillAccepted) {
      metrics.withdrawnMethods(stillAccepted.length);
      if (stillAccepted.length === 0) return log.say('info', 'no withdrawn method is accepted any more');
      log.say(
        'warn',
        `until the core knows, ${stillAccepted.join(', ')} is still accepted; "capif expose withdraw" ends it`,
      );
    },
  };
  return {
    observers,
    ready(value: boolean): void {
      isReady = value;
      if (value && operator) log.say('info', `health and metrics are at http://127.0.0.1:${operator.port}`);
    },
    close(): void {
      operator?.close();
      file?.close();
    },
  };
}

/** Resolves when the role has ended in order. */
export async function runRole(
  role: string,
  options: OperatingOptions,
  start: (observers: Observers) => Promise<Running>,
): Promise<void> {
  const { observers, ready, close } = await observe(role, options, { goesOn: true });
  try {
    const running = await start(observers);
    for (const line of running.ready) console.log(line);
    ready(true);
    await firstSignal(observers.log);
    ready(false);
    await running.stop();
  } finally {
    close();
  }
}

function firstSignal(log: RoleLog): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(signal === 'SIGINT' ? 130 : 143);
        isStopping = true;
        log.say('info', `${signal}: stopping; a second signal ends at once`);
        resolve();
      });
    }
  });
}
