/** What the update of a security method is to guarantee (6.7), and what goes with it (6.3.1, 6.5.2, TS 29.222 5.6.2.5). */

import type { Effect } from '../../machines/effects.ts';
import { outermostState } from '../../machines/state-name.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { MachineState } from '../model/machine-table.ts';
import type { MachineStep } from '../model/macro-step.ts';
import type { Transition } from '../model/rule.ts';
import type { Part, State } from '../model/state.ts';
import {
  type AgainAndAgain,
  type AtMost,
  always,
  everyStep,
  type NotForEver,
  type Property,
  sometimes,
} from './property.ts';

const of = (state: MachineState) =>
  state.context as {
    selected?: SecurityMethod;
    credential: number;
    accepted: SecurityMethod[];
    methods: SecurityMethod[];
    offered: SecurityMethod[];
  };
const stepsOf = ({ steps }: Transition, part: Part): MachineStep[] => steps.filter((step) => step.part === part);
const sends = ({ effects }: MachineStep, type: string): boolean =>
  effects.some((effect: Effect) => effect.type === 'send' && effect.message.type === type);

/** The method of an invocation that is served in this move, if one is. */
function served(transition: Transition): SecurityMethod | undefined {
  const step = stepsOf(transition, 'invokerAdmission').find((one) => sends(one, 'ServiceApiInvocationResponse'));
  return step && (step.event as { method?: SecurityMethod }).method;
}
const refusedByMethod = (transition: Transition): boolean =>
  stepsOf(transition, 'apiExposingFunction').some((step) => sends(step, 'IncorrectMethodFailure'));
const becomes = (part: Part, state: string) => (transition: Transition) =>
  stepsOf(transition, part).some(
    ({ before, after }) => outermostState(after.value) === state && outermostState(before.value) !== state,
  );

/** Authorised, and with a method that the AEF has and keeps. */
const isEntitled =
  (supported: readonly SecurityMethod[]) =>
  ({ capifCoreFunction, apiExposingFunction }: State): boolean =>
    !['revoked', 'offboarded'].includes(outermostState(capifCoreFunction.value)) &&
    of(apiExposingFunction).methods.some((method) => supported.includes(method));
const entitledNeeds = ['capifCoreFunction', 'apiExposingFunction'] as const;

const restingStates = ['onboarded', 'withoutMethod', 'refused', 'gaveUp'];

const mismatchesMax = 2;

export function methodUpdate(supported: readonly SecurityMethod[]): Property[] {
  const converges: AgainAndAgain = {
    kind: 'againAndAgain',
    statement:
      'L1 once changes stop, an authorised invoker with a common method is served with the updated method, again and again',
    clause: '6.7',
    variables: entitledNeeds,
    while: isEntitled(supported),
    reaches: (transition) => {
      const method = served(transition);
      const aef = transition.after.apiExposingFunction;
      return method !== undefined && aef !== undefined && of(aef).methods.includes(method);
    },
  };
  const staysConverged: NotForEver = {
    kind: 'notForEver',
    statement: 'L1 and stays there: it is not refused for its method for ever',
    clause: '6.7',
    variables: entitledNeeds,
    while: isEntitled(supported),
    happens: refusedByMethod,
  };
  const fewMismatches: AtMost = {
    kind: 'atMost',
    statement: `L2 after the last change and the last fault, at most ${mismatchesMax} mismatches make the invoker ask again`,
    clause: '6.7',
    times: mismatchesMax,
    happens: becomes('apiInvoker', 'mismatch'),
  };
  const isNeverStuck: AgainAndAgain = {
    kind: 'againAndAgain',
    statement: 'L3 nobody is stuck: the invoker comes to rest, served or with a reason, again and again',
    clause: '6.7',
    variables: ['apiInvoker'],
    while: ({ apiInvoker }) => !isIn(apiInvoker, 'offboarded'),
    reaches: (transition) =>
      stepsOf(transition, 'apiInvoker').some(
        ({ event, after }) =>
          event.type === 'ServiceApiInvocationResponse' ||
          event.type === 'invocation.failed' ||
          restingStates.includes(outermostState(after.value)),
      ),
  };

  const revocationArrives: NotForEver = {
    kind: 'notForEver',
    statement: 'S3 an invoker that the core has revoked or offboarded is not served for ever',
    clause: 'TS 29.222 5.6.2.5',
    variables: ['capifCoreFunction'],
    while: ({ capifCoreFunction }) => isIn(capifCoreFunction, 'revoked', 'offboarded'),
    happens: (transition) => served(transition) !== undefined,
  };

  return [
    everyStep('S1 no invocation is served under a method that the AEF no longer accepts', '6.7', (transition) => {
      const method = served(transition);
      const aef = transition.after.apiExposingFunction;
      return method === undefined || (aef !== undefined && of(aef).accepted.includes(method));
    }),
    always(
      'S2 the method of an invoker is the one that the core issued with its credential',
      '6.3.1',
      ['apiInvoker', 'capifCoreFunction'],
      ({ apiInvoker, capifCoreFunction }) => {
        const [mine, theirs] = [of(apiInvoker), of(capifCoreFunction)];
        if (mine.credential > theirs.credential) return false;
        return (
          mine.credential < theirs.credential || theirs.selected === undefined || mine.selected === theirs.selected
        );
      },
    ),
    everyStep(
      'S3 every invocation that is served is of an invoker that is known and not revoked',
      '6.5.2',
      (transition) =>
        stepsOf(transition, 'invokerAdmission').every((step) => {
          if (!sends(step, 'ServiceApiInvocationResponse')) return true;
          const { method } = step.event as { method?: SecurityMethod };
          return step.before.value !== 'revoked' && (method === 'OAUTH' || of(step.before).credential > 0);
        }),
    ),
    always(
      'S3 once the AEF has acknowledged a revocation, it serves the invoker no more',
      'TS 29.222 5.6.2.5',
      ['capifCoreFunction', 'invokerAdmission'],
      ({ capifCoreFunction: { value }, invokerAdmission }) =>
        JSON.stringify(value) !== '{"revoked":"informed"}' || invokerAdmission.value === 'revoked',
    ),
    everyStep(
      'S4 an invoker changes its method on the word of the core alone, and to the one it says',
      '6.7',
      (transition) =>
        stepsOf(transition, 'apiInvoker').every(({ event, before, after }) => {
          if (of(before).selected === of(after).selected) return true;
          const said = event as { type: string; selected?: SecurityMethod };
          return said.type === 'SecurityMethodResponse' && said.selected === of(after).selected;
        }),
    ),
    everyStep('S5 after a mismatch no invocation leaves before a new answer of the core', '6.7', (transition) =>
      stepsOf(transition, 'apiInvoker').every(
        (step) =>
          !sends(step, 'ServiceApiInvocation') ||
          of(step.after).credential > (transition.after.told?.refusedCredential ?? 0),
      ),
    ),
    sometimes('it happens that an invoker that was refused is served with another method', '6.7', (transition) =>
      stepsOf(transition, 'apiInvoker').some(({ event, before }) => {
        const { refused, selected } = before.context as { refused?: SecurityMethod; selected?: SecurityMethod };
        return event.type === 'ServiceApiInvocationResponse' && refused !== undefined && refused !== selected;
      }),
    ),
    sometimes('it happens that an invoker is told of a mismatch', '6.7', becomes('apiInvoker', 'mismatch')),
    converges,
    staysConverged,
    fewMismatches,
    isNeverStuck,
    revocationArrives,
    ...whatEachKeeps,
  ];
}

const isIn = (state: MachineState, ...states: string[]): boolean => states.includes(outermostState(state.value));

/** What the parties must know for all of this: without it a run may go well by luck. */
const whatEachKeeps: readonly Property[] = [
  always(
    'S1 the AEF accepts what it withdraws only until its publisher knows that the core has the update',
    '6.7',
    ['apiExposingFunction', 'apiPublishingFunction'],
    ({ apiExposingFunction: aef, apiPublishingFunction: publisher }) =>
      isIn(aef, 'settled')
        ? of(aef).accepted.every((method) => of(aef).methods.includes(method))
        : !isIn(publisher, 'published'),
  ),
  always(
    'S2 the core selects from the methods that are published',
    '6.3.1',
    ['capifCoreFunction', 'publishedService'],
    ({ capifCoreFunction, publishedService }) =>
      JSON.stringify(of(capifCoreFunction).offered) === JSON.stringify(of(publishedService).methods),
  ),
  always(
    'S2 the core knows whether the method that it selected is still offered',
    '6.7',
    ['capifCoreFunction'],
    ({ capifCoreFunction: core }) => {
      const { selected, offered } = of(core);
      if (isIn(core, 'negotiated')) return selected !== undefined && offered.includes(selected);
      if (isIn(core, 'outdated')) return selected !== undefined && !offered.includes(selected);
      return selected === undefined;
    },
  ),
  always(
    'S3 the AEF holds a key only of an invoker that it knows',
    'TS 29.222 5.6.2.5',
    ['invokerAdmission', 'aefPsk'],
    ({ invokerAdmission: admission, aefPsk: { keyCredential } }) => {
      const { credential } = of(admission);
      if (keyCredential > credential) return false;
      return isIn(admission, 'unknown', 'revoked') ? credential === 0 : credential > 0 || isIn(admission, 'fetching');
    },
  ),
  always(
    'S5 the invoker asks nothing over a connection that it has given up',
    '6.7',
    ['apiInvoker', 'control'],
    ({ apiInvoker, control }) => {
      if (control.at === 'openingCore') return isIn(apiInvoker, 'authenticating', 'mismatch');
      if (control.at === 'asking' && control.to === 'capifCoreFunction') return isIn(apiInvoker, 'authenticated');
      return !['asking', 'openingAef', 'heldByAef'].includes(control.at) || isIn(apiInvoker, 'negotiated');
    },
  ),
  always(
    'L3 a timer runs exactly while somebody pauses',
    '6.7',
    ['apiInvoker', 'capifCoreFunction', 'apiPublishingFunction'],
    ({ apiInvoker, capifCoreFunction, apiPublishingFunction }) =>
      apiInvoker.paused === isIn(apiInvoker, 'pausing') &&
      apiPublishingFunction.paused === isIn(apiPublishingFunction, 'pausing') &&
      capifCoreFunction.paused === (JSON.stringify(capifCoreFunction.value) === '{"revoked":"pausing"}'),
  ),
];
