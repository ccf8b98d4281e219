/** Safety of a method update (S1 to S5), and proof that mismatches can happen. */

import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { contextOf, enters, methodServed, stepsOf } from './method-facts.ts';
import { always, everyStep, type Property, sometimes } from './property.ts';
import { ofEach, sends } from './role-step.ts';

export const methodUpdateSafety: readonly Property[] = [
  everyStep('S1 no invocation is served under a method that the AEF no longer accepts', '6.7', (transition) => {
    const method = methodServed(transition);
    const aef = transition.after.apiExposingFunction;
    if (method === undefined) return undefined;
    return aef !== undefined && contextOf(aef).accepted.includes(method);
  }),
  always(
    'S2 the method of an invoker is the one that the core selected with its credential',
    '6.3.1',
    ['apiInvoker', 'capifCoreFunction'],
    ({ apiInvoker, capifCoreFunction }) => {
      const [mine, theirs] = [contextOf(apiInvoker), contextOf(capifCoreFunction)];
      if (mine.credential > theirs.credential) return false;
      if (mine.credential < theirs.credential || theirs.selected === undefined) return undefined;
      return mine.selected === theirs.selected;
    },
  ),
  everyStep('S3 every served invocation comes from an invoker that is known and not revoked', '6.5.2', (transition) =>
    ofEach(stepsOf(transition, 'invokerAdmission'), (step) => {
      if (!sends(step, 'ServiceApiInvocationResponse')) return undefined;
      const { method } = step.event as { method?: SecurityMethod };
      return step.before.value !== 'revoked' && (method === 'OAUTH' || contextOf(step.before).credential > 0);
    }),
  ),
  always(
    'S3 once the AEF has acknowledged a revocation, it no longer serves the invoker',
    'TS 29.222 5.6.2.5',
    ['capifCoreFunction', 'invokerAdmission'],
    ({ capifCoreFunction: { value }, invokerAdmission }) =>
      JSON.stringify(value) === '{"revoked":"informed"}' ? invokerAdmission.value === 'revoked' : undefined,
  ),
  everyStep(
    'S4 an invoker changes its method only on the word of the core, and only as the core says',
    '6.7',
    (transition) =>
      ofEach(stepsOf(transition, 'apiInvoker'), ({ event, before, after }) => {
        if (contextOf(before).selected === contextOf(after).selected) return undefined;
        const answer = event as { type: string; selected?: SecurityMethod };
        return answer.type === 'SecurityMethodResponse' && answer.selected === contextOf(after).selected;
      }),
  ),
  everyStep(
    'S5 after a mismatch, the invoker sends no invocation before a new answer from the core',
    '6.7',
    (transition) =>
      ofEach(stepsOf(transition, 'apiInvoker'), (step) => {
        const { refusedCredential = 0 } = transition.after.told ?? {};
        if (!sends(step, 'ServiceApiInvocation')) return undefined;
        const isNewer = contextOf(step.after).credential > refusedCredential;
        return refusedCredential === 0 && isNewer ? undefined : isNewer;
      }),
  ),
];

/** Not asked where the invoker is notified in time: then there are none. */
export const mismatchesHappen: readonly Property[] = [
  sometimes('it can happen that an invoker is refused, and then served with another method', '6.7', (transition) =>
    stepsOf(transition, 'apiInvoker').some(({ event, before }) => {
      const { refused, selected } = before.context as { refused?: SecurityMethod; selected?: SecurityMethod };
      return event.type === 'ServiceApiInvocationResponse' && refused !== undefined && refused !== selected;
    }),
  ),
  sometimes('it can happen that an invoker is told of a mismatch', '6.7', enters('apiInvoker', 'mismatch')),
];
