/** The committed files match the machines: everything is drawn again and compared. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { mismatches } from './drawn-check.ts';
import { changeRequest, drawAll, filesOf } from './files.ts';

const folder = fileURLToPath(new URL('./drawn', import.meta.url));

test('diagrams/drawn is up to date', async () => {
  const files = filesOf(await drawAll(), await changeRequest());

  expect(mismatches(folder, files)).toEqual([]);
}, 60_000);

test('a file that differs, one that is missing and one that is no longer drawn are found', () => {
  const files = new Map([
    ['index.md', 'something else'],
    ['not-there.svg', ''],
  ]);
  const found = mismatches(folder, files);

  expect(found).toContainEqual({ name: 'index.md', how: 'differs' });
  expect(found).toContainEqual({ name: 'not-there.svg', how: 'is missing' });
  expect(found).toContainEqual({ name: 'as-written/apiInvoker.svg', how: 'is no longer drawn' });
});
