/** What a role that runs as a process counts, in the format of Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { TraceLine } from '../../machines/steps/trace.ts';

export type Metrics = {
  step(line: TraceLine): void;
  error(): void;
  handshakeFailure(): void;
  /** What a limit has refused or ended. */
  limit(name: string): void;
  /** How many methods an AEF still accepts that it has withdrawn, while the core does not know. */
  withdrawnMethods(count: number): void;
  /** What has become of a notification of the core. */
  notification(outcome: string): void;
  /** Of the invocation logs of an AEF. */
  logBytesWaiting(bytes: number): void;
  /** Content type and text of `GET /metrics`. */
  exposition(): Promise<{ contentType: string; text: string }>;
};

export function metricsOf(role: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const steps = counter('capif_steps_total', 'steps of machines, by event', ['machine', 'event']);
  const unexpected = counter('capif_unexpected_events_total', 'events that no transition of the state names', [
    'machine',
  ]);
  const answers = counter('capif_answers_total', 'messages that a machine has sent', ['machine', 'message']);
  const errors = counter('capif_errors_total', 'errors within the role');
  const handshakeFailures = counter('capif_handshake_failures_total', 'TLS handshakes that failed');
  const limits = counter('capif_limited_total', 'what a limit has refused or ended', ['limit']);
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  const notifications = counter('capif_notifications_total', 'notifications of the core', ['outcome']);
  const logBytes = gauge('capif_invocation_log_bytes_waiting', 'invocation logs that the core does not have yet');
  const withdrawn = gauge(
    'capif_withdrawn_methods_accepted',
    'withdrawn methods that the AEF still accepts, because the core does not know yet',
  );
  return {
    step({ role: machine, event, effects, unexpected: isUnexpected }) {
      steps.inc({ machine, event: event.type });
      if (isUnexpected) unexpected.inc({ machine });
      for (const effect of effects as { type: string; message?: { type: string } }[])
        if (effect.message) answers.inc({ machine, message: effect.message.type });
    },
    error: () => errors.inc(),
    handshakeFailure: () => handshakeFailures.inc(),
    limit: (name) => limits.inc({ limit: name }),
    notification: (outcome) => notifications.inc({ outcome }),
    logBytesWaiting: (bytes) => logBytes.set(bytes),
    withdrawnMethods: (count) => withdrawn.set(count),
    exposition: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
