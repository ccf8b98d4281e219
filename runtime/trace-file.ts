/**
 * A trace on disk: one `TraceLine` of JSON per line (NDJSON), each written before its effects are performed. Its lines are numbered,
 * and two of them are no steps: `{"n":9,"trace":"goes on"}`, where a role goes on that was started again, and
 * `{"n":9,"trace":"end"}`, where the run ended in order. `recorded-trace.ts` reads it.
 */
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import type { TraceLine } from '../machines/steps/trace.ts';

type TraceFile = { record: (line: TraceLine) => void; close: () => void };

/**
 * Errors of the file system (no such folder, disk full) are thrown as they are, by `close` too; it closes once.
 *
 * @param goesOn a role goes on where it was killed: what it recorded before stays, but for half a line, whose step was not
 *   performed
 */
export function traceFile(path: string, { goesOn = false } = {}): TraceFile {
  const file = openSync(path, goesOn ? 'a' : 'w', 0o600);
  let lines = goesOn ? wholeLinesOf(path) : 0;
  let open = true;
  let isWhole = true;
  const write = (content: object): void => {
    const text = `{"n":${lines + 1},${JSON.stringify(content).slice(1)}\n`;
    isWhole = false;
    const written = writeSync(file, text);
    if (written < Buffer.byteLength(text)) writeRest(file, Buffer.from(text).subarray(written));
    isWhole = true;
    lines += 1;
  };
  if (lines > 0) write({ trace: 'goes on' });
  return {
    /** Steps after the end of the run, while connections close, are not part of it. */
    record: (line) => {
      if (open) write(line);
    },
    close: () => {
      if (!open) return;
      open = false;
      try {
        if (isWhole) write({ trace: 'end' });
      } finally {
        closeSync(file);
      }
    },
  };
}

/** A disk that is nearly full takes a part of a line. */
function writeRest(file: number, rest: Buffer): void {
  for (let written = 0; written < rest.length; ) written += writeSync(file, rest, written);
}

/** How many the file has; what follows the last of them is cut off. */
function wholeLinesOf(path: string): number {
  const bytes = readFileSync(path);
  let [count, end] = [0, 0];
  for (let next = bytes.indexOf('\n'); next >= 0; next = bytes.indexOf('\n', end)) [count, end] = [count + 1, next + 1];
  truncateSync(path, end);
  return count;
}
