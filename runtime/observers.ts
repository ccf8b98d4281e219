/**
 * What an application gives a role to tell it something with. A role calls these functions within its steps, from timers and from
 * sockets, where nobody waits for them: what they throw, or reject with, ends none of these, and no process.
 */

export function observer<A extends unknown[]>(
  observe: (...about: A) => unknown,
  onError: (error: unknown) => void,
): (...about: A) => void {
  return (...about) => {
    try {
      // An application may give an async function where nothing is waited for.
      const told = observe(...about);
      if (told instanceof Promise) told.catch(onError);
    } catch (error) {
      onError(error);
    }
  };
}

/** Of what is thrown where errors are told, nobody else can be told. */
export const errorObserver = (onError: (error: unknown) => unknown = () => {}): ((error: unknown) => void) =>
  observer(onError, () => {});
