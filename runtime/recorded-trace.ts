/** Reads a trace from a file: its steps, and whether any line is missing at its places, or at its end. */
import { z } from 'zod';
import type { TraceLine } from '../machines/steps/trace.ts';
import { readTextFile } from './text-file.ts';

const traceLine = z.object({
  n: z.int().positive().optional(),
  role: z.string(),
  instance: z.string(),
  event: z.looseObject({ type: z.string() }),
  state: z.unknown(),
  effects: z.array(z.looseObject({ type: z.string() })),
  unexpected: z.literal(true).optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
});
const mark = z.strictObject({ n: z.int().positive(), trace: z.enum(['goes on', 'end']) });
type Mark = z.infer<typeof mark>;
type Numbered = TraceLine & { n?: number };

/**
 * A role from one start to its end. `from`: its first step, counted from 0 in all steps of the file. `end`: in order; cut, as when
 * the process was killed; or unknown, as in traces of before their lines were numbered.
 */
export type Life = { from: number; end: 'in order' | 'cut' | 'unknown' };

/** `numbers`: where each step stands in the file, counted from 1; empty lines are skipped. */
type Lines = { lines: TraceLine[]; numbers: number[]; lives: Life[]; gap?: Gap };
/** The first line whose number is not the next one. `at`: where it stands in the file; `step`: how many steps stand before it. */
export type Gap = { at: number; step: number; because: string };

type ReadTrace =
  | { outcome: 'unreadable'; because: string }
  | ({ outcome: 'read' } & Lines)
  /** The lines before the first that is malformed. `torn`: the file ends within it, as after a crash. */
  | ({ outcome: 'malformed'; line: number; because: string; torn: boolean } & Lines);

export function readTrace(path: string): ReadTrace {
  const file = readTextFile(path);
  return file.outcome === 'unreadable' ? file : parseTrace(file.text);
}

export function parseTrace(text: string): ReadTrace {
  const texts = text.split('\n');
  const sheet = new Sheet();
  for (const [n, text] of texts.entries()) {
    // This also removes a byte order mark, which stands inside where files were put together.
    const trimmed = text.trim();
    if (trimmed === '') continue;
    const line = parse(trimmed);
    if (!line.success) {
      const torn = !line.isJson && n === texts.length - 1 && sheet.lines.length > 0;
      return { outcome: 'malformed', line: n + 1, because: line.because, torn, ...sheet.whole() };
    }
    sheet.add(line.value, n + 1);
  }
  if (sheet.lines.length === 0) return { outcome: 'unreadable', because: 'it is empty, or has empty lines only' };
  return { outcome: 'read', ...sheet.whole() };
}

/** The lines that have been read. */
class Sheet {
  readonly lines: TraceLine[] = [];
  readonly #numbers: number[] = [];
  readonly #lives: Life[] = [];
  #count = 0;
  #isNumbered = false;
  #hasEnded = false;
  #gap: Gap | undefined;

  add(line: Numbered | Mark, at: number): void {
    this.#count += 1;
    if (this.#count === 1) this.#isNumbered = line.n !== undefined;
    this.#gap ??= this.#gapAt(line, at);
    if ('trace' in line) {
      if (line.trace === 'goes on') this.#begin();
      else this.#end('in order');
      this.#hasEnded = line.trace === 'end';
      return;
    }
    if (this.#lives.length === 0) this.#begin();
    const { n: _, ...step } = line;
    this.lines.push(step);
    this.#numbers.push(at);
  }

  #begin(): void {
    this.#lives.push({ from: this.lines.length, end: this.#isNumbered ? 'cut' : 'unknown' });
  }

  #end(how: Life['end']): void {
    const life = this.#lives.at(-1);
    if (life) life.end = how;
  }

  #gapAt(line: Numbered | Mark, at: number): Gap | undefined {
    const step = this.lines.length;
    const isOn = 'trace' in line && line.trace === 'goes on';
    if (this.#hasEnded && !isOn) return { at, step, because: 'it follows the end of the trace' };
    if (!this.#isNumbered && !('trace' in line)) return undefined;
    if (line.n === this.#count) return undefined;
    const found = line.n === undefined ? 'it has no number' : `its number is ${line.n}`;
    return { at, step, because: `${found}, and ${this.#count} comes next: lines were removed, repeated or moved` };
  }

  whole(): Lines {
    const { lines } = this;
    return { lines, numbers: this.#numbers, lives: this.#lives, ...(this.#gap && { gap: this.#gap }) };
  }
}

function parse(
  text: string,
): { success: true; value: Numbered | Mark } | { success: false; isJson: boolean; because: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { success: false, isJson: false, because: 'it is not JSON' };
  }
  const marked = mark.safeParse(json);
  if (marked.success) return { success: true, value: marked.data };
  const parsed = traceLine.safeParse(json);
  if (parsed.success) return { success: true, value: parsed.data as unknown as Numbered };
  const [issue] = parsed.error.issues;
  return { success: false, isJson: true, because: `${issue?.path.join('.') || 'the line'}: ${issue?.message}` };
}
