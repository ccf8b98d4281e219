/** The text of a sequence chart without regard to its width. */
import type { Instance, SequenceMessage } from '../../properties/traces/sequence.ts';
import { roleNames } from '../state-chart/notation.ts';

/** The lines of the head of an instance. */
export const headOf = ({ role, name }: Instance): string[] => [roleNames[role], ...(name === undefined ? [] : [name])];

const remarks = { late: ' (late)', delayed: ' (delayed)', forged: '', lost: '', failed: '', arrives: '' } as const;

export const messageLabel = ({ label, fate }: SequenceMessage): string =>
  `${fate === 'forged' ? 'forged ' : ''}${label}${remarks[fate]}`;
