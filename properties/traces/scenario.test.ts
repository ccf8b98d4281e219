/** Every scenario reads as it plays, and a counterexample that was found is a scenario that plays. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { asWritten } from '../../machines/vocabulary.ts';
import type { Verdict } from '../checker/verdicts.ts';
import { type Verification, verify } from '../checker/verify.ts';
import { compose } from '../model/rules/composition.ts';
import { type Configuration, settings } from '../model/setting.ts';
import type { State } from '../model/state.ts';
import { canonical } from '../model/symmetry.ts';
import type { CapifModel } from '../requirements/all-properties.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import type { Property } from '../requirements/property.ts';
import { counterexample, replayed } from './counterexample.ts';
import { differences, type Played, play, replay } from './scenario.ts';
import { beginWords, readBegin } from './scenario-header.ts';
import { chart } from './sequence-text.ts';

const folder = new URL('../scenarios/', import.meta.url);
const files = readdirSync(folder);

function played(text: string): Played {
  const found = replay(text);
  if (found.outcome === 'unplayable') throw new Error(found.because);
  return found;
}

describe('scenarios', () => {
  for (const file of files) {
    test(file.replace('.txt', '').replaceAll('-', ' '), () => {
      const path = new URL(file, folder);
      const told = readFileSync(path, 'utf8');
      const seen = play(told);
      // Then read the difference, and commit it only if you can explain it.
      if (process.env.ACCEPT) writeFileSync(path, seen);
      else expect(told).toBe(seen);
      expect(told).toMatch(/^# (TS 29\.222 )?\d\.\d/);
    });
  }

  test('the loop of a scenario comes back to where it began, and only those as written have one', () => {
    const looping = files.filter((file) => {
      const { transitions, loopAt, last, configuration } = played(readFileSync(new URL(file, folder), 'utf8'));
      if (loopAt === undefined) return false;
      expect(differences(transitions[loopAt]!.before, last)).toEqual([]);
      expect(configuration.amendments).toEqual([]);
      return true;
    });
    expect(looping.map((file) => file.split('-')[0])).toEqual(['r1', 'r29', 'r3', 'r5']);
  });
});

describe('a counterexample', () => {
  const configuration: Configuration = {
    ...settings.find(({ name }) => name === 'three')!,
    changes: 2,
    amendments: asWritten,
  };
  let found: Verification<CapifModel>;
  let failed: Verdict<Property>[];
  beforeAll(() => {
    found = verify({ ...compose(configuration), properties: methodUpdate(configuration.supported) });
    failed = found.verdicts.filter(({ holds, run }) => !holds && run);
  });
  /** A world of the graph, by its number. */
  const worldOf = ({ exploration }: Verification, n: number) => exploration.stateAt(n) as State;

  test('is a scenario that reads as it plays, and says which sentence is not so', () => {
    expect(failed.length).toBeGreaterThan(0);
    for (const verdict of failed) {
      const text = counterexample(found, verdict, configuration);
      expect(play(text)).toBe(text);
      expect(text.split('\n')[0]).toBe(`# ${verdict.property.clause}: ${verdict.property.statement}`);
      expect(text).toContain('\nbegin setting=three amendments=none changes=2\n----\napiInvoker onboarded\n');
    }
  });

  test('replays to the worlds of the graph, and its loop comes back to where it began', () => {
    const lassos = failed.filter(({ run }) => run && run.loop.length > 0);
    expect(lassos.length).toBeGreaterThan(0);
    for (const verdict of lassos) {
      const { stem, loop } = verdict.run!;
      const { transitions, loopAt, last } = played(counterexample(found, verdict, configuration));
      expect(transitions.length).toBe(stem.length + loop.length);
      expect(loopAt).toBe(stem.length);
      for (const [n, transition] of [...stem, ...loop].entries()) {
        expect(differences(transitions[n]!.after, worldOf(found, found.graph.targets[transition]!))).toEqual([]);
      }
      expect(differences(last, transitions[stem.length]!.before)).toEqual([]);
    }
  });

  test('is also what shows that something happens', () => {
    const happens = found.verdicts.find(({ property }) => property.kind === 'sometimes')!;
    const { text, last, loopAt } = replayed(found, happens, configuration);
    expect(text).toContain('# This happens, after ');
    expect(loopAt).toBeUndefined();
    expect(differences(last, worldOf(found, found.graph.targets[happens.run!.stem.at(-1)!]!))).toEqual([]);
  });

  test('of a sentence that holds there is none', () => {
    const holds = found.verdicts.find(({ holds, run }) => holds && !run)!;
    expect(() => counterexample(found, holds, configuration)).toThrow('there is no run that shows anything');
  });

  test('on a chart has its messages between the right columns, and its loop marked', () => {
    const lines = chart(replayed(found, failed.find(({ run }) => run!.loop.length > 0)!, configuration)).split('\n');
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
    expect(request.slice(invoker + 1, core + 1)).toMatch(/^-+ SecurityMethodRequest -+>\|$/);
    expect(lines).toContain('==== loop ====');
  });
});

describe('what cannot be played', () => {
  const begin = 'begin setting=three amendments=none';
  const error = (text: string) => {
    const found = replay(text);
    return found.outcome === 'unplayable' ? `${found.line}: ${found.because}` : found.outcome;
  };

  test('a move that is not on offer is answered with those that are', () => {
    const because =
      '"deliver NoCommonMethod" cannot happen here; these can: want, change methods to PKI, change methods to OAUTH';
    expect(error(`# one\n${begin}\n\n# two\ndeliver NoCommonMethod\n`)).toBe(`5: ${because}`);
    expect(() => play(`${begin}\n\ndeliver NoCommonMethod\n`)).toThrow(`line 3: ${because}`);
  });

  test.each([
    ['', '1: there is no "begin setting=NAME amendments=…" in it'],
    ['# only a comment', '1: there is no "begin setting=NAME amendments=…" in it'],
    ['{"role":"apiInvoker"}', '1: a scenario begins with "begin setting=NAME amendments=…", not with "{"role":"ap'],
    ['begin', '1: setting= is none of fair, three, '],
    ['begin setting=calm amendments=all', '1: setting=calm is none of fair, three, '],
    ['begin setting=three', '1: amendments= is not all, none, or a list of publish-until-acknowledged, '],
    ['begin setting=three amendments=most', '1: amendments=most is not all, none, or a list of '],
    [`${begin} change=2`, '1: "change" is none of supported, first, changesTo, changes, '],
    [`${begin} changes=often`, '1: changes=often is not a whole number, or always'],
    [`${begin} changes=1 changes=2`, '1: "changes" is said twice'],
    [`${begin} first=TLS`, '1: first=TLS is not a list of PSK,PKI,OAUTH'],
    [`${begin} changes`, '1: "changes" is not of the form name=value'],
    [`${begin}\nwant`, `1: "${begin}" is followed by "want", not by ----`],
    [`${begin}\n\nwant\n\n${begin}`, `5: "${begin}" cannot happen here; these can: open CAPIF-1e, `],
    [`${begin}\n\nloop`, '3: nothing happens after "loop"'],
    [`${begin}\n\nloop\n\nwant\n\nloop`, '7: a second loop'],
    [`${begin}\n\nloop\n\nwant`, '5: the loop does not come back to where it began: apiInvoker, control differ'],
  ])('%j', (text, because) => {
    expect(error(text).slice(0, because.length)).toBe(because);
  });
});

test('what differs from a setting is said in the first line, and read back', () => {
  const line = 'begin setting=late amendments=newest-revision-wins supported=OAUTH,PSK changesTo=PSK/PSK,OAUTH cuts=3';
  const begun = readBegin(`${line} lateRequests=no invocations=2 attemptsMax=4`);
  if (begun.outcome === 'malformed') throw new Error(begun.because);
  expect(begun.configuration).toMatchObject({
    supported: ['OAUTH', 'PSK'],
    changesTo: [['PSK'], ['PSK', 'OAUTH']],
    cuts: 3,
  });
  expect(begun.configuration).toMatchObject({ lateRequests: false, invocations: 2, attemptsMax: 4 });
  expect(readBegin(beginWords(begun.configuration))).toEqual(begun);
  for (const setting of settings) {
    expect(beginWords({ ...setting, amendments: asWritten })).toBe(`begin setting=${setting.name} amendments=none`);
  }
});

test('carriage returns and what was seen before do not matter: commands alone are played', () => {
  const { text, last } = played('begin setting=fair amendments=all changes=always\r\n----\r\nnonsense\r\n\r\nwant\r\n');
  expect(text).toMatch(/^begin setting=fair amendments=all\n----\napiInvoker onboarded\n/);
  expect(text).toMatch(/\nwant\n----\napiInvoker onboarded -> authenticating\n {2}TLS to capifCoreFunction\n$/);
  expect(differences(last, canonical(last))).toEqual([]);
});

test('a chart shows what is lost, what is late, and what is faked', () => {
  const chartOf = (file: string) => chart(played(readFileSync(new URL(file, folder), 'utf8')));
  const older = chartOf('r5-older-publication-arrives-last.txt');
  expect(older).toMatch(/\| {4}x-+ ServiceApiUpdateRequest \(delayed\) -+\|/);
  expect(older).toMatch(/<-+ ServiceApiUpdateRequest OAUTH 1 \(late\) -+\|/);
  expect(chartOf('r29-cached-key-is-stale.txt')).toMatch(/\|-+ TLS by PSK 2 -+x {4}\|/);
  expect(chartOf('forged-indication-costs-a-question.txt')).toMatch(/<-+ forged IncorrectMethodFailure 1 -+\|/);
});
