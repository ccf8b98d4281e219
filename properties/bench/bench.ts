/**
 * `npm run bench`: the search against calling XState for every step and against SPIN's own search, liveness against the
 * search, and what a whole proof takes. Both sides of a ratio run in turns, in the same process or started from it.
 */
import { parseArgs } from 'node:util';
import { allAmendments } from '../../machines/vocabulary.ts';
import { explore, search } from '../checker/search/explore.ts';
import { answer, search as searched, verify } from '../checker/verify.ts';
import { type CapifModel, compose } from '../model/rules/composition.ts';
import { type Setting, settings } from '../model/setting.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import { promelaOf } from '../spin/promela.ts';
import { buildPan, howToInstall, missingTools } from '../spin/spin.ts';
import { exploreNaively } from '../testing/reference-search.ts';

/** `ratios`: how many times better than what it is compared with. */
type Bench = { name: string; median: number; unit: string; runs: number; ratios: Record<string, number> };

const hostile: Setting = settings.find(({ name }) => name === 'hostile')!;
const composed = (setting: Setting): CapifModel => compose({ ...setting, amendments: allAmendments });
const talk = (text: string) => process.stderr.write(`${text}\n`);

const median = (figures: readonly number[]): number => figures.toSorted((a, b) => a - b)[figures.length >> 1]!;

function timed(task: () => void): number {
  const started = performance.now();
  task();
  return (performance.now() - started) / 1000;
}

function same(ours: number, theirs: number, whose: string): void {
  if (ours !== theirs) throw new Error(`${whose} finds ${theirs} worlds where we find ${ours}`);
}

/** The same rules, but every machine is called for every step. */
function withoutTables(setting: Setting): CapifModel {
  const model = composed(setting);
  for (const machine of Object.values(model.machines)) machine.step = machine.ask;
  return model;
}

function explorer(runs: number): Bench[] {
  const model = composed(hostile);
  const explored = explore(model);
  const { states: worlds, transitions, table } = explored;
  talk(
    `hostile, all amendments: ${worlds} worlds, ${transitions} transitions; tables filled in ${explored.machineCalls} calls`,
  );
  const small: Setting = { ...hostile, changes: 2, cuts: 1, forgeries: 1 };
  const smaller = explore(composed(small));
  const pan = missingTools().length === 0 ? buildPan(promelaOf(model, []), ['-O3', '-march=native']) : undefined;
  if (!pan) talk(`not compared with SPIN: ${howToInstall}`);

  const ours: number[] = [];
  const theirs: number[] = [];
  const naive: number[] = [];
  const quick: number[] = [];
  let panBytes = 0;
  try {
    for (let run = 0; run < runs; run++) {
      ours.push(worlds / search(model, table).seconds);
      if (pan) {
        const answer = pan.run(worlds);
        same(worlds, answer.states, 'SPIN');
        theirs.push(worlds / answer.seconds);
        panBytes = answer.bytes;
      }
      const slow = withoutTables(small);
      const seconds = timed(() => same(smaller.states, exploreNaively(slow).worlds, 'the search without tables'));
      naive.push(smaller.states / seconds);
      quick.push(smaller.states / search(composed(small), smaller.table).seconds);
      talk(
        `run ${run + 1} of ${runs}: ${[ours, theirs, quick, naive].map((rates) => Math.round(rates.at(-1) ?? 0)).join(', ')} worlds/s`,
      );
    }
  } finally {
    pan?.remove();
  }
  const bytes = explored.bytesPerState;
  return [
    {
      name: 'explorer',
      median: median(ours),
      unit: 'worlds/s',
      runs,
      ratios: {
        xstate: median(quick) / median(naive),
        ...(pan && { pan: median(ours) / median(theirs) }),
      },
    },
    {
      name: 'memory',
      median: bytes,
      unit: 'bytes/world',
      runs: 1,
      ratios: pan ? { pan: panBytes / worlds / bytes } : {},
    },
  ];
}

/** Drawing up the graph and asking for convergence in it; the ratio is of the search's time to that, per transition. */
function liveness(runs: number): Bench[] {
  const model = composed(hostile);
  const converges = methodUpdate(hostile.supported)
    .filter(({ kind }) => kind === 'againAndAgain')
    .slice(0, 1);
  const made = searched(model, converges);
  const ours: number[] = [];
  const searches: number[] = [];
  for (let run = 0; run < runs; run++) {
    searches.push(search(model, made.explored.table).seconds);
    ours.push(timed(() => answer(made)));
    talk(`run ${run + 1} of ${runs}: ${ours.at(-1)!.toFixed(2)} s, the search ${searches.at(-1)!.toFixed(2)} s`);
  }
  return [
    {
      name: 'liveness',
      median: (median(ours) / made.explored.transitions) * 1e6,
      unit: 's per million transitions',
      runs,
      ratios: { search: median(searches) / median(ours) },
    },
  ];
}

/** All sentences, any number of changes, from nothing: asking the machines, the search, the graph, every question. */
function proof(runs: number): Bench[] {
  const seconds = Array.from({ length: runs }, (_, run) => {
    const { seconds: taken, verdicts } = verify(composed(hostile), methodUpdate(hostile.supported));
    if (!verdicts.every(({ holds }) => holds)) throw new Error('not everything holds in the setting hostile');
    talk(`run ${run + 1} of ${runs}: ${taken.toFixed(2)} s`);
    return taken;
  });
  return [{ name: 'proof', median: median(seconds), unit: 's', runs, ratios: {} }];
}

const benches: Record<string, (runs: number) => Bench[]> = { explorer, liveness, proof };

const help = `npm run bench -- [NAME] [--runs N] [--json]

  explorer   worlds a second, and bytes a world: ratios to calling XState for every step (on a smaller setting), and to SPIN's
             pan (-O3 -march=native -DNOCOMP) where SPIN and gcc are installed
  liveness   seconds for a million transitions: the graph, and whether the invoker converges; ratio to the search alone
  proof      seconds for all sentences of the setting hostile, for any number of changes

Ratios say how many times better ours is. Medians of N runs (5 unless said).
`;

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      runs: { type: 'string', default: '5' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const runs = Number(values.runs);
  const unknown = positionals.find((name) => !Object.hasOwn(benches, name));
  if (values.help) return void process.stdout.write(help);
  if (unknown !== undefined || !(Number.isInteger(runs) && runs > 0)) {
    talk(unknown === undefined ? `--runs ${values.runs} is no number of runs` : `"${unknown}" is no bench\n\n${help}`);
    process.exitCode = 2;
    return;
  }
  const chosen = positionals.length > 0 ? positionals : Object.keys(benches);
  const results = chosen.flatMap((name) => benches[name]!(runs));
  if (values.json) return console.log(JSON.stringify({ schema: 1, benches: results }));
  for (const { name, median: figure, unit, ratios } of results) {
    const versus = Object.entries(ratios).map(([other, ratio]) => `${ratio.toPrecision(3)} times ${other}`);
    console.log(`${name.padEnd(10)} ${figure.toPrecision(4).padStart(10)} ${unit.padEnd(26)} ${versus.join(', ')}`);
  }
}

main();
