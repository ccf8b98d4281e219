/**
 * The races and gaps of clause 6.7 and of what it rests on, R1 to R41, and where each of them is looked for: in an amendment,
 * a state, a setting, a sentence, a test; or why it is not. A test follows every pointer.
 */
import type { Amendment } from '../../machines/vocabulary.ts';
import type { Part } from '../model/state.ts';
import { racesOfKeys } from './races-of-keys.ts';
import { racesOfUpdates } from './races-of-updates.ts';

export type Pointer =
  | { amendment: Amendment }
  /** The name of its page. */
  | { finding: string }
  | { setting: string }
  /** How a sentence of `method-update.ts` begins. */
  | { sentence: string }
  /** A state, with a dot for one within another; without one, all of the machine. */
  | { machine: Part; state?: string }
  /** A rule of the world. */
  | { rule: string }
  | { scenario: string }
  /** A file of tests, and what the name of one of them has in it. */
  | { test: string; name: string }
  /** How the title of a decision record begins, after its date. */
  | { decision: string };

export type Race = {
  number: number;
  what: string;
  /** Where it is, or some of it. */
  modelled?: readonly Pointer[];
  /** Why it is not, or what of it is not. */
  outOfScope?: string;
};

export const races: readonly Race[] = [...racesOfUpdates, ...racesOfKeys];

export const racesFile = 'races.md';

export function racesPage(): string {
  const some = (rows: readonly Race[]) => rows.map(({ number }) => `R${number}`).join(', ');
  const without = races.filter(({ modelled }) => !modelled);
  return `# The races of clause 6.7, and where each is looked for

Made by \`capif findings\`; a test follows every pointer. ${races.length} races and gaps: ${races.length - without.length} are modelled or tested, and what
of them is not says so; ${without.length} are out of scope altogether (${some(without)}).

| | race | where it is looked for | what is not, and why |
|---|---|---|---|
${races.map(row).join('\n')}
`;
}

const row = ({ number, what, modelled = [], outOfScope = '' }: Race): string =>
  `| R${number} | ${what} | ${modelled.map(link).join('; ')} | ${outOfScope} |`;

function link(pointer: Pointer): string {
  if ('amendment' in pointer) return `amendment \`${pointer.amendment}\``;
  if ('finding' in pointer) return `[finding](${pointer.finding}.md)`;
  if ('setting' in pointer) return `setting \`${pointer.setting}\``;
  if ('sentence' in pointer) return `“${pointer.sentence} …”`;
  if ('machine' in pointer) return `\`${pointer.machine}${pointer.state ? ` ${pointer.state}` : ''}\``;
  if ('rule' in pointer) return `rule “${pointer.rule}”`;
  if ('scenario' in pointer) return `[scenario](../scenarios/${pointer.scenario}.txt)`;
  if ('decision' in pointer) return `[decision](../../docs/decisions/2026.md) “${pointer.decision}”`;
  return `[test](../../${pointer.test}) “${pointer.name}”`;
}
