/** A version of the machines to compare: those of this checkout, those of a git revision, or one exported machine. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AnyStateMachine } from 'xstate';
import { machines } from '../../machines/roles.ts';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { readTextFile } from '../../runtime/text-file.ts';
import { type StateChart, stateChartOf } from './chart.ts';
import { exportedChart, NotAnExport } from './exported.ts';

/** `label`: the version in a sentence. */
export type Version = { label: string; charts: readonly StateChart[]; isOneMachine?: true };

/** Tells why a name stands for no version, or why the version cannot be read. */
export class UnknownVersion extends Error {}

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** `name`: `as-written`, `amended`, the file of an exported machine, or a revision. `which`: the amendments of a revision. */
export async function versionOf(name: string, which: 'all' | 'none'): Promise<Version> {
  if (name === 'as-written') return versionAsWritten();
  if (name === 'amended') return versionAmended();
  if (name.endsWith('.json') || existsSync(name)) {
    return { label: name, charts: [chartInFile(name)], isOneMachine: true };
  }
  return { label: name, charts: await chartsAtRevision(name, which) };
}

export const versionAsWritten = (): Version => ({ label: 'as written', charts: chartsOf(machines, asWritten) });
export const versionAmended = (): Version => ({
  label: 'with all amendments',
  charts: chartsOf(machines, allAmendments),
});

const chartsOf = (of: Readonly<Record<string, AnyStateMachine>>, amendments: readonly Amendment[]): StateChart[] =>
  Object.values(of).map((machine) => stateChartOf(machine, amendments));

function chartInFile(file: string): StateChart {
  const read = readTextFile(file);
  if (read.outcome === 'unreadable') throw new UnknownVersion(`${file} cannot be read: ${read.because}`);
  try {
    return exportedChart(read.text);
  } catch (error) {
    if (error instanceof NotAnExport) throw new UnknownVersion(`${file} is not an exported machine: ${error.message}`);
    throw error;
  }
}

/** Loads the machines of a revision from temporary files, which are removed afterwards. */
async function chartsAtRevision(revision: string, which: 'all' | 'none'): Promise<StateChart[]> {
  const commit = git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`])?.trim();
  if (!commit) throw new UnknownVersion(`"${revision}" is neither a file nor a git revision in ${checkout}`);
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
    throw new UnknownVersion(`the machines of ${revision} cannot be loaded: ${(error as Error).message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function git(args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: checkout, encoding: 'utf8', maxBuffer: 2 ** 26 });
  return status === 0 ? stdout : undefined;
}
