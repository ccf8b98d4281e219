/** The ordinals of CAPIF: credentials and revisions, of which only the order matters. Machines copy and compare them, and take one more than the newest. */
import { symmetryOf } from '../checker/search/symmetry.ts';

export const sorts = ['credential', 'revision'] as const;
export type Sort = (typeof sorts)[number];

/** The names of the properties that hold them, anywhere in a state, by sort. */
export const ordinals = [['credential', 'refusedCredential', 'keyCredential'], ['revision']] as const;

/** States that differ only in their counting have one canonical state. */
export const { canonical, inUse, renamed, sortOf } = symmetryOf(ordinals);
