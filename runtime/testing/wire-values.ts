/** Generators for the tests of `wire/`: domain values, and messages that must not make a reader throw. */
import * as fc from 'fast-check';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import { expect } from 'vitest';
import { securityMethods } from '../../machines/vocabulary.ts';
import type { Body, HttpRequest, Read } from '../wire/http-message.ts';
import type { PathParameters } from '../wire/paths.ts';

export const id = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/);
export const text = fc.string({ unit: 'grapheme', maxLength: 20 });
export const methods = fc.shuffledSubarray([...securityMethods]);
export const credential = fc.integer({ min: 1, max: 2 ** 31 });
export const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** None, one for all services, or one for each of at least so many. */
export const revisions = (atLeast: number) => {
  const named = fc.record({ service: id, revision: fc.nat() });
  const each = fc.uniqueArray(named, {
    minLength: Math.max(1, atLeast),
    maxLength: 4,
    selector: ({ service }) => service,
  });
  return optional(fc.oneof(fc.nat(), each));
};
export const destination = fc.webUrl({ validSchemes: ['http', 'https'] });

const pemOf = (label: string) =>
  fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => {
    const lines = Buffer.from(bytes)
      .toString('base64')
      .replaceAll(/(.{64})(?=.)/g, '$1\n');
    return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
  });
export const publicKey = pemOf('PUBLIC KEY');
export const keyOrRequest = fc.oneof(publicKey, pemOf('CERTIFICATE REQUEST'));
export const certificates = fc.array(pemOf('CERTIFICATE'), { minLength: 1, maxLength: 3 }).map((all) => all.join(''));

const aef = fc.record({
  aefId: id,
  host: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.constant('localhost')),
  port: fc.integer({ min: 1, max: 65535 }),
  apiVersion: id,
  methods,
});
export const serviceApi = fc.record({ apiName: id, apiId: optional(id), aefs: fc.array(aef, { maxLength: 3 }) });
export const notification = fc.record({
  apiInvokerId: id,
  aefId: optional(id),
  apiIds: fc.array(id, { minLength: 1, maxLength: 3 }),
  cause: fc.constantFrom('OVERLIMIT_USAGE', 'OTHER_REASON', 'OF_A_LATER_RELEASE'),
});

/** Reading what was written gives it back. */
export const givesBack = <T>(values: fc.Arbitrary<T>, thereAndBack: (value: T) => Read<unknown>) =>
  fc.assert(
    fc.property(values, (value) => {
      expect(thereAndBack(value)).toEqual({ outcome: 'read', value });
    }),
  );

/** The path parameters that a router finds in the request. */
export function routed(route: string, { method, path }: HttpRequest): PathParameters {
  const router = findMyWay();
  router.on(method as HTTPMethod, route, () => {});
  const found = router.find(method as HTTPMethod, path);
  if (!found) throw new Error(`${path} is not at ${route}`);
  return found.params;
}

export const invalidParamsOf = (outcome: Read<unknown>) =>
  outcome.outcome === 'malformed' ? outcome.invalidParams : 'not malformed';

/** A value that a peer might have meant to be secret: no reason may repeat it. */
const secret = 'quite-secret-9f31';

const wrong: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(undefined, null, true, -1, 1e300, 0.5, '', secret, `{"${secret}"`, [], [[]], {}, [secret], {
    [secret]: 1,
  }),
  fc.constant(JSON.parse(`{"__proto__":{"aefId":"${secret}"},"constructor":{"prototype":null}}`)),
  fc.jsonValue({ maxDepth: 3 }),
);

/** The body with one of its nodes replaced or left out: close enough to get deep into a schema. */
const nearly = (body: string): fc.Arbitrary<Body> =>
  fc.tuple(fc.nat(60), wrong).map(([at, instead]) => {
    let visited = 0;
    return JSON.stringify(JSON.parse(body, (_, value) => (visited++ === at ? instead : value)));
  });

const hostile: fc.Arbitrary<Body> = fc.oneof(
  fc.constantFrom<Body>(
    undefined,
    '',
    'null',
    '[]',
    '{"__proto__":null}',
    `{"${secret}"`,
    `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
    '9'.repeat(1000),
    '\ufeff{}',
    Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
    Buffer.from([0x22, 0xc3, 0x28, 0x22]),
  ),
  fc.json(),
  fc.string(),
  fc.uint8Array(),
);

/** Whatever comes is read or malformed; nothing throws, and no reason repeats what came. */
export const withstands = (reader: (body: Body) => Read<unknown>, body: string) =>
  fc.assert(
    fc.property(fc.oneof({ weight: 3, arbitrary: nearly(body) }, hostile), (came) => {
      const outcome = reader(came);
      if (outcome.outcome === 'malformed') expect(JSON.stringify(outcome)).not.toContain(secret);
    }),
    { numRuns: 300 },
  );
