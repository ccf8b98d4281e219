/** A set of amendments as words for a report, and as the argument of `--amendments` and of a scenario header. */
import { type Amendment, allAmendments } from '../../machines/vocabulary.ts';

export function amendmentsText(amendments: readonly Amendment[]): string {
  if (amendments.length === 0) return 'as written';
  const missing = missingFrom(amendments);
  if (missing.length === 0) return 'all amendments';
  return missing.length === 1 ? `without ${missing[0]}` : amendments.join(', ');
}

export function amendmentsArgument(amendments: readonly Amendment[]): string {
  if (amendments.length === 0) return 'none';
  return missingFrom(amendments).length === 0 ? 'all' : amendments.join(',');
}

const missingFrom = (amendments: readonly Amendment[]) => allAmendments.filter((one) => !amendments.includes(one));
