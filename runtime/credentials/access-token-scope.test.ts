/** Scopes: what they give back, and what they never permit. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apisPerAef, scopeOf } from './access-token-scope.ts';

const permits = (scope: string, aefId: string, apiName: string) =>
  apisPerAef(scope)?.get(aefId)?.includes(apiName) ?? false;

describe('a scope', () => {
  const identifier = fc.stringMatching(/^[A-Za-z0-9._~-]{1,20}$/);
  const apiNames = fc.array(identifier, { minLength: 1, maxLength: 5 });

  test('gives back what was put in', () => {
    const several = fc.uniqueArray(fc.tuple(identifier, apiNames), { selector: ([aefId]) => aefId, minLength: 1 });
    fc.assert(
      fc.property(several, (entries) => {
        const parts = entries.map(([aefId, names]) => scopeOf(aefId, names).slice('3gpp#'.length));
        expect(apisPerAef(`3gpp#${parts.join(';')}`)).toEqual(new Map(entries));
      }),
    );
  });

  test('permits what it names, and nothing else', () => {
    fc.assert(
      fc.property(identifier, apiNames, identifier, identifier, (aefId, names, otherAef, otherApi) => {
        const scope = scopeOf(aefId, names);
        for (const name of names) expect(permits(scope, aefId, name)).toBe(true);
        expect(permits(scope, otherAef, names[0]!)).toBe(otherAef === aefId);
        expect(permits(scope, aefId, otherApi)).toBe(names.includes(otherApi));
      }),
    );
  });

  test.each([
    '',
    'a:b',
    '3gpp#',
    '3gpp#a',
    '3gpp#a:',
    '3gpp#:b',
    '3gpp#a:b,',
    '3gpp#a:b;',
    '3gpp#a:b;a:c',
    '3gpp#a:b:c',
    '3gpp#a:b ',
    '3GPP#a:b',
    '3gpp#a:b 3gpp#c:d',
    '3gpp#x:y;a:b;;',
  ])('that is malformed permits nothing: %j', (scope) => {
    expect(apisPerAef(scope)).toBeUndefined();
    expect(permits(scope, 'a', 'b')).toBe(false);
  });

  test('cannot name what would be read as something else', () => {
    for (const [aefId, names] of [
      ['a:b', ['c']],
      ['a', ['b,c']],
      ['a', ['b;c:d']],
      ['a', []],
      ['', ['b']],
    ] as const)
      expect(() => scopeOf(aefId, names)).toThrow(TypeError);
  });
});
