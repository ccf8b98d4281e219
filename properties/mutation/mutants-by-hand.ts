/** Machines that do what no single omission makes of them: an invoker that knows better than the core. */
import { assign, emit } from 'xstate';
import { apiInvoker } from '../../machines/api-invoker.ts';
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

export const mutantsByHand: readonly Mutant[] = [
  { id: 'apiInvoker by hand: takes another method by itself', machine: 'apiInvoker', replacement: choosesByItself },
  { id: 'apiInvoker by hand: keeps its favourite method', machine: 'apiInvoker', replacement: keepsItsFavourite },
  { id: 'apiInvoker by hand: goes back to the AEF', machine: 'apiInvoker', replacement: goesBack },
];
