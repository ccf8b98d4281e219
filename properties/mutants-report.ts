/** What became of the mutants: counted while they are judged, as plain data for `--json`, and as text. */
import { equivalents } from './equivalents.ts';
import { type Judgement, judge } from './judgement.ts';
import type { Mutant } from './mutants.ts';
import type { Progress } from './progress.ts';

export class Tally {
  judged = 0;
  caught = 0;
  readonly equivalents: { id: string; reason: string }[] = [];
  readonly survivors: { id: string }[] = [];
  readonly total: number;

  constructor(total: number) {
    this.total = total;
  }

  add({ id }: Mutant, judgement: Judgement): void {
    const reason = equivalents[id];
    if (judgement.caught) this.caught++;
    else if (reason !== undefined) this.equivalents.push({ id, reason });
    else this.survivors.push({ id });
    this.judged++;
  }
}

export function tallyUp(mutants: readonly Mutant[], tally: Tally, { say }: Progress): void {
  for (const mutant of mutants) {
    say(`${tally.judged} of ${tally.total} mutants: ${mutant.id}`);
    tally.add(mutant, judge(mutant));
  }
}

export function mutantsAsJson({ total, judged, caught, equivalents: same, survivors }: Tally) {
  return { total, judged, caught, equivalents: same, survivors };
}

export function mutantsAsText({ total, judged, caught, equivalents: same, survivors }: Tally, which: string): string {
  const counts = `${judged} of ${total} judged (${which}): ${caught} caught, ${same.length} equivalent, ${survivors.length} survive`;
  return [`mutants: ${counts}`, ...survivors.map(({ id }) => `  survives: ${id}`), ''].join('\n');
}
