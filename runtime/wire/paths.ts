/** Resource URIs of TS 29.222 (7.5): the identifiers in them, and the Location of what has been created. */
import { z } from 'zod';
import { malformedParam, type Read, type ReceivedHeaders, readAs } from './http-message.ts';

/**
 * Any identifier or API name: our own bound, as TS 29.222 allows any string. What passes can stand in a path, a scope
 * and a certificate as it is. `.` and `..` do not: in a path they would name another resource.
 */
export const identifier = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, underscores or hyphens');

/** As a router finds them: by name, decoded. */
export type PathParameters = Readonly<Record<string, string | undefined>>;

/** A path with its identifiers encoded: path`/trustedInvokers/${apiInvokerId}`. */
export const path = (fixed: TemplateStringsArray, ...identifiers: string[]): string =>
  String.raw({ raw: fixed }, ...identifiers.map(encodeURIComponent));

export const readPathParameter = (parameters: PathParameters, name: string): Read<string> =>
  readAs(identifier, parameters[name], () => `{${name}}`);

/** The identifier in the Location header: what the only group of the pattern finds. */
export function readLocation(headers: ReceivedHeaders | undefined, pattern: RegExp): Read<string> {
  const location = headers?.location;
  if (location === undefined) return malformedParam('location', 'is required');
  const found = typeof location === 'string' ? pattern.exec(location)?.[1] : undefined;
  if (found === undefined) return malformedParam('location', 'must be the URI of a resource of this API');
  return readAs(identifier, found, () => 'location');
}
