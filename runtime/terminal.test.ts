import { expect, test } from 'vitest';
import { columnsOf, glossary, wrapped } from './terminal.ts';

test('a file or a pipe gets lines of a length of its own, and a tiny terminal is not obeyed', () => {
  expect([columnsOf({}), columnsOf({ columns: 80 }), columnsOf({ columns: 3 })]).toEqual([110, 80, 40]);
});

test('a text is broken at spaces, and each line but the first is indented', () => {
  expect(wrapped('  one two three', '    ', 9)).toBe('  one two\n    three');
  expect(wrapped('  one', '    ', 9)).toBe('  one');
  expect(wrapped('  unbreakable two', '    ', 9)).toBe('  unbreakable two');
});

test('meanings stand in one column', () => {
  expect(
    glossary(
      [
        ['one', 'the first'],
        ['three', 'the third'],
      ],
      5,
    ),
  ).toBe('  one   the first\n  three the third');
});
