/** A counterexample is a run of the state graph, and a scenario that replays to the same states. */
import { beforeAll, expect, test } from 'vitest';
import { allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { actionsOf } from '../checker/actions-of-run.ts';
import type { Verdict } from '../checker/verdicts.ts';
import { type Verification, verify } from '../checker/verify.ts';
import { compose } from '../model/rules/composition.ts';
import { type Configuration, settings } from '../model/setting.ts';
import type { State } from '../model/state.ts';
import type { CapifModel } from '../requirements/all-properties.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import type { Property } from '../requirements/property.ts';
import { counterexample, replayedCounterexample } from './counterexample.ts';
import { differences, type ReplayedRun, replay } from './scenario.ts';
import { sequenceText } from './sequence-text.ts';

function replayed(text: string): ReplayedRun {
  const run = replay(text);
  if (run.outcome === 'unplayable') throw new Error(run.because);
  return run;
}

const configuration: Configuration = {
  ...settings.find(({ name }) => name === 'three')!,
  changes: 2,
  amendments: asWritten,
};
let found: Verification<CapifModel>;
let failed: Verdict<Property>[];
beforeAll(() => {
  found = verify({ ...compose(configuration), properties: methodUpdate(configuration) });
  failed = found.verdicts.filter(({ holds, run }) => !holds && run);
});
/** A state of the graph, by its number. */
const stateOf = ({ exploration }: Verification, n: number) => exploration.stateAt(n) as State;

test('a counterexample is a scenario that reads as it is replayed, and names the property that fails', () => {
  expect(failed.length).toBeGreaterThan(0);
  for (const verdict of failed) {
    const text = counterexample(found, verdict, configuration);
    expect(replayed(text).text).toBe(text);
    expect(text.split('\n')[0]).toBe(`# ${verdict.property.clause}: ${verdict.property.statement}`);
    expect(text).toContain('\nbegin setting=three amendments=none changes=2\n----\napiInvoker onboarded\n');
  }
});

test('a counterexample passes the states of the graph, and its loop comes back to where it began', () => {
  const lassos = failed.filter(({ run }) => run && run.loop.length > 0);
  expect(lassos.length).toBeGreaterThan(0);
  for (const verdict of lassos) {
    const { stem, loop } = verdict.run!;
    const { transitions, loopAt, last } = replayed(counterexample(found, verdict, configuration));
    expect(transitions.length).toBe(stem.length + loop.length);
    expect(loopAt).toBe(stem.length);
    for (const [n, transition] of [...stem, ...loop].entries()) {
      expect(differences(transitions[n]!.after, stateOf(found, found.graph.targets[transition]!))).toEqual([]);
    }
    expect(differences(last, transitions[stem.length]!.before)).toEqual([]);
  }
});

test('a run that shows what can happen is a scenario too', () => {
  const happens = found.verdicts.find(({ property }) => property.kind === 'sometimes')!;
  const { text, last, loopAt } = replayedCounterexample(found, happens, configuration);
  expect(text).toContain('# This happens after ');
  expect(loopAt).toBeUndefined();
  expect(differences(last, stateOf(found, found.graph.targets[happens.run!.stem.at(-1)!]!))).toEqual([]);
});

test('a property that holds has no counterexample', () => {
  const holds = found.verdicts.find(({ holds, run }) => holds && !run)!;
  expect(() => counterexample(found, holds, configuration)).toThrow('there is no run for');
});

test('its sequence chart has messages between the right columns, and marks the loop', () => {
  const lines = sequenceText(
    replayedCounterexample(found, failed.find(({ run }) => run!.loop.length > 0)!, configuration),
  ).split('\n');
  const [title, lifelines] = lines as [string, string];
  expect(title.trim().split(/\s+/)).toEqual([
    'apiInvoker',
    'capifCoreFunction',
    'apiExposingFunction',
    'apiPublishingFunction',
  ]);
  const [invoker, core] = [...lifelines.matchAll(/\|/g)].map(({ index }) => index) as [number, number];
  const request = lines.find((line) => line.includes('SecurityMethodRequest'))!;
  expect(request[invoker]).toBe('|');
  expect(request.slice(invoker + 1, core + 1)).toMatch(/^-+ SecurityMethodRequest exposingFunction -+>\|$/);
  expect(lines).toContain('==== loop ====');
});

test('a publication that is lost once and never repeated leaves the invoker refused for ever (6.7, R3)', () => {
  const lossyOnce = { ...settings.find(({ name }) => name === 'lossy')!, changes: 1 };
  const amendments = allAmendments.filter((one) => one !== 'publish-until-acknowledged');
  const verification = verify({
    ...compose({ ...lossyOnce, amendments }),
    properties: methodUpdate(lossyOnce),
  });
  const failure = verification.verdicts.find(({ holds }) => !holds)!;
  const actions = actionsOf(verification, [...failure.run!.stem, ...failure.run!.loop]);
  expect(failure.property.statement).toMatch(/^L1 /);
  expect(actions.some((action) => action.startsWith('lose ServiceApiUpdate'))).toBe(true);
});

test('a counterexample is a run from the initial state', () => {
  for (const { run } of failed) expect(actionsOf(found, run!.stem).length).toBe(run!.stem.length);
  for (const { run } of failed.filter((one) => one.run!.loop.length > 0)) {
    const { stem, loop } = run!;
    const start = stem.length > 0 ? found.graph.targets[stem.at(-1)!] : 0;
    expect(found.graph.targets[loop.at(-1)!]).toBe(start);
  }
});
