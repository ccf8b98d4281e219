/** Parameters in `application/x-www-form-urlencoded`: the query of TS 29.222 8.1 and the token request of 8.5. */
import type { z } from 'zod';
import { type Body, malformedBecause, malformedParam, type Read, readAs } from './http-message.ts';
import { decodeBody } from './json-message.ts';

/** Parameters that are there, in this order. */
export function writeForm(parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given).toString();
}

/** What the parameters are under the schema; one that is given twice is malformed (RFC 6749 3.2). */
export function readForm<S extends z.ZodObject>(text: Body, schema: S): Read<z.output<S>> {
  let parameters: [string, string][];
  try {
    parameters = [...new URLSearchParams(decodeBody(text))];
  } catch {
    return malformedBecause('the parameters are not in UTF-8');
  }
  const seen = new Set<string>();
  for (const [name] of parameters) {
    const known = Object.hasOwn(schema.shape, name) ? name : 'a parameter that is not known';
    if (seen.has(name)) return malformedParam(known, 'is given more than once');
    seen.add(name);
  }
  // Within a parameter, and beside those that are known, names are those of the sender, which no error repeats.
  return readAs(schema, Object.fromEntries(parameters), ([name]) => String(name));
}
