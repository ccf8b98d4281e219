/** HTTP messages as the APIs of TS 29.222 (clause 7) write them, and what reading a peer's message comes to. */
import type { Readable } from 'node:stream';
import type { z } from 'zod';

export type HttpRequest = { method: string; path: string; headers?: Record<string, string>; body?: string };
export type HttpAnswer = { status: number; headers?: Record<string, string>; body?: string };

/** What a service answers: any bytes, whole or as a stream, and a header as often as it likes. */
export type ServiceAnswer = {
  status: number;
  headers?: Record<string, string | string[]>;
  body?: string | Uint8Array | Readable;
};

/** A body as it came, in UTF-8. */
export type Body = string | Uint8Array | undefined;

/** Header fields as Node hands them in: their names are in lower case. */
export type ReceivedHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** An answer as it came; an `HttpAnswer` is one too. */
export type ReceivedAnswer = { status: number; headers?: ReceivedHeaders; body?: Body };

/** InvalidParam of TS 29.122: a JSON pointer into the body, a header or query name, or a path variable in braces. */
type InvalidParam = { param: string; reason: string };

/** `because` and the reasons may be shown to the peer: no value of the message is repeated in them. */
export type Malformed = { outcome: 'malformed'; because: string; invalidParams: InvalidParam[] };
export type Read<T> = { outcome: 'read'; value: T } | Malformed;

/** Of more than this, a message has the first: one wrong list must not become an answer larger than itself. */
export const mostInvalidParams = 16;

export const read = <T>(value: T): Read<T> => ({ outcome: 'read', value });

export const malformedBecause = (because: string, invalidParams: InvalidParam[] = []): Malformed => ({
  outcome: 'malformed',
  because,
  invalidParams,
});

export const malformedParam = (param: string, reason: string): Malformed =>
  malformedBecause(`${param || 'the body'} ${reason}`, [{ param, reason }]);

/** A zod failure in words of this runtime; `nameOf` names what is at a path, for a JSON body as a JSON pointer. */
function malformed(failure: z.ZodError, nameOf: (path: PropertyKey[]) => string = jsonPointer): Malformed {
  const issues = failure.issues.slice(0, mostInvalidParams);
  const invalidParams = issues.map(({ path, message }) => ({ param: nameOf(path), reason: message }));
  return malformedBecause(
    invalidParams.map(({ param, reason }) => `${param || 'the body'} ${reason}`).join('; '),
    invalidParams,
  );
}

/** What the value is under the schema. */
export function readAs<S extends z.ZodType>(
  schema: S,
  value: unknown,
  nameOf?: (path: PropertyKey[]) => string,
): Read<z.output<S>> {
  const parsed = schema.safeParse(value, { error: reasonOf });
  return parsed.success ? read(parsed.data) : malformed(parsed.error, nameOf);
}

/** One value of several parts of a message; it is malformed if any is, and says so of all that are. */
export function together<T extends Record<string, unknown>>(parts: { [K in keyof T]: Read<T[K]> }): Read<T> {
  const entries = Object.entries(parts) as [string, Read<unknown>][];
  const wrong = entries.flatMap(([, part]) => (part.outcome === 'malformed' ? [part] : []));
  if (wrong.length > 0) {
    return malformedBecause(
      wrong.map(({ because }) => because).join('; '),
      wrong.flatMap(({ invalidParams }) => invalidParams),
    );
  }
  return read(Object.fromEntries(entries.map(([name, part]) => [name, part.outcome === 'read' && part.value])) as T);
}

/** The same reading, with its value put differently. */
export const mapRead = <T, U>(from: Read<T>, map: (value: T) => U): Read<U> =>
  from.outcome === 'read' ? read(map(from.value)) : from;

/** The answer of an operation that returns nothing. */
export const writeNoContent = (): HttpAnswer => ({ status: 204 });

export const unexpectedStatus = (status: number, expected: readonly number[]): Malformed =>
  malformedBecause(`the answer has status ${status}, not ${expected.join(' or ')}`);

const jsonPointer = (path: PropertyKey[]): string => path.map((key) => `/${String(key)}`).join('');

/** Not zod's own words: these are the same in every version and locale, and never repeat a value. */
function reasonOf(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `must be of type ${issue.expected === 'int' ? 'integer' : issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return 'is not valid';
  }
}
