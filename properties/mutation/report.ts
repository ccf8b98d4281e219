/** The fate of the mutants, as plain data for `--json` and as text. */

import { parts } from '../model/state.ts';
import { everyStatement } from '../requirements/all-properties.ts';
import { everyMethodUpdate } from '../requirements/method-update.ts';
import type { Tally } from './tally.ts';

type PropertyRow = {
  statement: string;
  /** The number of mutants that break the property, and of those that break no other. */
  mutants: number;
  alone: number;
  /** A mutant that breaks no other property; if there is none, one that breaks the fewest others. */
  example?: { id: string; where: string; with: string[] };
};

/** Properties that no mutant breaks: nothing shows that they would notice a fault. */
export const idleProperties = (tally: Tally): string[] =>
  propertyRows(tally).flatMap(({ statement, mutants }) => (mutants === 0 ? [statement] : []));

/** Each property and the mutants that break it: only complete if the mutants were tried in full. */
function propertyRows({ killed }: Tally): PropertyRow[] {
  return everyStatement().map((statement) => {
    const those = killed.filter(({ by }) => by.includes(statement)).sort((a, b) => a.by.length - b.by.length);
    const [best] = those;
    return {
      statement,
      mutants: those.length,
      alone: those.filter(({ by }) => by.length === 1).length,
      ...(best && {
        example: { id: best.id, where: best.where, with: best.by.filter((other) => other !== statement) },
      }),
    };
  });
}

/** Programs read these keys, so they stay, though some of them are older than the words of this folder. */
export function mutantsAsJson(tally: Tally, inFull = false) {
  const { total, tried, killed, equivalents, survivors, wronglyListed, machines } = tally;
  return {
    total,
    judged: tried,
    caught: killed.length,
    survivors: survivors.map(({ id, differsIn }) => ({ id, asked: differsIn })),
    equivalents,
    misjudged: wronglyListed,
    machines: Object.fromEntries(
      [...machines].map(([machine, { killed: caught, ...counts }]) => [machine, { ...counts, caught }]),
    ),
    ...(inFull && {
      sentences: propertyRows(tally).map(({ statement, ...row }) => ({ sentence: statement, ...row })),
    }),
  };
}

/** `which`: a description of the mutants that were tried. */
export function mutantsAsText(tally: Tally, which: string, inFull = false): string {
  const { total, tried, killed, equivalents, survivors, wronglyListed } = tally;
  const notTried = tried < total ? ` (${total - tried} not tried)` : '';
  return [
    `mutants, ${which}: ${killed.length} of ${tried} killed, ${equivalents.length} equivalent, ` +
      `${survivors.length} survived${notTried}`,
    ...(inFull ? machineTable(tally) : []),
    ...survivors.map(({ id }) => `  survived: ${id}`),
    ...wronglyListed.map((id) => `  listed as equivalent, but killed: ${id}`),
    ...(inFull ? ['', ...propertyTable(tally)] : []),
    '',
  ].join('\n');
}

function machineTable({ machines }: Tally): string[] {
  const row = (name: string, ...counts: (number | string)[]) =>
    `  ${name.padEnd(22)} ${counts.map((count) => String(count).padStart(11)).join('')}`;
  const rows = parts.flatMap((part) => {
    const counts = machines.get(part);
    return counts ? [row(part, counts.total, counts.killed, counts.equivalents, counts.survivors)] : [];
  });
  return [row('', 'mutants', 'killed', 'equivalent', 'survived'), ...rows];
}

function propertyTable(tally: Tally): string[] {
  const headlines = everyMethodUpdate([]).length;
  return [
    'Each property: how many mutants break it, how many of them break no other, and an example:',
    ...propertyRows(tally).flatMap(({ statement, mutants, alone, example }, n) => [
      ...(n === headlines ? ['  and about each step of each role:'] : []),
      `  ${String(mutants).padStart(4)} ${String(alone).padStart(4)}  ${statement}`,
      ...(example
        ? [`               ${example.id}${example.with.length > 0 ? `, with ${example.with.length} others` : ''}`]
        : []),
    ]),
  ];
}
