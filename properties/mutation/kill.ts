/** The checker checked: every mutant is put in the place of its machine, and a sentence has to tell the difference. */
import { allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { decide, enumerate, verify } from '../checker/verify.ts';
import { nameOf } from '../commands/verify-report.ts';
import type { MachineStep } from '../model/macro-step.ts';
import { type CapifSystem, compose } from '../model/rules/composition.ts';
import { type Configuration, type Setting, settings } from '../model/setting.ts';
import { type Part, parts } from '../model/state.ts';
import { propertiesOf } from '../requirements/all-properties.ts';
import { everyStep, type Property } from '../requirements/property.ts';
import type { Mutant } from './mutants.ts';

/** `by`: the sentences that it breaks, all of them or the first. `asked`: where it does something else than the real machine. */
export type Judgement = { caught: true; by: string[]; where: string } | { caught: false; asked: string[] };

/** A world to judge in, by a name that says how it differs from the setting it is made of. */
export type Court = { name: string; configuration: Configuration };

function court(name: string, changed: Partial<Setting>, amended = allAmendments as Configuration['amendments']): Court {
  const setting = settings.find((one) => one.name === name)!;
  const changes = Object.entries(changed).map(([what, times]) => `${what} ${times}`);
  return {
    name: `${[name, ...changes].join(', ')}, ${nameOf(amended)}`,
    configuration: { ...setting, ...changed, amendments: amended },
  };
}

/** From small to larger: most mutants do not get past the first. */
export const courts: readonly Court[] = [
  court('three', { changes: 1 }),
  court('fair', { changes: 2, attemptsMax: 2 }),
  court('sets', { changes: 2, attemptsMax: 1 }),
  court('three', { changes: 2, attemptsMax: 1 }),
  court('revocation', { changes: 0, cuts: 0, restarts: 0, revocations: 2 }),
  court('offboarding', { changes: 0, cuts: 0, restarts: 0, revocations: 1 }),
  court('offboarding', { changes: 0, cuts: 0, restarts: 0, revocations: 1, offboardings: 2 }, asWritten),
  court('repeated', { repetitions: 1, cuts: 0 }),
  court('lossy', { changes: 1, cuts: 1, attemptsMax: 2 }),
  court('revocation', { changes: 0, cuts: 1, restarts: 0, invocations: 2 }),
  court('restarts', { changes: 1 }),
  court('sets', { changes: 1, restarts: 1, attemptsMax: 1, invocations: 2 }),
  court('sets', { changes: 1, revocations: 1, attemptsMax: 1, invocations: 2 }),
  court('sets', { changes: 2 }, asWritten),
  court('lossy', { changes: 2, cuts: 1 }),
  court('offboarding', { changes: 0, cuts: 1, restarts: 0, revocations: 1 }),
  court('ageing', { cuts: 0, forgeries: 0 }),
  court('ageing', { changes: 0, cuts: 1, forgeries: 0, restarts: 0, invocations: 2 }),
  court('ageing', { cuts: 0, forgeries: 1, restarts: 0 }),
  court('revocation', { cuts: 1, restarts: 0 }),
  court('late', { cuts: 1 }),
  court('lossy', { changes: 1, cuts: 2, invocations: 2 }),
  court('revocation', { cuts: 0, restarts: 1, invocations: 2 }),
  court('sets', { changesTo: [['OAUTH']], changes: 1, restarts: 1, revocations: 1, attemptsMax: 1, invocations: 2 }),
  court('late', { cuts: 1 }, asWritten),
  court('revocation', { cuts: 0, restarts: 1 }, asWritten),
  court('lossy', { changes: 1 }, asWritten),
  court('restarts', { changes: 1 }, asWritten),
  court('lossy', { changes: 1 }),
];
/** So many times the worlds of the real machine, and some more: only what counts on without end grows beyond that. */
const limitFor = (worlds: number) => 10 * worlds + 20_000;

/** `inFull`: every sentence that the mutant breaks where it is caught, not only the first that is seen. */
export function judge(mutant: Mutant, { among = courts, inFull = false } = {}): Judgement {
  const asked: string[] = [];
  for (const one of among) {
    const by = broken(mutant, one, inFull);
    if (by === 'alike') continue;
    if (by.length > 0) return { caught: true, by, where: one.name };
    asked.push(one.name);
  }
  return { caught: false, asked };
}

function broken({ machine, replacement }: Mutant, { configuration, name }: Court, inFull: boolean): string[] | 'alike' {
  const original = originalOf(configuration);
  try {
    const model = compose(configuration, { [machine]: replacement });
    if (behavesAlike(model, machine, original)) return 'alike';
    const limit = limitFor(original.states);
    const enumeration = enumerate({ ...model, properties: original.kept }, { limit, untilBroken: !inFull });
    const [step] = enumeration.labels.broken;
    if (step && !inFull) return [step.statement];
    const { verdicts, complete } = decide(enumeration);
    const failed = verdicts.filter(({ holds, property: { kind } }) => !holds && (complete || kind !== 'sometimes'));
    if (failed.length > 0) return failed.map(({ property }) => property.statement);
    return complete ? [] : [`(it does not end: more than ${limit} worlds in ${name})`];
  } catch (error) {
    return [`(it does not run: ${(error as Error).message})`];
  }
}

/** All that is ever asked of the real machines in a world, what they answer, and the sentences that hold with them. */
type Original = { first: string; states: number; kept: Property[]; steps: Map<Part, Map<string, MachineStep>> };
const originals = new Map<Configuration, Original>();

function originalOf(configuration: Configuration): Original {
  const known = originals.get(configuration);
  if (known) return known;
  const steps = new Map(parts.map((part) => [part, new Map<string, MachineStep>()]));
  const model = compose(configuration);
  const noted = everyStep('what is asked and answered is noted down', '6.7', ({ steps: taken }) => {
    for (const step of taken) steps.get(step.part)!.set(JSON.stringify([step.before, step.event]), step);
    return true;
  });
  const { verdicts, states } = verify({ ...model, properties: [...propertiesOf(configuration), noted] });
  const kept = verdicts.flatMap(({ property, holds }) => (holds && property !== noted ? [property] : []));
  const original = { states, kept, first: JSON.stringify(model.initial), steps };
  originals.set(configuration, original);
  return original;
}

/** A machine that answers the same to all that is asked of it makes the same worlds: they need not be visited again. */
function behavesAlike({ initial, machines }: CapifSystem, machine: Part, original: Original): boolean {
  if (JSON.stringify(initial) !== original.first) return false;
  for (const { before, event, after, effects, expected } of original.steps.get(machine)!.values()) {
    const taken = machines[machine].step(before, event);
    const answers = [taken.state, taken.effects, taken.expected];
    if (JSON.stringify(answers) !== JSON.stringify([after, effects, expected])) return false;
  }
  return true;
}
