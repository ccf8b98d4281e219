/** Merge patches, by the examples of RFC 7396, appendix A. */
import { expect, test } from 'vitest';
import { mergePatched } from './json-message.ts';

test('a merge patch is that of RFC 7396', () => {
  const examples: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of examples) expect(mergePatched(target, patch)).toEqual(result);
});

test('a member named __proto__ is a member like any other', () => {
  const merged = mergePatched({}, JSON.parse('{"a":{"__proto__":{"b":1}}}')) as { a: { b?: number } };
  expect(merged.a.b).toBeUndefined();
  expect(Object.keys(merged.a)).toEqual(['__proto__']);
});
