/** Real traces with one alteration each: the trace check finds what no run of the model can have, and accepts what one can. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { parseTrace } from '../../runtime/recorded-trace.ts';
import { type Altered, alterations } from '../testing/alterations.ts';
import { Original } from '../testing/legal-trace.ts';
import { runOfFourInvokers, runOfOneInvoker } from '../testing/recorded-runs.ts';
import { conformance } from './trace-conformance.ts';

/** As a recorder would have written the altered run from its beginning to its end: its numbers say nothing. */
const isRefused = ({ lines }: Altered): boolean =>
  conformance({ lines, lives: [{ from: 0, end: 'in order' }] }).outcome === 'deviates';

/** Every `nth` alteration. */
function judged(lines: readonly TraceLine[], nth: number) {
  const original = new Original(lines);
  const counts = { illegal: 0, found: 0, legal: 0, accepted: 0 };
  const missed: string[] = [];
  let n = 0;
  for (const altered of alterations(lines)) {
    n += 1;
    if (n % nth > 0) continue;
    const isFound = isRefused(altered);
    const isLegal = original.isLegal(altered);
    counts[isLegal ? 'legal' : 'illegal'] += 1;
    if (isFound !== isLegal) counts[isFound ? 'found' : 'accepted'] += 1;
    if (isFound === isLegal) missed.push(`${altered.kind}, number ${n}`);
  }
  return { ...counts, missed };
}

describe.each([
  ['one invoker', runOfOneInvoker, 5],
  ['four invokers and two AEFs in one record', runOfFourInvokers, 61],
])('of %s', (_, recorded, nth) => {
  let run: TraceLine[] = [];
  beforeAll(async () => {
    run = await recorded();
  });

  test('the run is one of the model', () => {
    expect(conformance(run)).toMatchObject({ outcome: 'conforms', lines: run.length, absent: [], unrecorded: [] });
    expect(new Original(run).isLegal({ kind: 'not altered', lines: run })).toBe(true);
  });

  test('at least 99 % of what no run of the model can have is found, and 95 % of what one can have accepted', () => {
    const { illegal, found, legal, accepted, missed } = judged(run, nth);
    expect(Math.min(illegal, legal)).toBeGreaterThan(10);
    expect({ found: found / illegal >= 0.99, accepted: accepted / legal >= 0.95, missed }).toMatchObject({
      found: true,
      accepted: true,
    });
  }, 240_000);

  test('in the file, whatever is removed, repeated or moved shows by its numbers, and a cut by its missing end', () => {
    const marked = [...run.map((line, n) => ({ n: n + 1, ...line })), { n: run.length + 1, trace: 'end' }];
    const read = (lines: readonly object[]) => parseTrace(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const gapIn = (lines: readonly object[]) => (read(lines) as { gap?: { at: number } }).gap?.at;
    expect(gapIn(marked)).toBeUndefined();
    for (let n = 0; n < run.length; n += nth) {
      expect(gapIn(marked.toSpliced(n, 1))).toBe(n + 1);
      expect(gapIn(marked.toSpliced(n, 0, marked[n]!))).toBe(n + 2);
      expect(gapIn(marked.toSpliced(n, 2, marked[n + 1]!, marked[n]!))).toBe(n + 1);
      expect(read(marked.slice(0, n + 1))).toMatchObject({ lives: [{ from: 0, end: 'cut' }] });
    }
  });
});
