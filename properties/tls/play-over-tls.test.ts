/** Scenarios played by the real roles over TLS: the same moves, the same states, the same messages (6.7). */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { allAmendments } from '../../machines/vocabulary.ts';
import { addCommands } from '../commands/play.ts';
import { compose } from '../model/rules/composition.ts';
import { walkSettings } from '../random-walk/walk.ts';
import { type Played, replay } from '../traces/scenario.ts';
import { deeds } from './injections.ts';
import { impossible, impossibleRules } from './not-over-tls.ts';
import { planOf, playOverTls } from './play-over-tls.ts';

const folder = new URL('../scenarios/', import.meta.url);
const files = readdirSync(folder);

function played(text: string): Played {
  const found = replay(text);
  if (found.outcome === 'unplayable') throw new Error(`line ${found.line}: ${found.because}`);
  return found;
}
const planned = (text: string) => {
  const { configuration, transitions } = played(text);
  const words = transitions.map(({ transition }) => transition.action);
  return { world: configuration, ...planOf(configuration, words) };
};
const playedOver = async (text: string) => {
  const { world: configuration, transitions, unsupported } = planned(text);
  expect(unsupported).toBeUndefined();
  return playOverTls(configuration, transitions);
};
/** A scenario is blocks with empty lines between them. */
const story = (begin: string, moves: string) => [begin, ...moves.split(' / ')].join('\n\n');

/** As in every scenario with the method OAUTH: up to the first invocation. */
const negotiation = `want / open CAPIF-1e / deliver SecurityMethodRequest / deliver SecurityMethodResponse /
 deliver AccessTokenRequest / deliver AccessTokenResponse / open CAPIF-2e`.replaceAll('\n', '');
const service = 'deliver ServiceApiInvocation OAUTH 1 / deliver ServiceApiInvocationResponse 1';

describe('over TLS', () => {
  const impossibleFiles = ['forged-indication-costs-a-question.txt', 'offboarded-invoker-is-refused.txt'];
  for (const file of files.filter((file) => !impossibleFiles.includes(file))) {
    test(file.replace('.txt', '').replaceAll('-', ' '), async () => {
      const text = readFileSync(new URL(file, folder), 'utf8');
      expect(await playedOver(text)).toMatchObject({ outcome: 'agrees', moves: played(text).transitions.length });
    });
  }

  const stories: [what: string, story: string][] = [
    [
      'an impostor with a certificate in the name of the AEF forges the indication, and the core alone is believed',
      story(
        'begin setting=hostile amendments=all first=OAUTH',
        `${negotiation} / forge IncorrectMethodFailure 1 / open CAPIF-1e / deliver SecurityMethodUpdateRequest / deliver SecurityMethodResponse / expire pause of apiInvoker / open CAPIF-1e`,
      ),
    ],
    [
      'a forged alert is a hint to ask the core (6.7)',
      story(
        'begin setting=hostile amendments=all first=OAUTH',
        `${negotiation.replace('open CAPIF-2e', 'forge alert')} / open CAPIF-1e / deliver SecurityMethodUpdateRequest`,
      ),
    ],
    [
      'nobody is reached, on CAPIF-1e and on CAPIF-2e, and an invocation is cut before and after the first answer',
      story(
        'begin setting=hostile amendments=all first=OAUTH attemptsMax=9',
        `want / cut TLS / expire pause of apiInvoker / ${negotiation.slice('want / '.length)} / ${service} / want / cut asking ServiceApiInvocation 1 cut / cut TLS / expire pause of apiInvoker / open CAPIF-1e / lose SecurityMethodUpdateRequest / expire pause of apiInvoker / open CAPIF-1e / deliver SecurityMethodUpdateRequest / lose SecurityMethodResponse`,
      ),
    ],
    [
      'the key of the invoker expires, and then that of the AEF, which does not serve without it (6.5.2.1)',
      story(
        'begin setting=ageing amendments=all expiries=always',
        `want / open CAPIF-1e / deliver SecurityMethodRequest / deliver SecurityMethodResponse / deliver AuthenticationInitiationRequest / expire credential of apiInvoker / open CAPIF-1e / deliver SecurityMethodUpdateRequest / deliver SecurityMethodResponse / deliver AuthenticationInitiationRequest / deliver SecurityInformationRequest / deliver SecurityInformationResponse / deliver AuthenticationInitiationResponse / expire credential of invokerAdmission / fail CAPIF-2e / open CAPIF-1e`,
      ),
    ],
    [
      'a request that its sender has given up arrives all the same, and the key is that of the later one (A.1)',
      story(
        'begin setting=late amendments=all',
        `want / open CAPIF-1e / delay SecurityMethodRequest / expire pause of apiInvoker / open CAPIF-1e / deliver SecurityMethodRequest / deliver late SecurityMethodRequest / deliver SecurityMethodResponse / deliver AuthenticationInitiationRequest / deliver SecurityInformationRequest / deliver SecurityInformationResponse / deliver AuthenticationInitiationResponse / fail CAPIF-2e`,
      ),
    ],
    [
      'an AEF that restarts has lost the key, and an invoker that restarts its context',
      story(
        'begin setting=ageing amendments=all restarts=always',
        `want / open CAPIF-1e / deliver SecurityMethodRequest / deliver SecurityMethodResponse / deliver AuthenticationInitiationRequest / deliver SecurityInformationRequest / deliver SecurityInformationResponse / deliver AuthenticationInitiationResponse / restart invokerAdmission / fail CAPIF-2e / restart apiInvoker / want / open CAPIF-1e / deliver SecurityMethodRequest`,
      ),
    ],
  ];
  for (const [what, text] of stories) {
    test(what, async () => {
      expect(await playedOver(text)).toMatchObject({ outcome: 'agrees', moves: played(text).transitions.length });
    });
  }

  test('a move that the runtime cannot make is named, with the reason, and the story ends before it', () => {
    const forged = readFileSync(new URL(impossibleFiles[0]!, folder), 'utf8');
    expect(planned(forged).unsupported).toEqual({
      action: 'forge IncorrectMethodFailure 1',
      because: impossible.forgeryWithoutKey,
    });
    const others = {
      [impossible.forgeryAfterAnswer]: `${service} / want / forge IncorrectMethodFailure 1`,
      [impossible.refusalAfterAnswer]: `${service} / want / cut asking ServiceApiInvocation 1 handshake`,
      [impossible.noRefusalBeforeAnswer]: 'cut asking ServiceApiInvocation 1 cut',
      [impossible.restartBeforeAnswer]: 'restart invokerAdmission',
      [impossible.secondInvocation]: 'want',
      [impossible.otherForgery]: 'forge NotAuthorizedFailure 1',
    };
    const begin = 'begin setting=hostile amendments=all first=OAUTH restarts=always invocations=2';
    for (const [because, moves] of Object.entries(others)) {
      expect(planned(story(begin, `${negotiation} / ${moves}`)).unsupported?.because, moves).toBe(because);
    }
    expect(Object.keys(others).sort()).toEqual(
      Object.values(impossible)
        .filter((one) => one !== impossible.forgeryWithoutKey)
        .sort(),
    );
  });

  test('there is a deed for each rule of a world in which everything can happen, or a reason why there is none', () => {
    const everything = {
      ...walkSettings[0]!,
      cuts: 999,
      restarts: 'always',
      revocations: 'always',
      offboardings: 'always',
      amendments: allAmendments,
    } as const;
    expect([...Object.keys(deeds), ...Object.keys(impossibleRules)].sort()).toEqual(
      compose(everything)
        .rules.map(({ name }) => name)
        .sort(),
    );
  });
});

describe('capif play --over tls', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  });

  async function capif(...args: string[]) {
    const said = { stdout: '', stderr: '' };
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said.stderr += text;
      return true;
    });
    vi.spyOn(console, 'log').mockImplementation((text) => {
      said.stdout += `${text}\n`;
    });
    const program = new Command('capif');
    addCommands(program);
    for (const command of program.commands) command.exitOverride();
    try {
      await program.parseAsync(args, { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      // As in capif.ts.
      process.exitCode = 2;
    }
    return { status: process.exitCode, ...said };
  }
  const pathOf = (file: string) => fileURLToPath(new URL(file, folder));

  test('says how much was compared', async () => {
    const path = pathOf('psk-is-negotiated-and-used.txt');
    expect(await capif('play', path, '--over', 'tls')).toEqual({
      status: 0,
      stdout: `${path}: over TLS, 13 steps of the real roles in 11 moves are those of the model\n`,
      stderr: '',
    });
    const { stdout } = await capif('play', path, '--over', 'tls', '--json');
    expect(JSON.parse(stdout)).toEqual({ schema: 1, over: 'tls', outcome: 'agrees', moves: 11, steps: 13 });
  });

  test('names the line that it cannot play', async () => {
    const path = pathOf('forged-indication-costs-a-question.txt');
    const line = readFileSync(path, 'utf8').split('\n').indexOf('forge IncorrectMethodFailure 1') + 1;
    const { status, stdout, stderr } = await capif('play', path, '--over', 'tls');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`${path}:${line}: "forge IncorrectMethodFailure 1" cannot be done over TLS: `);
    expect((await capif('play', path, '--over', 'tls', '--chart')).status).toBe(2);
  });
});
