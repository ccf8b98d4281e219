/**
 * Runs SPIN on a composition and compares: the same number of worlds and of transitions, and the same verdict for every
 * sentence about safety, or about what happens. SPIN searches by itself, with its own states and its own visited set; it has the rules from us.
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

export type SpinRun = {
  states: number;
  transitions: number;
  bytes: number;
  /** Of the search alone, and with generating and compiling it. */
  seconds: number;
  secondsInAll: number;
  /** By sentence, how many steps break it or lead to a world that does. */
  broken: Map<string, number>;
  /** Look-ups of what our exploration never met: none, if it was complete. */
  missing: number;
};

export type Agreement = {
  agrees: boolean;
  ours: { states: number; transitions: number; seconds: number };
  spin: SpinRun;
  sentences: { sentence: string; ours: boolean; spin: boolean }[];
  model: PromelaModel;
};

export const howToInstall = 'SPIN and a C compiler are needed: apt-get install spin gcc';
export class SpinFailed extends Error {}

/** What is missing to run it, if anything is. */
export function missingTools(): string[] {
  return [
    ['spin', '-V'],
    ['gcc', '--version'],
  ].flatMap(([tool, asked]) => (spawnSync(tool!, [asked!]).status === 0 ? [] : [tool!]));
}

/** SPIN counts what breaks a sentence; that something happens is that the contrary is broken. */
const neverHappens = ({ statement, clause, happens }: Sometimes) =>
  everyStep(statement, clause, (transition, rule) => !happens(transition, rule));

export function compareWithSpin(composition: CapifSystem, properties: readonly Property[]): Agreement {
  const askable = properties.flatMap((one) =>
    one.kind === 'sometimes' ? [neverHappens(one)] : isSafety(one) ? [one] : [],
  );
  const { states, transitions, seconds, verdicts } = verify({ ...composition, properties: askable });
  const model = promelaOf(composition, askable);
  const spin = runSpin(model, states);
  const isOfWhatHappens = (sentence: string) =>
    properties.some((one) => one.kind === 'sometimes' && one.statement === sentence);
  const sentences = verdicts.map(({ property: { statement }, holds }) => ({
    sentence: statement,
    ours: holds !== isOfWhatHappens(statement),
    spin: (spin.broken.get(statement) === 0) !== isOfWhatHappens(statement),
  }));
  const agrees =
    spin.missing === 0 &&
    spin.states === states &&
    spin.transitions === transitions &&
    sentences.every((one) => one.ours === one.spin);
  return { agrees, ours: { states, transitions, seconds }, spin, sentences, model };
}

/** `expected` worlds only make its hash table large enough to be fast. */
export function runSpin(model: PromelaModel, expected = 1 << 20): SpinRun {
  const started = performance.now();
  const pan = buildPan(model, ['-O2', '-DBFS']);
  try {
    const answer = pan.run(expected);
    return { ...answer, secondsInAll: (performance.now() - started) / 1000 };
  } finally {
    pan.remove();
  }
}

/** The search that SPIN makes for one model, compiled: it can be run more than once. */
export function buildPan({ promela, tables, sentences }: PromelaModel, flags: readonly string[]) {
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
    run(expected: number): Omit<SpinRun, 'secondsInAll'> {
      const size = Math.min(28, Math.max(16, Math.ceil(Math.log2(expected)) + 1));
      const started = performance.now();
      // Errors do not stop it (-c0); a world without a move is none (-E).
      const answer = run(folder, './pan', ['-c0', '-E', '-m10000000', `-w${size}`]);
      return { ...read(answer, sentences), seconds: (performance.now() - started) / 1000 };
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
  // spin and gcc answer with their exit code; pan does not.
  if (error || status !== 0) {
    throw new SpinFailed(`${tool} failed: ${error?.message ?? `${stderr}${stdout}`.slice(0, 400)}. ${howToInstall}`);
  }
  return stdout;
}

function read(answer: string, sentences: readonly string[]) {
  if (/not completed|out of memory|too small/i.test(answer)) {
    throw new SpinFailed(`SPIN did not finish its search: ${answer.slice(0, 400)}`);
  }
  const count = (pattern: RegExp): number => {
    const found = pattern.exec(answer);
    if (!found) throw new SpinFailed(`SPIN answered what we cannot read: ${answer.slice(0, 400)}`);
    return Number(found[1]);
  };
  return {
    states: count(/(\d+) states, stored/),
    bytes: count(/([\d.]+)\s+(?:total )?(?:actual )?memory usage/) * 2 ** 20,
    // It counts the first world as if a transition led there.
    transitions: count(/(\d+) transitions/) - 1,
    broken: new Map(sentences.map((sentence, n) => [sentence, count(new RegExp(`capif sentence ${n} broken (\\d+)`))])),
    missing: count(/capif missing (\d+)/),
  };
}
