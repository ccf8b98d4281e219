/**
 * What a publication of our own says in headers, as TS 29.222 has no room for it: which publication is newer, and which
 * POST is a repetition.
 */
import { malformedParam, type Read, type ReceivedHeaders, read } from '../http-message.ts';

/**
 * The number of this publication, a later one has a higher: one for all services, or one for each, by the name that its
 * publisher gives it: in the order of the interfaces, and after them those of services that are taken out.
 */
export type Revisions = number | readonly NamedRevision[];
export type NamedRevision = { service: string; revision: number };

/**
 * Not standardised: TS 29.222 gives a publication neither version nor time, so that a late copy of an old update
 * cannot be told from a new one. The amendment `newest-revision-wins` needs the number.
 */
const revisionHeader = 'capif-machines-revision';

/**
 * Not standardised: a POST that is repeated because its answer was lost is the same as before, and so is a POST of another
 * instance of the AEF, which publishes for itself.
 */
const publicationHeader = 'capif-machines-publication';

export const writeRevisions = (revisions: Revisions | undefined): Record<string, string> => {
  if (revisions === undefined) return {};
  const all = typeof revisions === 'number' ? [revisions] : revisions.map((one) => `${one.service}=${one.revision}`);
  return { [revisionHeader]: all.join(', ') };
};

const numberText = /^\d{1,15}$/;
/** The name of a service, as it stands in a header. */
const serviceNameText = /^[A-Za-z0-9._~-]{1,130}$/;

export function readRevisions(headers: ReceivedHeaders | undefined): Read<Revisions | undefined> {
  const text = headers?.[revisionHeader];
  if (text === undefined) return read(undefined);
  if (typeof text === 'string' && numberText.test(text)) return read(Number(text));
  const named = String(text).split(',').map(namedRevision);
  const isEachNamed = named.every((one) => one !== undefined);
  if (isEachNamed && new Set(named.map(({ service }) => service)).size === named.length) return read(named);
  const reason = 'must be an integer of at most 15 digits, or one for each service, as in NAME=1, OTHER=2';
  return malformedParam(revisionHeader, reason);
}

function namedRevision(text: string): NamedRevision | undefined {
  const [service = '', revision = '', ...more] = text.trim().split('=');
  const isRevision = more.length === 0 && serviceNameText.test(service) && numberText.test(revision);
  return isRevision ? { service, revision: Number(revision) } : undefined;
}

export function readPublicationKey(headers: ReceivedHeaders): Read<string | undefined> {
  const text = headers[publicationHeader];
  if (text === undefined || (typeof text === 'string' && serviceNameText.test(text))) return read(text);
  return malformedParam(publicationHeader, 'must be at most 130 letters, digits and . _ ~ -');
}

export const tooFewRevisions = () =>
  malformedParam(revisionHeader, 'must have a number for each interface, or one for all');

export const writePublicationKey = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { [publicationHeader]: key };
