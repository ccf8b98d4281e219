/** The findings that are committed are what the machines say today. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findingsFolder } from '../commands/findings.ts';
import { allPages } from './pages.ts';

test('every page under properties/findings/ is what the machines say (make them again with "capif findings")', () => {
  const pages = allPages();
  expect(readdirSync(findingsFolder).sort()).toEqual(pages.map(([file]) => file).sort());
  for (const [file, text] of pages) expect(readFileSync(join(findingsFolder, file), 'utf8')).toBe(text);
}, 300_000);
