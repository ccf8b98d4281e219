/** What became of the mutants: counted while they are judged, as plain data for `--json`, and as text. */

import type { Progress } from '../commands/progress.ts';
import { settings } from '../model/setting.ts';
import { type Part, parts } from '../model/state.ts';
import { propertiesOf } from '../requirements/all-properties.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import { equivalents } from './equivalent-mutants.ts';
import { type Judgement, judge } from './kill.ts';
import type { Mutant } from './mutants.ts';

type Caught = { id: string; by: string[]; where: string };
type Counts = { total: number; caught: number; equivalents: number; survivors: number };

export class Tally {
  readonly caught: Caught[] = [];
  readonly equivalents: { id: string; reason: string }[] = [];
  readonly survivors: { id: string; asked: string[] }[] = [];
  /** Listed as equivalents, and yet a sentence tells them: the list is wrong. */
  readonly misjudged: string[] = [];
  readonly machines = new Map<Part, Counts>();
  readonly total: number;

  constructor(total: number) {
    this.total = total;
  }

  get judged(): number {
    return this.caught.length + this.equivalents.length + this.survivors.length;
  }

  get isClean(): boolean {
    return this.survivors.length === 0 && this.misjudged.length === 0;
  }

  add({ id, machine }: Mutant, judgement: Judgement): void {
    const reason = equivalents[id];
    const counts = this.machines.get(machine) ?? { total: 0, caught: 0, equivalents: 0, survivors: 0 };
    this.machines.set(machine, counts);
    counts.total++;
    if (judgement.caught) {
      counts.caught++;
      this.caught.push({ id, by: judgement.by, where: judgement.where });
      if (reason !== undefined) this.misjudged.push(id);
    } else if (reason !== undefined) {
      counts.equivalents++;
      this.equivalents.push({ id, reason });
    } else {
      counts.survivors++;
      this.survivors.push({ id, asked: judgement.asked });
    }
  }
}

export function tallyUp(mutants: readonly Mutant[], tally: Tally, { say }: Progress, inFull = false): void {
  for (const mutant of mutants) {
    say(`${tally.judged} of ${tally.total} mutants: ${mutant.id}`);
    tally.add(mutant, judge(mutant, { inFull }));
  }
}

type SentenceRow = {
  sentence: string;
  /** How many mutants break it, and how many break nothing else. */
  mutants: number;
  alone: number;
  /** One that breaks nothing else; or, if there is none, one that breaks the fewest others. */
  example?: { id: string; where: string; with: string[] };
};

/** Sentences that no mutant breaks: nothing shows that they would notice anything. */
export const idleSentences = (tally: Tally): string[] =>
  sentenceRows(tally).flatMap(({ sentence, mutants }) => (mutants === 0 ? [sentence] : []));

/** Each sentence, and the mutants that break it: only of use if they were judged in full. */
function sentenceRows({ caught }: Tally): SentenceRow[] {
  const sentences = propertiesOf({ ...settings[0]!, amendments: [] }).map(({ statement }) => statement);
  return sentences.map((sentence) => {
    const those = caught.filter(({ by }) => by.includes(sentence)).sort((a, b) => a.by.length - b.by.length);
    const [best] = those;
    return {
      sentence,
      mutants: those.length,
      alone: those.filter(({ by }) => by.length === 1).length,
      ...(best && {
        example: { id: best.id, where: best.where, with: best.by.filter((other) => other !== sentence) },
      }),
    };
  });
}

export function mutantsAsJson(tally: Tally, inFull = false) {
  const { total, judged, caught, equivalents: same, survivors, misjudged, machines } = tally;
  return {
    total,
    judged,
    caught: caught.length,
    survivors,
    equivalents: same,
    misjudged,
    machines: Object.fromEntries(machines),
    ...(inFull && { sentences: sentenceRows(tally) }),
  };
}

export function mutantsAsText(tally: Tally, which: string, inFull = false): string {
  const { total, judged, caught, equivalents: same, survivors, misjudged, machines } = tally;
  const row = (name: string, ...counts: (number | string)[]) =>
    `  ${name.padEnd(22)} ${counts.map((count) => String(count).padStart(11)).join('')}`;
  const ofMachines = parts.flatMap((part) => {
    const counts = machines.get(part);
    return counts ? [row(part, counts.total, counts.caught, counts.equivalents, counts.survivors)] : [];
  });
  return [
    `mutants, ${which}: ${caught.length} of ${judged} caught, ${same.length} equivalent, ${survivors.length} survive` +
      (judged < total ? ` (${total - judged} not judged)` : ''),
    ...(inFull ? [row('', 'mutants', 'caught', 'equivalent', 'survive'), ...ofMachines] : []),
    ...survivors.map(({ id }) => `  survives: ${id}`),
    ...misjudged.map((id) => `  listed as an equivalent, but caught: ${id}`),
    ...(inFull ? ['', ...matrix(tally)] : []),
    '',
  ].join('\n');
}

function matrix(tally: Tally): string[] {
  const headlines = methodUpdate([]).length;
  return [
    'Sentences, how many mutants break each, how many of these break no other, and one that shows it:',
    ...sentenceRows(tally).flatMap(({ sentence, mutants, alone, example }, n) => [
      ...(n === headlines ? ['  and about each step of each role:'] : []),
      `  ${String(mutants).padStart(4)} ${String(alone).padStart(4)}  ${sentence}`,
      ...(example
        ? [`               ${example.id}${example.with.length > 0 ? `, with ${example.with.length} others` : ''}`]
        : []),
    ]),
  ];
}
