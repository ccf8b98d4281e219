/** Scenarios played by the real roles over TLS: the same transitions, states and messages as in the model (6.7). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { allAmendments } from '../../machines/vocabulary.ts';
import { compose } from '../model/rules/composition.ts';
import { walkSettings } from '../random-walk/walk.ts';
import { type ReplayedRun, replay } from '../traces/scenario.ts';
import { injections } from './injections.ts';
import { impossible, impossibleRules } from './not-over-tls.ts';
import { planOf } from './plan.ts';
import type * as playing from './play-over-tls.ts';

/** As compiled: so are the processes that it kills and starts again. */
const compiled = join(inject('capif'), '../properties/tls/play-over-tls.js');
const { playOverTls } = (await import(compiled)) as typeof playing;

const folder = new URL('../scenarios/', import.meta.url);
const files = readdirSync(folder);

function replayed(text: string): ReplayedRun {
  const run = replay(text);
  if (run.outcome === 'unplayable') throw new Error(`line ${run.line}: ${run.because}`);
  return run;
}
const planned = (text: string) => {
  const { configuration, transitions } = replayed(text);
  const actions = transitions.map(({ transition }) => transition.action);
  return { configuration, ...planOf(configuration, actions) };
};
const playedOver = async (text: string) => {
  const { configuration, transitions, unsupported } = planned(text);
  expect(unsupported).toBeUndefined();
  return playOverTls(configuration, transitions);
};
/** In a scenario, empty lines separate the blocks. */
const scenario = (header: string, actions: string) => [header, ...actions.split(' / ')].join('\n\n');

/** With the method OAUTH, up to the first invocation. */
const negotiation = `want / open CAPIF-1e / deliver SecurityMethodRequest / deliver SecurityMethodResponse /
 deliver AccessTokenRequest / deliver AccessTokenResponse / open CAPIF-2e`.replaceAll('\n', '');
/** With the method PSK, up to the first answer. */
const negotiationOfKey = `want / open CAPIF-1e / deliver SecurityMethodRequest / deliver SecurityMethodResponse /
 deliver AuthenticationInitiationRequest / deliver SecurityInformationRequest / deliver SecurityInformationResponse /
 deliver AuthenticationInitiationResponse / open CAPIF-2e / deliver ServiceApiInvocation PSK 1 /
 deliver ServiceApiInvocationResponse 1`.replaceAll('\n', '');
const service = 'deliver ServiceApiInvocation OAUTH 1 / deliver ServiceApiInvocationResponse 1';

const scenarios: [what: string, text: string][] = [
  [
    'an impostor with a certificate of the AEF forges the indication, and the invoker believes only the core',
    scenario(
      'begin setting=hostile amendments=all first=OAUTH',
      `${negotiation} / forge IncorrectMethodFailure 1 / open CAPIF-1e / deliver SecurityMethodUpdateRequest / deliver SecurityMethodResponse / expire pause of apiInvoker / open CAPIF-1e`,
    ),
  ],
  [
    'a forged alert is a hint to ask the core (6.7)',
    scenario(
      'begin setting=hostile amendments=all first=OAUTH',
      `${negotiation.replace('open CAPIF-2e', 'forge alert')} / open CAPIF-1e / deliver SecurityMethodUpdateRequest`,
    ),
  ],
  [
    'no peer is reached on CAPIF-1e and CAPIF-2e, and an invocation is cut before and after the first answer',
    scenario(
      'begin setting=hostile amendments=all first=OAUTH attemptsMax=9',
      `want / cut TLS / expire pause of apiInvoker / ${negotiation.slice('want / '.length)} / ${service} / want / cut asking ServiceApiInvocation 1 cut / cut TLS / expire pause of apiInvoker / open CAPIF-1e / lose SecurityMethodUpdateRequest / expire pause of apiInvoker / open CAPIF-1e / deliver SecurityMethodUpdateRequest / lose SecurityMethodResponse`,
    ),
  ],
  [
    'the key of the invoker expires, and then the key of the AEF, which does not serve without it (6.5.2.1)',
    scenario(
      'begin setting=ageing amendments=all expiries=always',
      `want / open CAPIF-1e / deliver SecurityMethodRequest / deliver SecurityMethodResponse / deliver AuthenticationInitiationRequest / expire credential of apiInvoker / open CAPIF-1e / deliver SecurityMethodUpdateRequest / deliver SecurityMethodResponse / deliver AuthenticationInitiationRequest / deliver SecurityInformationRequest / deliver SecurityInformationResponse / deliver SecurityInformationRequest / deliver SecurityInformationResponse / deliver AuthenticationInitiationResponse / expire credential of invokerAdmission / fail CAPIF-2e / open CAPIF-1e`,
    ),
  ],
  [
    'a request arrives after its sender has given it up, and the key is that of the later request (A.1)',
    scenario(
      'begin setting=late amendments=all',
      `want / open CAPIF-1e / delay SecurityMethodRequest / expire pause of apiInvoker / open CAPIF-1e / deliver SecurityMethodRequest / deliver late SecurityMethodRequest / deliver SecurityMethodResponse / deliver AuthenticationInitiationRequest / deliver SecurityInformationRequest / deliver SecurityInformationResponse / deliver AuthenticationInitiationResponse / fail CAPIF-2e`,
    ),
  ],
  [
    'the operator of the AEF ends the old method before the core has the new one (6.7)',
    scenario(
      'begin setting=withdrawn amendments=all',
      `want / open CAPIF-1e / deliver SecurityMethodRequest / deliver SecurityMethodResponse / deliver AuthenticationInitiationRequest / deliver SecurityInformationRequest / deliver SecurityInformationResponse / deliver AuthenticationInitiationResponse / open CAPIF-2e / change methods to OAUTH / deliver ServiceApiInvocation PSK 1 / deliver ServiceApiInvocationResponse 1 / withdraw old methods / want / deliver ServiceApiInvocation PSK 1 / deliver IncorrectMethodFailure 1 / open CAPIF-1e`,
    ),
  ],
  [
    'a core is killed while an update, a question of the AEF and a revocation are under way, and each is asked again',
    scenario(
      'begin setting=ageing amendments=all restarts=always cuts=0 revocations=1',
      `want / open CAPIF-1e / deliver SecurityMethodRequest / deliver SecurityMethodResponse / deliver AuthenticationInitiationRequest / change methods to OAUTH / deliver ServiceApiUpdateRequest 2 / revoke / restart capifCoreFunction / expire pause of apiPublishingFunction / deliver ServiceApiUpdateRequest 1 / deliver ServiceApiUpdateResponse 1 / expire pause of capifCoreFunction / deliver RevokeAuthorizationRequest / restart capifCoreFunction / expire pause of capifCoreFunction / deliver RevokeAuthorizationRequest / deliver RevokeAuthorizationResponse`,
    ),
  ],
  [
    'an AEF is killed before its publisher has published a change, and goes on with it',
    scenario(
      'begin setting=ageing amendments=all restarts=always cuts=0 first=OAUTH',
      `${negotiation} / ${service} / change methods to PSK / restart invokerAdmission / restart apiPublishingFunction / want / deliver ServiceApiInvocation OAUTH 1 / deliver ServiceApiInvocationResponse 1 / expire pause of apiPublishingFunction / deliver ServiceApiUpdateRequest 2 / restart invokerAdmission / restart apiPublishingFunction / expire pause of apiPublishingFunction / deliver ServiceApiUpdateRequest 1 / deliver ServiceApiUpdateResponse 1 / want / deliver ServiceApiInvocation OAUTH 1 / deliver IncorrectMethodFailure 1`,
    ),
  ],
  [
    'an AEF is killed before and after it acknowledges a revocation, which it has kept (TS 29.222 6.2.2.3)',
    scenario(
      'begin setting=ageing amendments=all restarts=always cuts=0 first=OAUTH revocations=1',
      `${negotiation} / ${service} / revoke / restart invokerAdmission / deliver RevokeAuthorizationRequest / restart invokerAdmission / deliver RevokeAuthorizationResponse / want / deliver ServiceApiInvocation OAUTH 1 / deliver NotAuthorizedFailure 1`,
    ),
  ],
  [
    'an invoker is killed while it waits for the core and for the AEF, and is onboarded all the same',
    scenario(
      'begin setting=ageing amendments=all restarts=always cuts=0 first=OAUTH',
      `want / open CAPIF-1e / restart apiInvoker / ${negotiation} / restart apiInvoker / want / open CAPIF-1e / deliver SecurityMethodRequest / restart apiInvoker / ${negotiation} / deliver ServiceApiInvocation OAUTH 1 / restart apiInvoker / want`,
    ),
  ],
  [
    'a core that restarts goes on with what it has kept, and whoever waits for it asks again',
    scenario(
      'begin setting=ageing amendments=all restarts=always cuts=0',
      `want / open CAPIF-1e / deliver SecurityMethodRequest / restart capifCoreFunction / expire pause of apiInvoker / open CAPIF-1e / deliver SecurityMethodRequest`,
    ),
  ],
  [
    'an AEF that restarts loses the key, and an invoker that restarts loses its context',
    scenario(
      'begin setting=ageing amendments=all restarts=always',
      `want / open CAPIF-1e / deliver SecurityMethodRequest / deliver SecurityMethodResponse / deliver AuthenticationInitiationRequest / deliver SecurityInformationRequest / deliver SecurityInformationResponse / deliver AuthenticationInitiationResponse / restart invokerAdmission / fail CAPIF-2e / restart apiInvoker / want / open CAPIF-1e / deliver SecurityMethodRequest`,
    ),
  ],
];

describe('over TLS', () => {
  const impossibleFile = 'forged-indication-costs-a-question.txt';
  for (const file of files.filter((file) => file !== impossibleFile)) {
    test(file.replace('.txt', '').replaceAll('-', ' '), async () => {
      const text = readFileSync(new URL(file, folder), 'utf8');
      expect(await playedOver(text)).toEqual({
        outcome: 'agrees',
        transitions: replayed(text).transitions.length,
        steps: expect.any(Number),
      });
    }, 180_000);
  }

  for (const [what, text] of scenarios) {
    test(what, async () => {
      expect(await playedOver(text)).toEqual({
        outcome: 'agrees',
        transitions: replayed(text).transitions.length,
        steps: expect.any(Number),
      });
    }, 180_000);
  }

  test('the plan ends before an action that the runtime cannot do, and gives the reason', () => {
    const forged = readFileSync(new URL(impossibleFile, folder), 'utf8');
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
    const header = 'begin setting=hostile amendments=all first=OAUTH restarts=always invocations=2';
    for (const [because, actions] of Object.entries(others)) {
      expect(planned(scenario(header, `${negotiation} / ${actions}`)).unsupported?.because, actions).toBe(because);
    }
    const ends = {
      [impossible.nothingToEnd]: 'offboard',
      [impossible.noRight]: `${negotiation} / offboard / revoke`,
      [impossible.afterTheEnd]: `${negotiation} / offboard / deliver OffboardApiInvokerResponse / want`,
      [impossible.oneProcess]: 'change methods to PSK / restart apiPublishingFunction',
      [impossible.lateRequest]: 'want / open CAPIF-1e / repeat SecurityMethodRequest / restart capifCoreFunction',
    };
    const ending = `${header} cuts=1 repetitions=1 revocations=1 offboardings=1`;
    for (const [because, actions] of Object.entries(ends))
      expect(planned(scenario(ending, actions)).unsupported?.because, actions).toBe(because);
    const restarted = 'begin setting=hostile amendments=all restarts=always cuts=0';
    expect(
      planned(scenario(restarted, `${negotiationOfKey} / restart invokerAdmission / want`)).unsupported?.because,
    ).toBe(impossible.keyIsGone);
    const all = [impossible.forgeryWithoutKey, impossible.keyIsGone, ...Object.keys(others), ...Object.keys(ends)];
    expect(all.sort()).toEqual(Object.values(impossible).sort());
  });

  test('an AEF does not restart without what its publisher waits for', () => {
    const changed = scenario('begin setting=hostile amendments=all restarts=always cuts=0', 'change methods to OAUTH');
    for (const [more, action] of [
      ['restart invokerAdmission', 'restart invokerAdmission'],
      ['restart invokerAdmission / want', 'want'],
    ] as const) {
      const text = `${changed}\n\n${more.replaceAll(' / ', '\n\n')}`;
      expect(planned(text).unsupported).toEqual({ action, because: impossible.oneProcess });
    }
  });

  test('each rule of the model has an injection, or a reason why it has none', () => {
    const everything = {
      ...walkSettings[0]!,
      cuts: 999,
      restarts: 'always',
      revocations: 'always',
      offboardings: 'always',
      amendments: allAmendments,
    } as const;
    expect([...Object.keys(injections), ...Object.keys(impossibleRules)].sort()).toEqual(
      compose(everything)
        .rules.map(({ name }) => name)
        .sort(),
    );
  });
});
