/** A trace on disk: one `TraceLine` of JSON per line (NDJSON), each written before its effects are performed. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import type { TraceLine } from '../machines/trace.ts';

/** Errors of the file system (no such folder, disk full) are thrown as they are. */
export function traceFile(path: string): { record: (line: TraceLine) => void; close: () => void } {
  const file = openSync(path, 'w', 0o600);
  let open = true;
  return {
    /** Steps after the end of the run, while connections close, are not part of it. */
    record: (line) => {
      if (!open) return;
      const text = Buffer.from(`${JSON.stringify(line)}\n`);
      for (let written = 0; written < text.length; ) written += writeSync(file, text, written);
    },
    close: () => {
      open = false;
      closeSync(file);
    },
  };
}

const traceLine = z.object({
  role: z.string(),
  instance: z.string(),
  event: z.looseObject({ type: z.string() }),
  state: z.unknown(),
  effects: z.array(z.looseObject({ type: z.string() })),
  unexpected: z.literal(true).optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
});

type ReadTrace =
  | { outcome: 'unreadable'; because: string }
  | { outcome: 'read'; lines: TraceLine[] }
  | { outcome: 'malformed'; line: number; because: string };

export function readTrace(path: string): ReadTrace {
  const lines: TraceLine[] = [];
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { outcome: 'unreadable', because: (error as Error).message };
  }
  const texts = text.split('\n');
  if (texts.at(-1) === '') texts.pop();
  for (const [n, text] of texts.entries()) {
    const line = parse(text);
    if (!line.success) return { outcome: 'malformed', line: n + 1, because: line.because };
    lines.push(line.value);
  }
  return { outcome: 'read', lines };
}

function parse(text: string): { success: true; value: TraceLine } | { success: false; because: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { success: false, because: 'it is not JSON' };
  }
  const parsed = traceLine.safeParse(json);
  if (parsed.success) return { success: true, value: parsed.data as unknown as TraceLine };
  const [issue] = parsed.error.issues;
  return { success: false, because: `${issue?.path.join('.') || 'the line'}: ${issue?.message}` };
}
