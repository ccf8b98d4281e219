/** A value that may be there at once: then nothing waits, and what follows happens in the same turn. */
export const whenThere = <T, U>(value: T | PromiseLike<T>, then: (value: T) => U | Promise<U>): U | Promise<U> =>
  isPromised(value) ? Promise.resolve(value).then(then) : then(value);

/** An application may have promises of its own kind. */
const isPromised = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof (value as Partial<PromiseLike<T>> | undefined)?.then === 'function';
