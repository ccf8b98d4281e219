/**
 * `npm run bench`: the search against calling XState for every step and against SPIN's own search, liveness against the
 * search, and what a whole proof takes. Both sides of a ratio run in turns.
 */
import { parseArgs } from 'node:util';
import { allAmendments } from '../../machines/vocabulary.ts';
import { aef, invoker } from '../../runtime/bench/beside-https.ts';
import { type Bench, median } from '../../runtime/bench/figure.ts';
import { flooded } from '../../runtime/bench/floods.ts';
import { growth } from '../../runtime/bench/growth.ts';
import { methodChange } from '../../runtime/bench/method-change.ts';
import { negotiation } from '../../runtime/bench/negotiation.ts';
import { soaking } from '../../runtime/bench/soak.ts';
import { stores } from '../../runtime/bench/stores.ts';
import { streaming } from '../../runtime/bench/streaming.ts';
import { type Exploration, explore } from '../checker/search/state-graph.ts';
import type { Verdict } from '../checker/verdicts.ts';
import { decide, enumerate, verify } from '../checker/verify.ts';
import { type CapifSystem, compose } from '../model/rules/composition.ts';
import { type Setting, settings } from '../model/setting.ts';
import { machineCalls } from '../model/state.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import { promelaOf } from '../spin/promela.ts';
import { buildPan, howToInstall, missingTools } from '../spin/spin.ts';
import { searchNaively } from '../testing/reference-search.ts';
import { large } from './large.ts';

const hostile: Setting = settings.find(({ name }) => name === 'hostile')!;
const systemOf = (setting: Setting): CapifSystem => compose({ ...setting, amendments: allAmendments });
const talk = (text: string) => process.stderr.write(`${text}\n`);

/** CPU seconds of this process, all its threads: others on the machine change them less than the time that passes. */
function timed(task: () => void): number {
  const before = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function same(ours: number, theirs: number, whose: string): void {
  if (ours !== theirs) throw new Error(`${whose} finds ${theirs} states where we find ${ours}`);
}

/** The same rules, but XState is called for every step. */
function withoutTables(setting: Setting): CapifSystem {
  const system = systemOf(setting);
  for (const machine of Object.values(system.machines)) machine.step = machine.ask;
  return system;
}

/** States a second of a search whose tables are filled; a small one is repeated. */
function rateOf(exploration: Exploration, times = 1): number {
  const seconds = timed(() => {
    for (let n = 0; n < times; n++) exploration.again();
  });
  return (times * exploration.graph.states) / seconds;
}

function explorer(runs: number): Bench[] {
  const system = systemOf(hostile);
  const explored = explore(system);
  const { states, targets } = explored.graph;
  talk(
    `hostile, all amendments: ${states} states, ${targets.length} transitions; tables filled in ${machineCalls(system.machines)} calls`,
  );
  const small: Setting = { ...hostile, changes: 2, cuts: 1, forgeries: 1 };
  const smaller = explore(systemOf(small));
  const pan = missingTools().length === 0 ? buildPan(promelaOf(system, []), ['-O3', '-march=native']) : undefined;
  if (!pan) talk(`not compared with SPIN: ${howToInstall}`);

  const ours: number[] = [];
  const theirs: number[] = [];
  const naive: number[] = [];
  const quick: number[] = [];
  const bytes = explored.bytesPerState;
  const ourProcess = process.resourceUsage().maxRSS * 1024;
  let theirMemory: Record<string, number> = {};
  try {
    // Its stack is allocated beforehand, and a needlessly large one slows it down: a run that does not count finds how much it needs.
    const depth = pan ? pan.run(states).depth + 10 : 0;
    for (let run = 0; run < runs; run++) {
      ours.push(rateOf(explored));
      if (pan) {
        const answer = pan.run(states, depth);
        same(states, answer.states, 'SPIN');
        theirs.push(states / answer.cpuSeconds);
        theirMemory = { pan: answer.bytes / states / bytes, 'pan as a process': answer.bytes / ourProcess };
      }
      const slow = withoutTables(small);
      const seconds = timed(() => same(smaller.graph.states, searchNaively(slow).states, 'the search without tables'));
      naive.push(smaller.graph.states / seconds);
      quick.push(rateOf(smaller, 20));
      talk(
        `run ${run + 1} of ${runs}: ${[ours, theirs, quick, naive].map((rates) => Math.round(rates.at(-1) ?? 0)).join(', ')} states/s`,
      );
    }
  } finally {
    pan?.remove();
  }
  return [
    {
      name: 'explorer',
      median: median(ours),
      unit: 'states/CPU s',
      runs,
      ratios: {
        xstate: median(quick) / median(naive),
        ...(pan && { pan: median(ours) / median(theirs) }),
      },
    },
    {
      name: 'memory',
      median: bytes,
      unit: 'bytes/state',
      runs: 1,
      ratios: theirMemory,
    },
  ];
}

/** Deciding convergence on the state graph; the ratio is of the search's time to that, per transition. */
function liveness(runs: number): Bench[] {
  const converges = methodUpdate(hostile)
    .filter(({ kind }) => kind === 'againAndAgain')
    .slice(0, 1);
  const enumeration = enumerate({ ...systemOf(hostile), properties: converges });
  const { exploration } = enumeration;
  const ours: number[] = [];
  const searches: number[] = [];
  for (let run = 0; run < runs; run++) {
    searches.push(timed(() => exploration.again()));
    ours.push(timed(() => decide(enumeration)));
    talk(`run ${run + 1} of ${runs}: ${ours.at(-1)!.toFixed(2)} s, the search ${searches.at(-1)!.toFixed(2)} s`);
  }
  return [
    {
      name: 'liveness',
      median: (median(ours) / exploration.graph.targets.length) * 1e6,
      unit: 'CPU s/million transitions',
      runs,
      ratios: { search: median(searches) / median(ours) },
    },
  ];
}

/** All properties, any number of changes, from nothing: asking the machines, the search, every verdict. */
function proof(runs: number): Bench[] {
  const seconds = Array.from({ length: runs }, (_, run) => {
    const model = { ...systemOf(hostile), properties: methodUpdate(hostile) };
    let verdicts: readonly Verdict[] = [];
    const taken = timed(() => {
      verdicts = verify(model).verdicts;
    });
    if (!verdicts.every(({ holds }) => holds)) throw new Error('not everything holds in the setting hostile');
    talk(`run ${run + 1} of ${runs}: ${taken.toFixed(2)} s`);
    return taken;
  });
  return [{ name: 'proof', median: median(seconds), unit: 'CPU s', runs, ratios: {} }];
}

/** How many, for those that take a number. */
type Sizes = { states: number; invokers: number; changes: number };

const benches: Record<string, (runs: number, sizes: Sizes) => Bench[] | Promise<Bench[]>> = {
  explorer,
  liveness,
  proof,
  large: (_, { states }) => large(states, talk),
  aef,
  invoker,
  negotiation,
  stores,
  streaming,
  'method-change': methodChange,
  growth: (_, { invokers }) => growth(invokers, talk),
  floods: flooded,
  soak: (_, { changes }) => soaking(changes),
};

const help = `npm run bench -- [NAME] [--runs N] [--states N] [--invokers N] [--changes N] [--json]

  explorer   states a CPU second, and bytes a state: ratios to calling XState for every step (on a smaller setting), and to SPIN's
             pan (-O3 -march=native -DNOCOMP, with as much stack as it needs) where SPIN and gcc are installed
  liveness   CPU seconds for a million transitions: does the invoker converge? Ratio to the search alone
  proof      CPU seconds for all properties of the setting hostile, for any number of changes
  large      states a CPU second of a model that is only large, with N states (default 50 million), and the memory of the process at most
  aef        CPU time of an AEF for a GET under each method, and for a handshake: ratio to node:https with the same TLS; and with a
             trace, ratio to without
  invoker    CPU time of an invoker for a GET: fetch, ratio to a client of node:https that makes a Response, and its connector alone
  negotiation  negotiations a second with a core that keeps them in a store, by 16 invokers at once, and CPU time of the core: PUT and
             POST update over kept connections, and POST over new ones; ratio to node:https that keeps as much in SQLite, durably
  stores     what a core keeps of one more invoker, and how many invokers a second SQLite and PostgreSQL make durable and read at
             a start: ratio to the same rows by the database's client alone
  streaming  bodies of 1 GiB through an AEF, to and from the invoker's fetch: MB a second, ratio to a client and a proxy of node:https;
             fails if the memory of either process grows
  method-change  CPU time of an invoker, and how long it takes, from a refusal after a method change to the answer: ratio to a client
             written by hand, of node:https, that makes the same requests
  growth     10, 100, … invokers, up to N (default 1000), in a process, at a core and an AEF: heap for each while they are idle; and
             once all invoke after one method change, how long until all are served, and what the core bears meanwhile
  floods     how long an invoker waits for an AEF that is flooded (idle connections, ClientHellos, handshakes, heads and bodies that
             never come whole, initiations), over a kept connection and over new ones: p99, ratio to the quiet one of the same run
  soak       N changes of methods (default 100), each with 50 invocations and 5 invokers that come and go: fails if memory, handles or
             records grow

Ratios say how many times better ours is. Medians of N runs (default 5).
`;

const isCount = (count: number) => Number.isInteger(count) && count > 0;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      runs: { type: 'string', default: '5' },
      states: { type: 'string', default: '50000000' },
      invokers: { type: 'string', default: '1000' },
      changes: { type: 'string', default: '100' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const runs = Number(values.runs);
  const sizes = { states: Number(values.states), invokers: Number(values.invokers), changes: Number(values.changes) };
  const unknown = positionals.find((name) => !Object.hasOwn(benches, name));
  if (values.help) return console.log(help.trimEnd());
  if (unknown !== undefined || ![runs, ...Object.values(sizes)].every(isCount)) {
    talk(
      unknown === undefined
        ? '--runs, --states, --invokers and --changes are numbers from 1'
        : `"${unknown}" is no bench\n\n${help}`,
    );
    process.exitCode = 2;
    return;
  }
  const chosen = positionals.length > 0 ? positionals : Object.keys(benches);
  const results: Bench[] = [];
  for (const name of chosen) results.push(...(await benches[name]!(runs, sizes)));
  if (values.json) return console.log(JSON.stringify({ schema: 1, benches: results }));
  for (const { name, median: figure, unit, ratios } of results) {
    const versus = Object.entries(ratios).map(([other, ratio]) => `${ratio.toPrecision(3)} times ${other}`);
    console.log(`${name.padEnd(21)} ${figure.toPrecision(4).padStart(10)} ${unit.padEnd(26)} ${versus.join(', ')}`);
  }
}

await main();
