/** Tries to kill a mutant: it takes the place of its machine in one configuration after another, until a property fails. */
import { allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { decide, enumerate, verify } from '../checker/verify.ts';
import { type CapifSystem, compose } from '../model/rules/composition.ts';
import { type Configuration, type Setting, settings } from '../model/setting.ts';
import type { MachineTables } from '../model/state.ts';
import { propertiesOf } from '../requirements/all-properties.ts';
import type { Property } from '../requirements/property.ts';
import { amendmentsText } from '../traces/amendment-text.ts';
import type { Mutant } from './mutant.ts';

/**
 * `by`: the statements of the properties that fail, all of them or the first. `where`: the name of the configuration.
 * `differsIn`: the configurations in which the mutant behaves unlike the real machine, and yet no property fails.
 */
export type Attempt = { killed: true; by: string[]; where: string } | { killed: false; differsIn: string[] };

/** The name says how the configuration differs from its setting. */
type NamedConfiguration = { name: string; configuration: Configuration };

function changed(
  name: string,
  bounds: Partial<Setting>,
  amendments: Configuration['amendments'] = allAmendments,
): NamedConfiguration {
  const setting = settings.find((one) => one.name === name)!;
  const changes = Object.entries(bounds).map(([bound, value]) => `${bound} ${value}`);
  return {
    name: `${[name, ...changes].join(', ')}, ${amendmentsText(amendments)}`,
    configuration: { ...setting, ...bounds, amendments },
  };
}

/** From small to larger: most mutants die in the first. */
const configurations: readonly NamedConfiguration[] = [
  changed('three', { changes: 1 }),
  changed('fair', { changes: 2, attemptsMax: 2 }),
  changed('sets', { changes: 2, attemptsMax: 1 }),
  changed('three', { changes: 2, attemptsMax: 1 }),
  changed('withdrawn', { changes: 1, withdrawals: 1, cuts: 0 }),
  changed('notified', { changes: 1 }),
  changed('notifications', { cuts: 0, lateRequests: false }),
  changed('notifications', { cuts: 0, lateRequests: false }, asWritten),
  changed('revocation', { changes: 0, cuts: 0, restarts: 0, revocations: 2 }),
  changed('offboarding', { changes: 0, cuts: 0, restarts: 0, revocations: 1 }),
  changed('offboarding', { changes: 0, cuts: 0, restarts: 0, revocations: 1, offboardings: 2 }, asWritten),
  changed('repeated', { repetitions: 1, cuts: 0 }),
  changed('lossy', { changes: 1, cuts: 1, attemptsMax: 2 }),
  changed('revocation', { changes: 0, cuts: 1, restarts: 0, invocations: 2 }),
  changed('restarts', { changes: 1 }),
  changed('sets', { changes: 1, restarts: 1, attemptsMax: 1, invocations: 2 }),
  changed('sets', { changes: 1, revocations: 1, attemptsMax: 1, invocations: 2 }),
  changed('sets', { changes: 2 }, asWritten),
  changed('lossy', { changes: 2, cuts: 1 }),
  changed('offboarding', { changes: 0, cuts: 1, restarts: 0, revocations: 1 }),
  changed('ageing', { cuts: 0, forgeries: 0 }),
  changed('ageing', { changes: 0, cuts: 1, forgeries: 0, restarts: 0, invocations: 2 }),
  changed('ageing', { cuts: 0, forgeries: 1, restarts: 0 }),
  changed('revocation', { cuts: 1, restarts: 0 }),
  changed('revocation', { changes: 0, cuts: 2, restarts: 0 }),
  changed('late', { cuts: 1 }),
  changed('lossy', { changes: 1, cuts: 2, invocations: 2 }),
  changed('revocation', { cuts: 0, restarts: 1, invocations: 2 }),
  changed('sets', { changesTo: [['OAUTH']], changes: 1, restarts: 1, revocations: 1, attemptsMax: 1, invocations: 2 }),
  changed('late', { cuts: 1 }, asWritten),
  changed('revocation', { cuts: 0, restarts: 1 }, asWritten),
  changed('lossy', { changes: 1 }, asWritten),
  changed('restarts', { changes: 1 }, asWritten),
  changed('lossy', { changes: 1 }),
];
/** Far more states than with the real machine: only a mutant that counts without end exceeds it. */
const limitFor = (states: number) => 10 * states + 20_000;

/** `inFull`: names every property that fails in the configuration that kills the mutant, not only the first. */
export function tryToKill(mutant: Mutant, inFull = false): Attempt {
  const differsIn: string[] = [];
  for (const one of configurations) {
    const by = broken(mutant, one, inFull);
    if (by === 'alike') continue;
    if (by.length > 0) return { killed: true, by, where: one.name };
    differsIn.push(one.name);
  }
  return { killed: false, differsIn };
}

function broken(
  { machine, replacement }: Mutant,
  { configuration, name }: NamedConfiguration,
  inFull: boolean,
): string[] | 'alike' {
  const original = originalOf(configuration);
  try {
    const model = compose(configuration, { [machine]: replacement });
    if (behavesAlike(model, machine, original)) return 'alike';
    const limit = limitFor(original.states);
    const enumeration = enumerate({ ...model, properties: original.holding }, { limit, untilBroken: !inFull });
    const [property] = enumeration.propositions.broken;
    if (property && !inFull) return [property.statement];
    const { verdicts, complete } = decide(enumeration);
    const failed = verdicts.filter(({ holds, property: { kind } }) => !holds && (complete || kind !== 'sometimes'));
    if (failed.length > 0) return failed.map(({ property }) => property.statement);
    return complete ? [] : [`(it does not end: more than ${limit} states in ${name})`];
  } catch (error) {
    return [`(it does not run: ${(error as Error).message})`];
  }
}

/** The real machines with every step that they take in a configuration, and the properties that hold with them. */
type Original = { initial: string; states: number; holding: Property[]; machines: MachineTables };
const originals = new Map<Configuration, Original>();

function originalOf(configuration: Configuration): Original {
  const known = originals.get(configuration);
  if (known) return known;
  const model = compose(configuration);
  const { verdicts, states } = verify({ ...model, properties: propertiesOf(configuration) });
  const holding = verdicts.flatMap(({ property, holds }) => (holds ? [property] : []));
  const original = { states, holding, initial: JSON.stringify(model.initial), machines: model.machines };
  originals.set(configuration, original);
  return original;
}

/** A machine that takes the same steps gives the same states, which need not be explored again. */
const behavesAlike = ({ initial, machines }: CapifSystem, machine: Mutant['machine'], original: Original): boolean =>
  JSON.stringify(initial) === original.initial && original.machines[machine].isLike(machines[machine]);
