/** The committed findings are those of the machines as they are. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allPages, findingsFolder } from './pages.ts';

test('every page under properties/findings/ is up to date (generate them again with "capif findings")', () => {
  const pages = allPages();
  expect(readdirSync(findingsFolder).sort()).toEqual(pages.map(([file]) => file).sort());
  for (const [file, text] of pages) expect(readFileSync(join(findingsFolder, file), 'utf8')).toBe(text);
}, 900_000);
