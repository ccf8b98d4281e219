/** Finds the guards that depend on amendments alone, by running each guard with everything else hidden. */
import type { AnyStateMachine } from 'xstate';
import type { Amendment } from '../../machines/vocabulary.ts';

class Undetermined extends Error {}

/** Throws if the guard reads anything that is not in `known`. */
const hidden = (known: Readonly<Record<string, unknown>> = {}) =>
  new Proxy(known, {
    get(target, name) {
      if (typeof name === 'string' && Object.hasOwn(target, name)) return target[name];
      throw new Undetermined();
    },
  });

/** The result of the guard for every context and event; undefined if it depends on them. */
export function constantResult(
  machine: AnyStateMachine,
  guard: string,
  amendments: readonly Amendment[],
): boolean | undefined {
  const { guards } = machine.implementations;
  const predicate: unknown = Object.hasOwn(guards, guard) ? guards[guard] : undefined;
  if (typeof predicate !== 'function' || 'check' in predicate) return undefined;
  try {
    return Boolean(predicate({ context: hidden({ amendments }), event: hidden() }, hidden()));
  } catch (error) {
    if (error instanceof Undetermined) return undefined;
    throw error;
  }
}
