/** Arguments that several commands take. What they throw is shown as wrong usage. */
import { InvalidArgumentError } from 'commander';
import { type Amendment, allAmendments, amendments } from '../../machines/vocabulary.ts';

/** `all`, `none`, or names separated by commas. */
export function readAmendments(text: string): Amendment[] {
  if (text === 'all') return allAmendments;
  if (text === 'none') return [];
  const names = text.split(',');
  const unknown = names.find((name) => !Object.hasOwn(amendments, name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`"${unknown}" is no amendment; there are ${allAmendments.join(', ')}.`);
  }
  return names as Amendment[];
}

/** From 1 on. */
export function readCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1 on.');
  return Number(text);
}
