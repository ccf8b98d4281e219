/**
 * Did the runtime do what the model does? Every line of the recorded traces must be a step of the model, and every message
 * that a role received must have been sent before, wherever that was recorded.
 */
import { type MachineId, machines, roleOf } from '../../machines/roles.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { Role } from '../../machines/vocabulary.ts';
import { type Exchange, Replay } from './trace-replay.ts';

type Conformance =
  | {
      outcome: 'conforms';
      lines: number;
      instances: number;
      messages: number;
      /** Roles that the traces lack. If there are any, received messages are not compared with sent ones. */
      absent: Role[];
    }
  /** `line` counts from 1, within the trace with this number, which counts from 0. */
  | { outcome: 'deviates'; trace: number; line: number; because: string };

/** @param traces of one run: of all roles together, or one of each role; a role that was restarted has one after the other */
export function conformance(...traces: (readonly TraceLine[])[]): Conformance {
  const replay = new Replay();
  const exchanges: Exchange[][] = [];
  let deviation: Conformance | undefined;
  for (const [trace, lines] of traces.entries()) {
    const taken: Exchange[] = [];
    for (const [n, line] of lines.entries()) {
      const exchange = replay.take(line, trace);
      if ('because' in exchange) {
        deviation ??= { outcome: 'deviates', trace, line: n + 1, because: exchange.because };
        break;
      }
      taken.push(exchange);
    }
    exchanges.push(taken);
  }
  const absent = absentIn(traces);
  const unsent = absent.length === 0 ? firstUnsent(exchanges) : undefined;
  // Of one trace, the first line counts; the others lack what would have followed the deviation.
  if (deviation) return traces.length === 1 && unsent ? unsent : deviation;
  if (unsent) return unsent;
  const all = exchanges.flat();
  const messages = all.filter(({ received }) => received !== undefined).length;
  return { outcome: 'conforms', lines: all.length, instances: replay.size, messages, absent };
}

function absentIn(traces: readonly (readonly TraceLine[])[]): Role[] {
  const present = new Set(traces.flatMap((lines) => lines.map(({ role }) => roleOf[role as MachineId])));
  return [...new Set(Object.keys(machines).map((id) => roleOf[id as MachineId]))].filter((role) => !present.has(role));
}

/**
 * Takes lines of each trace as long as what they received has been sent. What is left then cannot be put in any order: it
 * was received before it was sent, or never sent.
 */
function firstUnsent(traces: readonly Exchange[][]): Conformance | undefined {
  const sent = new Set<string>();
  const next = traces.map(() => 0);
  let hasMoved = true;
  while (hasMoved) {
    hasMoved = false;
    for (const [trace, exchanges] of traces.entries()) {
      for (let exchange = exchanges[next[trace]!]; exchange; exchange = exchanges[next[trace]!]) {
        if (exchange.received !== undefined && !sent.has(exchange.received)) break;
        for (const message of exchange.sent) sent.add(message);
        next[trace]! += 1;
        hasMoved = true;
      }
    }
  }
  const trace = traces.findIndex((exchanges, at) => next[at]! < exchanges.length);
  if (trace < 0) return undefined;
  const { key, type } = traces[trace]![next[trace]!]!;
  return {
    outcome: 'deviates',
    trace,
    line: next[trace]! + 1,
    because: `${key} received ${type}, which no role had sent`,
  };
}
