/** What a reader says of a message that is malformed, and what it does not repeat of it. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { invalidParamsOf } from '../testing/wire-values.ts';
import { malformedParam, read, readAs, together } from './http-message.ts';
import { readJson } from './json-message.ts';
import { path, readLocation, readPathParameter } from './paths.ts';

const schema = z.object({ list: z.array(z.object({ name: z.string(), count: z.int().positive() })).min(1) });

test('what is wrong with a body is named by JSON pointers, in words', () => {
  const body = '{"list":[{"name":"a","count":1},{"count":"three"},{"name":["secret"],"count":-4}]}';
  expect(readJson(body, schema)).toEqual({
    outcome: 'malformed',
    because:
      '/list/1/name is required; /list/1/count must be of type number; ' +
      '/list/2/name must be of type string; /list/2/count must be at least 0',
    invalidParams: [
      { param: '/list/1/name', reason: 'is required' },
      { param: '/list/1/count', reason: 'must be of type number' },
      { param: '/list/2/name', reason: 'must be of type string' },
      { param: '/list/2/count', reason: 'must be at least 0' },
    ],
  });
  expect(readJson('{"list":[]}', schema)).toMatchObject({ because: '/list must not be empty' });
  expect(readJson('[]', schema)).toMatchObject({ because: 'the body must be of type object' });
});

test('a body that is not JSON in UTF-8 is malformed, and no reason repeats it', () => {
  const malformed = { outcome: 'malformed', because: 'the body is not JSON in UTF-8', invalidParams: [] };
  for (const body of [undefined, '', '{"secret', Buffer.from([0x22, 0xff, 0x22])]) {
    expect(readJson(body, schema)).toEqual(malformed);
  }
});

test('a long list of wrong entries gets a short answer', () => {
  const outcome = readAs(schema, { list: new Array(10_000).fill(0) });
  expect(invalidParamsOf(outcome)).toHaveLength(16);
});

test('parts of a message are read together, and all their faults are named', () => {
  expect(together({ a: read(1), b: read(undefined) })).toEqual({ outcome: 'read', value: { a: 1, b: undefined } });
  expect(together({ a: malformedParam('{a}', 'is odd'), b: read(1), c: malformedParam('c', 'is even') })).toEqual({
    outcome: 'malformed',
    because: '{a} is odd; c is even',
    invalidParams: [
      { param: '{a}', reason: 'is odd' },
      { param: 'c', reason: 'is even' },
    ],
  });
});

test('an identifier of a path is letters, digits, dots, underscores and hyphens', () => {
  expect(readPathParameter({ apfId: 'APF-1_a.b' }, 'apfId')).toEqual(read('APF-1_a.b'));
  for (const apfId of ['', '.', '..', 'a/b', 'a b', 'ä', 'a\n', 'a'.repeat(65), '__proto__\u0000', undefined]) {
    expect(invalidParamsOf(readPathParameter({ apfId }, 'apfId'))).toMatchObject([{ param: '{apfId}' }]);
  }
  expect(path`/x/${'a/../b'}/y`).toBe('/x/a%2F..%2Fb/y');
});

test('the identifier of what was created is in its Location, whatever the API root', () => {
  const pattern = /\/things\/([^/]+)$/;
  for (const location of ['/things/t1', 'https://core.example:8443/root/things/t1']) {
    expect(readLocation({ location }, pattern)).toEqual(read('t1'));
  }
  for (const location of [undefined, '', '/others/t1', '/things/', '/things/a%20b', ['/things/t1', '/things/t2']]) {
    expect(invalidParamsOf(readLocation({ location }, pattern))).toMatchObject([{ param: 'location' }]);
  }
});
