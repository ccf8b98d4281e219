/** The checker checked: every mutant is put in the place of its machine, and a sentence has to tell the difference. */
import { allAmendments } from '../machines/vocabulary.ts';
import { explore } from './explore.ts';
import { methodUpdate } from './method-update.ts';
import type { Mutant } from './mutants.ts';
import { type Composition, compose } from './rules.ts';
import { type Setting, settings } from './setting.ts';
import type { TurnStep } from './turn.ts';
import { verify } from './verify.ts';
import { type Part, parts } from './world.ts';

/** `asked`: the settings in which the mutant does something else than the machine it stands in for. */
export type Judgement = { caught: true; by: string; setting: string } | { caught: false; asked: string[] };

const small = (name: string, changed: Partial<Setting>): Setting => ({
  ...settings.find((one) => one.name === name)!,
  ...changed,
  name: `${name} with ${Object.entries(changed)
    .map(([what, times]) => `${what} ${times}`)
    .join(', ')}`,
});

/** From small to larger: most mutants do not get past the first. */
export const judgedIn: readonly Setting[] = [
  small('three', { changes: 1 }),
  small('fair', { changes: 2, attemptsMax: 2 }),
  small('sets', { changes: 2, attemptsMax: 1 }),
  small('three', { changes: 2, attemptsMax: 1 }),
  small('lossy', { changes: 2, cuts: 1 }),
  small('ageing', { cuts: 0, forgeries: 0 }),
  small('revocation', { cuts: 1 }),
  small('late', { cuts: 1 }),
  small('ageing', { cuts: 0, forgeries: 1, restarts: 0 }),
];
/** So many times the worlds of the real machine, and some more: only what counts on without end grows beyond that. */
const limitFor = (worlds: number) => 3 * worlds + 1000;

export function judge(mutant: Mutant, among: readonly Setting[] = judgedIn): Judgement {
  const asked: string[] = [];
  for (const setting of among) {
    const by = violated(mutant, setting);
    if (by === 'alike') continue;
    if (by !== undefined) return { caught: true, by, setting: setting.name };
    asked.push(setting.name);
  }
  return { caught: false, asked };
}

function violated({ machine, replacement }: Mutant, setting: Setting): string | undefined {
  try {
    const composition = compose({ ...setting, amendments: allAmendments }, { [machine]: replacement });
    if (behavesAlike(composition, machine, setting)) return 'alike';
    const limit = limitFor(originalOf(setting).worlds);
    const { verdicts, complete } = verify(composition, methodUpdate(setting.supported), { limit });
    const failed = verdicts.find(
      ({ holds, property: { kind } }) => !holds && (complete || kind === 'always' || kind === 'everyStep'),
    );
    return failed?.property.sentence ?? (complete ? undefined : `it does not end: more than ${limit} worlds`);
  } catch (error) {
    return `it does not run: ${(error as Error).message}`;
  }
}

/** All that is ever asked of the real machines in a setting, and what they answer. */
type Original = { first: string; worlds: number; steps: Map<Part, Map<string, TurnStep>> };
const originals = new Map<Setting, Original>();

function originalOf(setting: Setting): Original {
  const known = originals.get(setting);
  if (known) return known;
  const steps = new Map(parts.map((part) => [part, new Map<string, TurnStep>()]));
  const composition = compose({ ...setting, amendments: allAmendments });
  const mark = (move: { steps: TurnStep[] }) => {
    for (const step of move.steps) steps.get(step.part)!.set(JSON.stringify([step.before, step.event]), step);
    return 0;
  };
  const { worlds } = explore(composition, { mark });
  const original = { worlds, first: JSON.stringify(composition.first), steps };
  originals.set(setting, original);
  return original;
}

/** A machine that answers the same to all that is asked of it makes the same worlds: they need not be visited again. */
function behavesAlike({ first, machines }: Composition, machine: Part, setting: Setting): boolean {
  const original = originalOf(setting);
  if (JSON.stringify(first) !== original.first) return false;
  for (const { before, event, after, effects } of original.steps.get(machine)!.values()) {
    const taken = machines[machine].step(before, event);
    if (JSON.stringify([taken.cell, taken.effects]) !== JSON.stringify([after, effects])) return false;
  }
  return true;
}
