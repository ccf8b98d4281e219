/** Arguments that several commands take. The command line shows what they throw as wrong usage. */
import { InvalidArgumentError } from 'commander';
import {
  type Amendment,
  allAmendments,
  parseAmendments,
  type SecurityMethod,
  securityMethods,
} from '../../machines/vocabulary.ts';

export function readAmendments(text: string): readonly Amendment[] {
  const read = parseAmendments(text);
  if (read) return read;
  const known = allAmendments.join(', ');
  throw new InvalidArgumentError(`"${text}" is neither all, nor none, nor a list of amendments: ${known}.`);
}

/** Names of security methods, in any case, separated by commas. */
export function readMethods(text: string): SecurityMethod[] {
  const methods = text.toUpperCase().split(',');
  const unknown = methods.find((method) => !(securityMethods as readonly string[]).includes(method));
  if (unknown === undefined) return methods as SecurityMethod[];
  throw new InvalidArgumentError(`"${unknown}" is none of ${securityMethods.join(', ')}.`);
}

export const countUpTo =
  (most: number) =>
  (text: string): number => {
    const count = Number(text);
    if (/^[1-9]\d*$/.test(text) && count <= most) return count;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };

/** Longer than any demonstration, and short enough for a timer. */
export const oneDayMs = 86_400_000;
