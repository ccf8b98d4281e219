/** A file that tells of a run: a recorded trace, or a scenario, as a counterexample is one. */
import { readFileSync } from 'node:fs';
import type { TraceLine } from '../../machines/trace.ts';
import { type ReplayedRun, replay } from '../../properties/traces/scenario.ts';
import { readTrace } from '../../runtime/trace-file.ts';

export type Told = { kind: 'trace'; lines: readonly TraceLine[] } | { kind: 'scenario'; played: ReplayedRun };

/** Says why a file tells of no run. */
export class NoRun extends Error {}

export function runIn(file: string): Told {
  const trace = readTrace(file);
  if (trace.outcome === 'unreadable') throw new NoRun(`${file} cannot be read: ${trace.because}`);
  if (trace.outcome === 'read') return { kind: 'trace', lines: trace.lines };
  const played = replay(readFileSync(file, 'utf8'));
  if (played.outcome !== 'unplayable') return { kind: 'scenario', played };
  throw new NoRun(`${file} is no trace (${trace.because}) and no scenario (line ${played.line}: ${played.because})`);
}
