/** A trace on disk: one `TraceLine` of JSON per line (NDJSON), each written before its effects are performed. */
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { z } from 'zod';
import type { TraceLine } from '../machines/steps/trace.ts';
import { readTextFile } from './text-file.ts';

type TraceFile = { record: (line: TraceLine) => void; close: () => void };

/**
 * Errors of the file system (no such folder, disk full) are thrown as they are, by `close` too; it closes once.
 *
 * @param goesOn a role goes on where it was killed: what it recorded before stays, but for half a line, whose step was not
 *   performed
 */
export function traceFile(path: string, { goesOn = false } = {}): TraceFile {
  const file = openSync(path, goesOn ? 'a' : 'w', 0o600);
  if (goesOn) truncateSync(path, lengthOfWholeLines(path));
  let open = true;
  return {
    /** Steps after the end of the run, while connections close, are not part of it. */
    record: (line) => {
      if (!open) return;
      const text = `${JSON.stringify(line)}\n`;
      const written = writeSync(file, text);
      if (written < Buffer.byteLength(text)) writeRest(file, Buffer.from(text).subarray(written));
    },
    close: () => {
      if (!open) return;
      open = false;
      closeSync(file);
    },
  };
}

/** A disk that is nearly full takes a part of a line. */
function writeRest(file: number, rest: Buffer): void {
  for (let written = 0; written < rest.length; ) written += writeSync(file, rest, written);
}

const lengthOfWholeLines = (path: string) => readFileSync(path).lastIndexOf('\n') + 1;

const traceLine = z.object({
  role: z.string(),
  instance: z.string(),
  event: z.looseObject({ type: z.string() }),
  state: z.unknown(),
  effects: z.array(z.looseObject({ type: z.string() })),
  unexpected: z.literal(true).optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
});

/** `numbers`: where each line stands in the file, counted from 1; empty lines are skipped. */
type Lines = { lines: TraceLine[]; numbers: number[] };
type ReadTrace =
  | { outcome: 'unreadable'; because: string }
  | ({ outcome: 'read' } & Lines)
  /** The lines before the first that is malformed. `torn`: the file ends within it, as after a crash. */
  | ({ outcome: 'malformed'; line: number; because: string; torn: boolean } & Lines);

export function readTrace(path: string): ReadTrace {
  const file = readTextFile(path);
  if (file.outcome === 'unreadable') return file;
  const texts = file.text.split('\n');
  const [lines, numbers]: [TraceLine[], number[]] = [[], []];
  for (const [n, text] of texts.entries()) {
    // This also removes a byte order mark, which stands inside where files were put together.
    const trimmed = text.trim();
    if (trimmed === '') continue;
    const line = parse(trimmed);
    if (!line.success) {
      const torn = !line.isJson && n === texts.length - 1 && lines.length > 0;
      return { outcome: 'malformed', line: n + 1, because: line.because, torn, lines, numbers };
    }
    lines.push(line.value);
    numbers.push(n + 1);
  }
  if (lines.length === 0) return { outcome: 'unreadable', because: 'it is empty, or has empty lines only' };
  return { outcome: 'read', lines, numbers };
}

function parse(
  text: string,
): { success: true; value: TraceLine } | { success: false; isJson: boolean; because: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { success: false, isJson: false, because: 'it is not JSON' };
  }
  const parsed = traceLine.safeParse(json);
  if (parsed.success) return { success: true, value: parsed.data as unknown as TraceLine };
  const [issue] = parsed.error.issues;
  return { success: false, isJson: true, because: `${issue?.path.join('.') || 'the line'}: ${issue?.message}` };
}
