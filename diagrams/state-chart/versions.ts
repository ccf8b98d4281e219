/** A version of the machines that can be compared: as they are here, of a revision in git, or an exported machine. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AnyStateMachine } from 'xstate';
import { machines } from '../../machines/roles.ts';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { type Chart, chartOf } from './chart.ts';
import { exportedChart, NoExportedMachine } from './exported.ts';

/** `words`: what a reader calls it. */
export type Version = { words: string; charts: readonly Chart[]; isOneMachine?: true };

/** Says what is wrong with how a version was named, or with what is there. */
export class NoVersion extends Error {}

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** `named`: `as-written`, `amended`, the file of an exported machine, or a revision, which is taken as `which` says. */
export async function versionOf(named: string, which: 'all' | 'none'): Promise<Version> {
  if (named === 'as-written') return written();
  if (named === 'amended') return amended();
  if (named.endsWith('.json') || existsSync(named)) {
    return { words: named, charts: [exportedIn(named)], isOneMachine: true };
  }
  return { words: named, charts: await chartsAt(named, which) };
}

export const written = (): Version => ({ words: 'as written', charts: chartsOf(machines, asWritten) });
export const amended = (): Version => ({ words: 'with all amendments', charts: chartsOf(machines, allAmendments) });

const chartsOf = (of: Readonly<Record<string, AnyStateMachine>>, amendments: readonly Amendment[]): Chart[] =>
  Object.values(of).map((machine) => chartOf(machine, amendments));

function exportedIn(file: string): Chart {
  try {
    return exportedChart(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof NoExportedMachine) throw new NoVersion(`${file} is no exported machine: ${error.message}`);
    throw new NoVersion(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** The machines of a revision are loaded from files of their own, which are gone once that is done. */
async function chartsAt(revision: string, which: 'all' | 'none'): Promise<Chart[]> {
  const commit = git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`])?.trim();
  if (!commit) throw new NoVersion(`"${revision}" is no file, and no revision in ${checkout}`);
  const files = git(['ls-tree', '-r', '-z', '--name-only', commit, '--', 'machines'])?.split('\0') ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'capif-'));
  try {
    symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    for (const file of files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), git(['cat-file', 'blob', `${commit}:${file}`]) ?? '');
    }
    const load = (file: string) => import(pathToFileURL(join(folder, 'machines', file)).href);
    const { machines: then } = (await load('roles.ts')) as { machines: typeof machines };
    const { allAmendments: amendments } = (await load('vocabulary.ts')) as { allAmendments: readonly Amendment[] };
    return chartsOf(then, which === 'all' ? amendments : asWritten);
  } catch (error) {
    throw new NoVersion(`the machines of ${revision} cannot be loaded: ${(error as Error).message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function git(args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: checkout, encoding: 'utf8', maxBuffer: 2 ** 26 });
  return status === 0 ? stdout : undefined;
}
