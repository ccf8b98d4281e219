/** Reads a run from a file: a recorded trace, or a scenario, which includes every counterexample. */
import type { TraceLine } from '../../machines/steps/trace.ts';
import { type ReplayedRun, replay } from '../../properties/traces/scenario.ts';
import { type Sequence, sequenceOf } from '../../properties/traces/sequence.ts';
import { sequenceOfTrace } from '../../properties/traces/trace-sequence.ts';
import { readTrace } from '../../runtime/recorded-trace.ts';
import { readTextFile } from '../../runtime/text-file.ts';

type RunFile = { kind: 'trace'; lines: readonly TraceLine[] } | { kind: 'scenario'; played: ReplayedRun };

/** Tells why a file contains no run. */
export class NotARun extends Error {}

export function readRun(file: string): RunFile {
  const trace = readTrace(file);
  if (trace.outcome === 'unreadable') throw new NotARun(`${file} cannot be read: ${trace.because}`);
  if (trace.outcome === 'read') return { kind: 'trace', lines: trace.lines };
  if (trace.torn) throw new NotARun(`${file} ends within line ${trace.line}; without that line it can be drawn`);
  const read = readTextFile(file);
  if (read.outcome === 'unreadable') throw new NotARun(`${file} cannot be read: ${read.because}`);
  const played = replay(read.text);
  if (played.outcome !== 'unplayable') return { kind: 'scenario', played };
  throw new NotARun(
    `${file} is neither a trace (${trace.because}) nor a scenario (line ${played.line}: ${played.because})`,
  );
}

export const sequenceOfRun = (run: RunFile): Sequence =>
  run.kind === 'trace' ? sequenceOfTrace(run.lines) : sequenceOf(run.played);
