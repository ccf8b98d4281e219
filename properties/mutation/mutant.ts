/** A mutant: a machine with one deliberate fault. */
import type { AnyStateMachine } from 'xstate';
import type { Part } from '../model/state.ts';

export type Mutant = {
  /** Unique, and the same from run to run: the machine, the state, the transition and what is changed about it. */
  id: string;
  machine: Part;
  replacement: AnyStateMachine;
};
