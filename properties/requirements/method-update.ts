/** The guarantees of a security method update (6.7), and those they rest on (6.3.1, 6.5.2, TS 29.222 5.6.2.5). */

import { outermostState } from '../../machines/steps/step.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Setting } from '../model/setting.ts';
import type { State } from '../model/state.ts';
import { contextOf, enters, isIn, isRefusedForMethod, methodServed, stepsOf } from './method-facts.ts';
import { methodUpdateSafety, mismatchesHappen } from './method-update-safety.ts';
import { type AgainAndAgain, type AtMost, everyStep, type NotForEver, type Property } from './property.ts';
import { whatRolesKnow } from './role-knowledge.ts';

/** All that there are; a setting may be asked fewer. */
export const everyMethodUpdate = (supported: readonly SecurityMethod[]): Property[] => [
  ...methodUpdateSafety,
  ...mismatchesHappen,
  ...convergence(supported),
  fewMismatches,
  noRefusal,
  isNeverStuck,
  revocationArrives,
  ...whatRolesKnow,
];

type Asked = Pick<Setting, 'supported' | 'withdrawals' | 'notifications'>;
export const methodUpdate = ({ supported, withdrawals, notifications }: Asked): Property[] =>
  everyMethodUpdate(supported).filter((property) => {
    if (property === fewMismatches) return withdrawals === 0;
    if (property === noRefusal) return notifications === 'in time';
    return notifications !== 'in time' || !mismatchesHappen.includes(property);
  });

function convergence(supported: readonly SecurityMethod[]): [AgainAndAgain, NotForEver] {
  const whileEntitled = {
    clause: '6.7',
    variables: ['capifCoreFunction', 'apiExposingFunction'],
    /** The invoker is authorized, and the AEF has a method that it supports. */
    while: ({ capifCoreFunction, apiExposingFunction }: State) =>
      !isIn(capifCoreFunction, 'revoked', 'offboarded') &&
      contextOf(apiExposingFunction).methods.some((method) => supported.includes(method)),
  } as const;
  return [
    {
      ...whileEntitled,
      kind: 'againAndAgain',
      statement:
        'L1 once changes stop, an authorized invoker with a common method is served with the updated method again and again',
      reaches(transition) {
        const method = methodServed(transition);
        const aef = transition.after.apiExposingFunction;
        return method !== undefined && aef !== undefined && contextOf(aef).methods.includes(method);
      },
    },
    {
      ...whileEntitled,
      kind: 'notForEver',
      statement: 'L1 an authorized invoker with a common method is not refused for its method for ever',
      happens: isRefusedForMethod,
    },
  ];
}

const mismatchesMax = 2;
/** Not asked where the operator ends the old methods before the core has the update: then the race is back (R1). */
const fewMismatches: AtMost = {
  kind: 'atMost',
  statement: `L2 after the last change and the last fault, at most ${mismatchesMax} mismatches make the invoker ask again`,
  clause: '6.7',
  times: mismatchesMax,
  happens: enters('apiInvoker', 'mismatch'),
};

const noRefusal = everyStep(
  'L2 an invoker that is notified of every update in time is never refused for its method',
  '6.7',
  (transition) => {
    if (isRefusedForMethod(transition)) return false;
    return methodServed(transition) === undefined ? undefined : true;
  },
);

const restingStates = ['onboarded', 'withoutMethod', 'refused', 'gaveUp'];
const isNeverStuck: AgainAndAgain = {
  kind: 'againAndAgain',
  statement: 'L3 the invoker is never stuck: again and again it is served or rests for a stated reason',
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
  statement: 'S3 an invoker that is revoked or offboarded does not go on being served for ever',
  clause: 'TS 29.222 5.6.2.5',
  variables: ['capifCoreFunction'],
  while: ({ capifCoreFunction }) => isIn(capifCoreFunction, 'revoked', 'offboarded'),
  happens: (transition) => methodServed(transition) !== undefined,
};
