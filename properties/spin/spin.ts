/**
 * Runs SPIN on a model and compares: it must find the same numbers of states and transitions, and the same verdict for each
 * property of safety and of what can happen. SPIN has our rules, but its own search, state vector and visited set.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verify } from '../checker/verify.ts';
import type { CapifSystem } from '../model/rules/composition.ts';
import { everyStep, type Property, type Sometimes } from '../requirements/property.ts';
import { type PromelaModel, promelaOf, tablesName } from './promela.ts';
import { isSafety } from './rule-tables.ts';

type SpinRun = {
  states: number;
  transitions: number;
  /** Of the whole process: states, hash table and stack. */
  bytes: number;
  /** How long its longest path was: its stack needs room for so many steps. */
  depth: number;
  /** For the search alone, and with generating and compiling it. */
  seconds: number;
  secondsInAll: number;
  /** Of the search alone, user and system. */
  cpuSeconds: number;
  /** By statement, the number of steps that break the property or lead to a state that does. */
  broken: Map<string, number>;
  /** The number of look-ups that our exploration never met: 0 if it was complete. */
  missing: number;
};

export type Agreement = {
  agrees: boolean;
  ours: { states: number; transitions: number; seconds: number };
  spin: SpinRun;
  verdicts: { statement: string; ours: boolean; spin: boolean }[];
  model: PromelaModel;
};

export const howToInstall = 'SPIN and a C compiler are needed: apt-get install spin gcc';
export class SpinFailed extends Error {}

/** The tools that are needed and cannot be run. */
export function missingTools(): string[] {
  return [
    ['spin', '-V'],
    ['gcc', '--version'],
  ].flatMap(([tool, option]) => (spawnSync(tool!, [option!]).status === 0 ? [] : [tool!]));
}

/** SPIN counts steps that break a property; something can happen if its contrary is broken. */
const neverHappens = ({ statement, clause, happens }: Sometimes) =>
  everyStep(statement, clause, (transition, rule) => !happens(transition, rule));

export function compareWithSpin(composition: CapifSystem, properties: readonly Property[]): Agreement {
  const comparable = properties.flatMap((one) =>
    one.kind === 'sometimes' ? [neverHappens(one)] : isSafety(one) ? [one] : [],
  );
  const { states, transitions, seconds, verdicts: ours } = verify({ ...composition, properties: comparable });
  const model = promelaOf(composition, comparable);
  const spin = runSpin(model, states);
  const isOfWhatCanHappen = (statement: string) =>
    properties.some((one) => one.kind === 'sometimes' && one.statement === statement);
  const verdicts = ours.map(({ property: { statement }, holds }) => ({
    statement,
    ours: holds !== isOfWhatCanHappen(statement),
    spin: (spin.broken.get(statement) === 0) !== isOfWhatCanHappen(statement),
  }));
  const agrees =
    spin.missing === 0 &&
    spin.states === states &&
    spin.transitions === transitions &&
    verdicts.every((one) => one.ours === one.spin);
  return { agrees, ours: { states, transitions, seconds }, spin, verdicts, model };
}

/** `expected`: the number of states, so that the hash table is large enough to be fast. */
function runSpin(model: PromelaModel, expected = 1 << 20): SpinRun {
  const started = performance.now();
  const pan = buildPan(model, ['-O2', '-DBFS']);
  try {
    const found = pan.run(expected);
    return { ...found, secondsInAll: (performance.now() - started) / 1000 };
  } finally {
    pan.remove();
  }
}

/** The search that SPIN generates for one model, compiled: it can be run more than once. */
export function buildPan({ promela, tables, statements }: PromelaModel, flags: readonly string[]) {
  const absent = missingTools();
  if (absent.length > 0) throw new SpinFailed(`${absent.join(' and ')} cannot be run. ${howToInstall}`);
  const folder = mkdtempSync(join(tmpdir(), 'capif-spin-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    writeFileSync(join(folder, 'model.pml'), promela);
    writeFileSync(join(folder, tablesName), tables);
    run(folder, 'spin', ['-a', 'model.pml']);
    run(folder, 'gcc', ['-w', '-DSAFETY', '-DNOREDUCE', '-DNOCOMP', ...flags, '-o', 'pan', 'pan.c']);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    /** `depth`: of its stack, which is allocated beforehand. */
    run(expected: number, depth = 10_000_000): Omit<SpinRun, 'secondsInAll'> {
      const size = Math.min(28, Math.max(16, Math.ceil(Math.log2(expected)) + 1));
      const started = performance.now();
      // Errors do not stop it (-c0); a state without a transition is no error (-E).
      const answer = run(folder, 'sh', ['-c', `./pan -c0 -E -m${depth} -w${size} && times`]);
      const seconds = (performance.now() - started) / 1000;
      return { ...read(answer, statements), seconds, cpuSeconds: cpuSecondsOf(answer) };
    },
    remove,
  };
}

function run(folder: string, tool: string, given: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(tool, given, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  // The exit code says whether spin and gcc succeeded; that of pan does not.
  if (error || status !== 0) {
    throw new SpinFailed(`${tool} failed: ${error?.message ?? `${stderr}${stdout}`.slice(0, 400)}. ${howToInstall}`);
  }
  return stdout;
}

/** The shell's `times`: its own user and system times, and in the last line those of the command. */
function cpuSecondsOf(answer: string): number {
  const times = answer
    .trimEnd()
    .split('\n')
    .at(-1)!
    .matchAll(/(\d+)m([\d.]+)s/g);
  return [...times].reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0);
}

function read(answer: string, statements: readonly string[]) {
  if (/not completed|out of memory|too small/i.test(answer)) {
    throw new SpinFailed(`SPIN did not finish its search: ${answer.slice(0, 400)}`);
  }
  const count = (pattern: RegExp): number => {
    const found = pattern.exec(answer);
    if (!found) throw new SpinFailed(`the answer of SPIN cannot be read: ${answer.slice(0, 400)}`);
    return Number(found[1]);
  };
  return {
    states: count(/(\d+) states, stored/),
    depth: count(/depth reached (\d+)/),
    bytes: count(/([\d.]+)\s+(?:total )?(?:actual )?memory usage/) * 2 ** 20,
    // SPIN counts a transition to the initial state.
    transitions: count(/(\d+) transitions/) - 1,
    broken: new Map(
      statements.map((statement, n) => [statement, count(new RegExp(`capif property ${n} broken (\\d+)`))]),
    ),
    missing: count(/capif missing (\d+)/),
  };
}
