/** One race of clause 6.7, and the pointers to where it is examined. */
import type { Amendment } from '../../machines/vocabulary.ts';
import type { Part } from '../model/state.ts';

export type Pointer =
  | { amendment: Amendment }
  /** The name of its page. */
  | { finding: string }
  | { setting: string }
  /** The beginning of the statement of a property in `methodUpdate`. */
  | { property: string }
  /** A state of a machine, with a dot before an inner state; without a state, the whole machine. */
  | { machine: Part; state?: string }
  /** The name of a rule of the model. */
  | { rule: string }
  | { scenario: string }
  /** A test file, and a part of the name of one of its tests. */
  | { test: string; name: string }
  /** The beginning of the title of a decision record, after its date. */
  | { decision: string };

export type Race = {
  number: number;
  what: string;
  /** Where the race is examined, wholly or partly. */
  modelled?: readonly Pointer[];
  /** The part that is not examined, and why. */
  outOfScope?: string;
};
