/** Machines decide, adapters perform: no file of the runtime reads where a machine stands. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const here = import.meta.dirname;

/** The participant keeps the snapshot; tests and what they share may look. */
const mayLook = (file: string) => file === 'participant.ts' || file.startsWith('testing/') || file.endsWith('.test.ts');
const adapters = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !mayLook(file));

/** How a state is read: by a snapshot, by the functions of XState, or from the trace. */
const readings = [
  /\.snapshot\(\)\s*[.?[]/,
  /=\s*[\w.#?]*snapshot\(\)/,
  /\bmatches\(|\bmatchesState\b|\bgetSnapshot\b|\bcan\(\{/,
  /\.status\s*===?\s*'(active|done)'/,
];

/** For people, not for the run: narration and log tell in which state a machine is. */
const tellsPeople = ['demonstration/narration.ts', 'operating/role-log.ts'];

test('no adapter reads the state of a machine: what it needs must be an effect', () => {
  expect(adapters.length).toBeGreaterThan(40);
  const found = adapters.flatMap((file) =>
    readFileSync(join(here, file), 'utf8')
      .split('\n')
      .flatMap((line, n) =>
        readings.some((reading) => reading.test(line)) ? [`runtime/${file}:${n + 1}: ${line.trim()}`] : [],
      ),
  );
  expect(found, 'make what this line asks the machine an effect of the machine').toEqual([]);
});

test('no adapter imports what reads states', () => {
  const importers = adapters.filter(
    (file) =>
      !tellsPeople.includes(file) &&
      /\b(stateName|outermostState)\b|import (?!type\b)[^;]*from 'xstate'/.test(readFileSync(join(here, file), 'utf8')),
  );
  expect(importers, 'an adapter needs neither XState nor the names of states').toEqual([]);
});
