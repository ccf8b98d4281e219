/** Arguments that several commands take. The command line shows what they throw as wrong usage. */
import { InvalidArgumentError } from 'commander';
import { type Amendment, allAmendments, parseAmendments } from '../../machines/vocabulary.ts';

export function readAmendments(text: string): readonly Amendment[] {
  const read = parseAmendments(text);
  if (read) return read;
  const known = allAmendments.join(', ');
  throw new InvalidArgumentError(`"${text}" is neither all, nor none, nor a list of amendments: ${known}.`);
}

export function readCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}
