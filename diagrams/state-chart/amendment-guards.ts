/** Whether a guard is settled by the amendments alone: asked of the guard itself, which may see nothing else. */
import type { AnyStateMachine } from 'xstate';
import type { Amendment } from '../../machines/vocabulary.ts';

class Undetermined extends Error {}

/** What is read from it is not known, so that nothing that depends on it is. */
const unknown = (known: Readonly<Record<string, unknown>> = {}) =>
  new Proxy(known, {
    get(target, name) {
      if (typeof name === 'string' && Object.hasOwn(target, name)) return target[name];
      throw new Undetermined();
    },
  });

/** What the guard says whatever the context and the event are, or nothing if it depends on them. */
export function constantly(
  machine: AnyStateMachine,
  guard: string,
  amendments: readonly Amendment[],
): boolean | undefined {
  const asked: unknown = machine.implementations.guards[guard];
  if (typeof asked !== 'function' || 'check' in asked) return undefined;
  try {
    return Boolean(asked({ context: unknown({ amendments }), event: unknown() }, unknown()));
  } catch (error) {
    if (error instanceof Undetermined) return undefined;
    throw error;
  }
}
