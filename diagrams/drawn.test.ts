/** What is committed is what the machines are: drawn again, and compared. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { differences } from './drawn-check.ts';
import { changeRequest, drawAll, filesOf } from './files.ts';

const folder = fileURLToPath(new URL('./drawn', import.meta.url));

test('diagrams/drawn is what "capif draw" makes of the machines', async () => {
  const files = filesOf(await drawAll(), await changeRequest());

  expect(differences(folder, files)).toEqual([]);
}, 60_000);

test('a file that differs, one that is missing and one that nobody draws are found', () => {
  const files = new Map([
    ['index.md', 'something else'],
    ['not-there.svg', ''],
  ]);
  const found = differences(folder, files);

  expect(found).toContainEqual({ name: 'index.md', how: 'differs' });
  expect(found).toContainEqual({ name: 'not-there.svg', how: 'is missing' });
  expect(found).toContainEqual({ name: 'as-written/apiInvoker.svg', how: 'is not drawn' });
});
