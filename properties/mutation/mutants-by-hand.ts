/** Mutants that no single omission makes: invokers that do not follow the core. */
import { assign, emit } from 'xstate';
import { apiInvoker } from '../../machines/api-invoker.ts';
import type { Mutant } from './mutants.ts';

/** After a mismatch it takes another of its methods without asking the core. */
const choosesByItself = apiInvoker.provide({
  actions: {
    rememberRefusedMethod: assign(({ context: { selected, supported } }) => {
      const other = supported.find((method) => method !== selected);
      return { refused: selected, ...(other && { selected: other }) };
    }),
  },
});

/** It keeps the credential from the answer of the core, but uses its preferred method. */
const keepsItsFavourite = apiInvoker.provide({
  actions: {
    rememberSelection: assign(({ context: { supported } }, { credential }) => ({
      ...(supported[0] && { selected: supported[0] }),
      credential,
      contextKnown: true,
    })),
  },
});

/** It goes back to the AEF where it should ask the core again. */
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
