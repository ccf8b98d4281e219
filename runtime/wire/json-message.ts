/** JSON (RFC 8259) in the messages of TS 29.222: as a body, and as a text in strings that it leaves undefined. */
import { z } from 'zod';
import {
  type Body,
  type HttpAnswer,
  type HttpRequest,
  malformedBecause,
  type Read,
  type ReceivedAnswer,
  readAs,
  unexpectedStatus,
} from './http-message.ts';

const contentType = { 'content-type': 'application/json' };

export const writeJsonRequest = (
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): HttpRequest => ({ method, path, headers: { ...contentType, ...headers }, body: JSON.stringify(body) });

export const writeJsonAnswer = (status: number, body: unknown, headers: Record<string, string> = {}): HttpAnswer => ({
  status,
  headers: { ...contentType, ...headers },
  body: JSON.stringify(body),
});

/** What the body is under the schema; unknown fields are left out. */
export function readJson<S extends z.ZodType>(body: Body, schema: S, reviver?: Reviver): Read<z.output<S>> {
  let json: unknown;
  try {
    json = JSON.parse(decodeBody(body), reviver);
  } catch {
    // The error itself would repeat a piece of the body.
    return malformedBecause('the body is not JSON in UTF-8');
  }
  return readAs(schema, json);
}

type Reviver = (this: unknown, key: string, value: unknown) => unknown;

/** Some peers write a null for what they leave out. */
function withoutNulls(this: unknown, _key: string, value: unknown): unknown {
  return value === null && !Array.isArray(this) ? undefined : value;
}

/** As `readJson`, of an answer that must have one of these status codes; a member that is null is not there. */
export function readJsonAnswer<S extends z.ZodType>(
  { status, body }: ReceivedAnswer,
  expected: readonly number[],
  schema: S,
): Read<z.output<S>> {
  return expected.includes(status) ? readJson(body, schema, withoutNulls) : unexpectedStatus(status, expected);
}

/** RFC 7396: the JSON value that a merge patch makes of another. A member that is null in the patch is taken out. */
export function mergePatched(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, member] of Object.entries(patch)) {
    if (member === null) merged.delete(name);
    else merged.set(name, mergePatched(merged.get(name), member));
  }
  return Object.fromEntries(merged);
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A string that is JSON under the schema. */
export const jsonText = <S extends z.ZodType>(schema: S) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.issues.push({ code: 'custom', message: 'must be a JSON text', input: text });
        return z.NEVER;
      }
    })
    .pipe(schema);

/** @throws TypeError if the body is not UTF-8 */
export const decodeBody = (body: Body): string =>
  typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body);
