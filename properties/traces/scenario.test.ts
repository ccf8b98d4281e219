/** Every scenario file reads as it is replayed, and a scenario that cannot be replayed is refused with a reason. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { asWritten } from '../../machines/vocabulary.ts';
import { settings } from '../model/setting.ts';
import { canonical } from '../model/symmetry.ts';
import { differences, type ReplayedRun, replay } from './scenario.ts';
import { headerOf, readHeader } from './scenario-header.ts';
import { sequenceText } from './sequence-text.ts';

const folder = new URL('../scenarios/', import.meta.url);
const files = readdirSync(folder);

function replayed(text: string): ReplayedRun {
  const run = replay(text);
  if (run.outcome === 'unplayable') throw new Error(run.because);
  return run;
}

describe('scenarios', () => {
  for (const file of files) {
    test(file.replace('.txt', '').replaceAll('-', ' '), () => {
      const path = new URL(file, folder);
      const text = readFileSync(path, 'utf8');
      const { text: observed } = replayed(text);
      // Then read the difference, and commit it only if you can explain it.
      if (process.env.ACCEPT) writeFileSync(path, observed);
      else expect(text).toBe(observed);
      expect(text).toMatch(/^# (TS 29\.222 )?\d\.\d/);
    });
  }

  test('the loop of a scenario comes back to where it began, and only scenarios of the text as written have one', () => {
    const looping = files.filter((file) => {
      const { transitions, loopAt, last, configuration } = replayed(readFileSync(new URL(file, folder), 'utf8'));
      if (loopAt === undefined) return false;
      expect(differences(transitions[loopAt]!.before, last)).toEqual([]);
      expect(configuration.amendments).toEqual([]);
      return true;
    });
    expect(looping.map((file) => file.split('-')[0])).toEqual(['r1', 'r29', 'r3', 'r5']);
  });
});

describe('a scenario that cannot be replayed', () => {
  const begin = 'begin setting=three amendments=none';
  const error = (text: string) => {
    const found = replay(text);
    return found.outcome === 'unplayable' ? `${found.line}: ${found.because}` : found.outcome;
  };

  test('an action that is not enabled is answered with those that are', () => {
    const because =
      '"deliver NoCommonMethod" cannot happen here; these can: want, change methods to PKI, change methods to OAUTH';
    expect(error(`# one\n${begin}\n\n# two\ndeliver NoCommonMethod\n`)).toBe(`5: ${because}`);
  });

  test.each([
    ['', '1: the file has no "begin setting=NAME amendments=…"'],
    ['# only a comment', '1: the file has no "begin setting=NAME amendments=…"'],
    ['{"role":"apiInvoker"}', '1: a scenario begins with "begin setting=NAME amendments=…", not with "{"role":"ap'],
    ['begin', '1: setting= is not one of fair, three, '],
    ['begin setting=calm amendments=all', '1: setting=calm is not one of fair, three, '],
    ['begin setting=three', '1: amendments= is not all, none, or a list of publish-until-acknowledged, '],
    ['begin setting=three amendments=most', '1: amendments=most is not all, none, or a list of '],
    [`${begin} change=2`, '1: "change" is not one of supported, first, changesTo, changes, '],
    [`${begin} changes=often`, '1: changes=often is not a whole number, or always'],
    [`${begin} changes=1 changes=2`, '1: "changes" is given twice'],
    [`${begin} first=TLS`, '1: first=TLS is not a list of PSK,PKI,OAUTH'],
    [`${begin} changes`, '1: "changes" is not of the form name=value'],
    [`${begin}\nwant`, `1: "${begin}" is followed by "want", not by ----`],
    [`${begin}\n\nwant\n\n${begin}`, `5: "${begin}" cannot happen here; these can: open CAPIF-1e, `],
    [`${begin}\n\nloop`, '3: nothing happens after "loop"'],
    [`${begin}\n\nloop\n\nwant\n\nloop`, '7: there is a second loop'],
    [`${begin}\n\nloop\n\nwant`, '5: the loop does not come back to where it began: apiInvoker, control differ'],
  ])('%j', (text, because) => {
    expect(error(text).slice(0, because.length)).toBe(because);
  });
});

test('the header names the bounds that differ from the setting, and is read back', () => {
  const line = 'begin setting=late amendments=newest-revision-wins supported=OAUTH,PSK changesTo=PSK/PSK,OAUTH cuts=3';
  const header = readHeader(`${line} lateRequests=no invocations=2 attemptsMax=4`);
  if (header.outcome === 'malformed') throw new Error(header.because);
  expect(header.configuration).toMatchObject({
    supported: ['OAUTH', 'PSK'],
    changesTo: [['PSK'], ['PSK', 'OAUTH']],
    cuts: 3,
  });
  expect(header.configuration).toMatchObject({ lateRequests: false, invocations: 2, attemptsMax: 4 });
  expect(readHeader(headerOf(header.configuration))).toEqual(header);
  for (const setting of settings) {
    expect(headerOf({ ...setting, amendments: asWritten })).toBe(`begin setting=${setting.name} amendments=none`);
  }
});

test('only the actions count: carriage returns and earlier observations do not matter', () => {
  const { text, last } = replayed(
    'begin setting=fair amendments=all changes=always\r\n----\r\nnonsense\r\n\r\nwant\r\n',
  );
  expect(text).toMatch(/^begin setting=fair amendments=all\n----\napiInvoker onboarded\n/);
  expect(text).toMatch(/\nwant\n----\napiInvoker onboarded -> authenticating\n {2}TLS to capifCoreFunction\n$/);
  expect(differences(last, canonical(last))).toEqual([]);
});

test('a sequence chart shows what is lost, what is late, and what is forged', () => {
  const chartOf = (file: string) => sequenceText(replayed(readFileSync(new URL(file, folder), 'utf8')));
  const older = chartOf('r5-older-publication-arrives-last.txt');
  expect(older).toMatch(/\| {4}x-+ ServiceApiUpdateRequest \(delayed\) -+\|/);
  expect(older).toMatch(/<-+ ServiceApiUpdateRequest OAUTH 1 \(late\) -+\|/);
  expect(chartOf('r29-cached-key-is-stale.txt')).toMatch(/\|-+ TLS by PSK 2 -+x {4}\|/);
  expect(chartOf('forged-indication-costs-a-question.txt')).toMatch(/<-+ forged IncorrectMethodFailure 1 -+\|/);
});
