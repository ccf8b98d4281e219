/** All tests are in one of two projects: `npm test` runs both, `npm run test:fast` the fast one. */
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What the fast project leaves out: a test file, or all tests of a room, and what takes its time. */
export const slow: Record<string, string> = {
  'capif.test.ts': 'starts the command line again and again',
  examples: 'starts each example',
  'diagrams/commands': 'draws everything from the command line',
  'diagrams/drawn.test.ts': 'draws everything',
  'diagrams/figure/difference.test.ts': 'draws every machine in two versions',
  'diagrams/figure/figures.test.ts': 'draws every machine',
  'diagrams/sequence/sequence.test.ts': 'draws every scenario',
  'diagrams/word': 'writes the whole annex, and has LibreOffice open it',
  'package.test.ts': 'compiles and packs the package',
  'properties/checker/fairness-reference.test.ts': 'holds the search for fair runs against their definition',
  'properties/commands': 'verifies whole settings from the command line',
  'properties/foreign': 'runs roles over TLS, and searches for runs',
  'properties/gaps/ablation.test.ts': 'verifies settings with several sets of amendments',
  'properties/gaps/pages.test.ts': 'verifies many settings with many sets of amendments',
  'properties/model/state-space.test.ts': 'searches settings without tables',
  'properties/model/two-invokers.test.ts': 'searches settings with two invokers',
  'properties/mutation': 'judges mutants',
  'properties/random-walk': 'takes thousands of walks',
  'properties/requirements/verdicts.test.ts': 'verifies every setting',
  'properties/spin': 'compiles and runs SPIN',
  'properties/traces/altered-traces.test.ts': 'runs roles over TLS, and checks many traces',
  'properties/tls': 'plays runs with the real roles, step by step',
  'properties/model/rules/restart.test.ts': 'searches settings with and without restarts',
  'runtime/bench/soak.test.ts': 'runs roles over TLS',
  'runtime/commands/deferred-onboarding.test.ts': 'runs each role as a process',
  'runtime/commands/expose/several-services.test.ts': 'runs each role as a process, and kills it',
  'runtime/commands/full-disk.test.ts': 'runs each role as a process',
  'runtime/commands/killed-aef.test.ts': 'runs each role as a process, and kills it',
  'runtime/commands/killed-core.test.ts': 'runs each role as a process, and kills it',
  'runtime/commands/killed-invoker.test.ts': 'runs each role as a process, and kills it',
  'runtime/commands/killed-replicas.test.ts': 'runs each role as a process, and kills it',
  'runtime/commands/own-certificate.test.ts': 'runs each role as a process',
  'runtime/commands/restarted-aef.test.ts': 'runs each role as a process, and kills it',
  'runtime/commands/restarted-core.test.ts': 'runs each role as a process, and kills it',
  'runtime/commands/three-terminals.test.ts': 'runs each role as a process',
  'runtime/core': 'runs roles over TLS',
  'runtime/demonstration': 'runs the main job with pauses',
  'runtime/exposing': 'runs roles over TLS',
  'runtime/interoperation': 'talks to foreign programs',
  'runtime/invoker': 'runs roles over TLS',
  'runtime/observers.test.ts': 'runs roles over TLS',
  'runtime/publishing': 'runs roles over TLS',
  'runtime/replicas': 'starts databases, and waits for leases to end',
  'runtime/transport': 'opens connections over TLS',
};

/**
 * Those that take longest, which begin first, so that none of them is left at the end while the other cores have nothing to do.
 * vitest knows how long files took only where they have run before; in a fresh clone it would begin with the largest.
 */
const longest = [
  'properties/gaps/pages.test.ts',
  'properties/tls/walk-over-tls.test.ts',
  'properties/mutation/mutants.test.ts',
  'properties/requirements/verdicts.test.ts',
  'properties/tls/play-over-tls.test.ts',
  'properties/spin/spin.test.ts',
  'capif.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((file) => moduleId.endsWith(`/${file}`));
      return found < 0 ? longest.length : found;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

const tests = ['*.test.ts', '{machines,runtime,properties,diagrams,examples}/**/*.test.ts'];
const slowTests = Object.keys(slow).map((path) => (path.endsWith('.ts') ? path : `${path}/**/*.test.ts`));

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A condition that comes late on a busy machine has come.
    expect: { poll: { timeout: 30_000 } },
    setupFiles: process.env.CAPIF_OFFICIAL ? ['runtime/testing/official/official-suite.ts'] : [],
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    projects: [
      // Without isolation files share the modules that they import, which is half of the time.
      { extends: true, test: { name: 'fast', include: tests, exclude: slowTests, isolate: false } },
      { extends: true, test: { name: 'slow', include: slowTests, globalSetup: 'runtime/testing/program/compiled.ts' } },
    ],
  },
});
