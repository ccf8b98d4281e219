/** Machines that do what no single omission makes of them: an invoker that knows better than the core, keys of another negotiation. */
import { assign, emit } from 'xstate';
import { apiInvoker } from '../../machines/api-invoker.ts';
import { capifCoreFunction } from '../../machines/capif-core-function.ts';
import type { Mutant } from './mutant.ts';

/** After a mismatch it takes another of its methods, without a word of the core. */
const choosesByItself = apiInvoker.provide({
  actions: {
    rememberRefusedMethod: assign(({ context: { selected, supported } }) => {
      const other = supported.find((method) => method !== selected);
      return { refused: selected, ...(other && { selected: other }) };
    }),
  },
});

/** It keeps the credential of an answer of the core, and its favourite method. */
const keepsItsFavourite = apiInvoker.provide({
  actions: {
    rememberSelection: assign(({ context: { supported } }, { credential }) => ({
      ...(supported[0] && { selected: supported[0] }),
      credential,
      contextKnown: true,
    })),
  },
});

/** Where it should ask the core again, it goes back to the AEF. */
const goesBack = apiInvoker.provide({
  actions: {
    openCoreConnection: emit(({ context: { selected, credential } }) =>
      selected
        ? ({ type: 'openTls', to: 'apiExposingFunction', method: selected, credential } as const)
        : ({ type: 'openTls', to: 'capifCoreFunction' } as const),
    ),
  },
});

/** It leaves the method that was refused out of its list. */
const leavesOneOut = apiInvoker.provide({
  actions: {
    requestUpdatedSecurityMethod: emit(({ context: { supported, refused } }) => ({
      type: 'send',
      to: 'capifCoreFunction',
      message: {
        type: 'SecurityMethodUpdateRequest',
        supported: supported.filter((method) => method !== refused),
        names: 'exposingFunction',
      },
    })),
  },
});

/** It tells the application of an outcome that is none of these. */
const tellsAnother = apiInvoker.provide({
  actions: {
    report: emit((_, { because }) => ({ type: 'report', outcome: 'offboarded', because })),
  },
});

/** The key of the negotiation before this one. */
const earlierKey = ({ credential }: { credential: number }) =>
  ({ type: 'deriveAefPsk', credential: credential - 1 }) as const;
const invokerDerivesEarlierKey = apiInvoker.provide({
  actions: { deriveAefPsk: emit(({ context }) => earlierKey(context)) },
});
const coreDerivesEarlierKey = capifCoreFunction.provide({
  actions: { deriveAefPsk: emit(({ context }) => earlierKey(context)) },
});

export const mutantsByHand: readonly Mutant[] = [
  { id: 'apiInvoker by hand: takes another method by itself', machine: 'apiInvoker', replacement: choosesByItself },
  { id: 'apiInvoker by hand: keeps its favourite method', machine: 'apiInvoker', replacement: keepsItsFavourite },
  { id: 'apiInvoker by hand: goes back to the AEF', machine: 'apiInvoker', replacement: goesBack },
  { id: 'apiInvoker by hand: leaves the refused method out', machine: 'apiInvoker', replacement: leavesOneOut },
  { id: 'apiInvoker by hand: tells of another outcome', machine: 'apiInvoker', replacement: tellsAnother },
  {
    id: 'apiInvoker by hand: derives the key of the negotiation before',
    machine: 'apiInvoker',
    replacement: invokerDerivesEarlierKey,
  },
  {
    id: 'capifCoreFunction by hand: derives the key of the negotiation before',
    machine: 'capifCoreFunction',
    replacement: coreDerivesEarlierKey,
  },
];
