/** The annex as a file: as written, as amended, or as written with revision marks that lead to the amended one. */
import type { DrawnMachine } from '../figure/figures.ts';
import { annexOf, annexTitle } from './annex.ts';
import { wordDocument } from './document.ts';

export type AnnexVersion = 'none' | 'all' | 'change';

/** A machine that no amendment changes is the same in both versions. */
export function annexFile(drawn: readonly DrawnMachine[], version: AnnexVersion): Uint8Array {
  const asWritten = drawn.filter(({ chart }) => chart.amendments.length === 0);
  const others = drawn.filter((each) => !asWritten.includes(each));
  const amended = asWritten.map((each) => others.find(({ chart }) => chart.machine === each.chart.machine) ?? each);
  const [before, after] = [annexOf(asWritten), annexOf(amended, asWritten)];
  return wordDocument(annexTitle, version === 'all' ? after : before, version === 'none' ? before : after);
}
