/** Requests that are altered at random, for tests: by another caller than may, with other paths, bodies, headers and methods. */
import fc from 'fast-check';

export const json = 'application/json';
export const mergePatch = 'application/merge-patch+json';
export const form = 'application/x-www-form-urlencoded';

/** `by`: who may; `raw`: the text of the body, if that is no JSON. */
export type Sent<Caller> = {
  by: Caller;
  method: string;
  path: string;
  type?: string;
  body?: unknown;
  raw?: string;
  headers?: Record<string, string>;
};

/** One change of a request; `at` chooses what is changed, `by` what it becomes. */
type Change = { kind: (typeof kinds)[number]; at: number; by: unknown };
/** `caller`: another than may. */
type Step<Caller> = { request: number; caller: Caller | undefined; changes: Change[] };

const kinds = ['path', 'query', 'body', 'body', 'body', 'text', 'type', 'method', 'header'] as const;
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    '',
    '__proto__',
    'constructor',
    '../..',
    -1,
    1e308,
    2 ** 53,
    '\u0000',
    'a'.repeat(5_000),
    [],
    {},
    [[]],
  ),
);
const change: fc.Arbitrary<Change> = fc.record({ kind: fc.constantFrom(...kinds), at: fc.nat(), by: odd });

/** Sequences of requests, each of which may be altered. */
export function sequences<Caller extends string>(callers: readonly Caller[]): fc.Arbitrary<Step<Caller>[]> {
  const step = fc.record({
    request: fc.nat(),
    caller: fc.option(fc.constantFrom(...callers), { nil: undefined, freq: 1 }),
    // Half of them as they are, so that a sequence gets somewhere.
    changes: fc.oneof(fc.constant<Change[]>([]), fc.array(change, { minLength: 1, maxLength: 3 })),
  });
  return fc.array(step, { minLength: 1, maxLength: 20 });
}

/** As it is sent. */
export function requestOf({ method, path, type, body, raw, headers }: Sent<unknown>) {
  const text = raw ?? JSON.stringify(body);
  return {
    ...{ method, path, headers: { ...headers, ...(type && { 'content-type': type }) } },
    ...(text !== undefined && { body: text }),
  };
}

/** Who sends what: one of these requests, altered. */
export function altered<Caller>(valid: readonly Sent<Caller>[], { request, caller, changes }: Step<Caller>) {
  const sent = changes.reduce(changed, oneOf(valid, request)) as Sent<Caller>;
  const made = requestOf(sent);
  return { by: caller ?? sent.by, text: made.body ?? '', request: made };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const oneOf = <T>(all: readonly T[], n: number): T => all[n % all.length]!;

function changed(sent: Sent<unknown>, { kind, at: where, by }: Change): Sent<unknown> {
  const [path = '', query] = sent.path.split('?');
  if (kind === 'path') {
    const parts = path.split('/');
    parts[1 + (where % (parts.length - 1))] = encodeURIComponent(textOf(by));
    return { ...sent, path: parts.join('/') + (query === undefined ? '' : `?${query}`) };
  }
  if (kind === 'query') {
    const given = new URLSearchParams(query);
    given.append(
      oneOf(['aef-id', 'api-invoker-id', 'supported-features', 'api-name', 'comm-type', 'x'], where),
      textOf(by),
    );
    return { ...sent, path: `${path}?${given}` };
  }
  if (kind === 'header') {
    // What node:http sends at all.
    const value = textOf(by)
      .replaceAll(/[^\x20-\x7e]/g, '')
      .slice(0, 4_000);
    const name = oneOf(['authorization', 'accept', 'content-encoding', 'expect', 'if-match', 'x-forwarded-for'], where);
    const given = sent.headers?.[name] ?? '';
    return { ...sent, headers: { ...sent.headers, [name]: given.slice(0, where % 400) + value } };
  }
  if (kind === 'type') return { ...sent, type: oneOf([json, mergePatch, form, 'text/plain', ''], where) };
  if (kind === 'method') return { ...sent, method: oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], where) };
  if (kind === 'text')
    return { ...sent, raw: (sent.raw ?? JSON.stringify(sent.body ?? '')).slice(0, where % 200) + textOf(by) };
  return { ...sent, body: alteredValue(sent.body, where, by) };
}

/** One of all values in it is another, or is left out. */
function alteredValue(value: unknown, where: number, by: unknown): unknown {
  if (typeof value !== 'object' || value === null || where % 5 === 0) return by;
  const names = Object.keys(value);
  const name = oneOf(names, where);
  if (name === undefined) return by;
  const deeper = Math.floor(where / Math.max(names.length, 1));
  const copy = structuredClone(value) as Record<string, unknown>;
  if (deeper % 7 === 0) delete copy[name];
  else copy[name] = alteredValue(copy[name], deeper, by);
  return copy;
}
