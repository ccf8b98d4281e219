/** What a security context is about, and which services that covers (SecurityInformation, TS 29.222 8.5.4.2.3). */
import { serviceApiInterface } from '../../credentials/aef-psk.ts';
import type { Subject } from '../../wire/security-api.ts';
import { isPublished, isSameAddress, type Service } from '../services/published-services.ts';

/** The AEF, or the member that does not say which. */
type Resolved = { aefId: string } | { param: keyof Subject; reason: string };

export function covers({ aefId, interfaceDetails, apiId }: Subject, { at, apiId: ofService }: Service): boolean {
  return (
    (aefId === undefined || aefId === at.aefId) &&
    (interfaceDetails === undefined || isSameAddress(interfaceDetails, at)) &&
    (apiId === undefined || apiId === ofService)
  );
}

export const namesAefAlone = ({ interfaceDetails, apiId }: Subject): boolean =>
  apiId === undefined && interfaceDetails === undefined;

/** Equal for subjects that name the same. */
export const keyOf = ({ aefId = '', interfaceDetails: at, apiId = '' }: Subject): string =>
  [aefId, at ? serviceApiInterface(at) : '', apiId].join(' ');

export const isSameSubject = (one: Subject, other: Subject): boolean =>
  one.aefId === other.aefId &&
  one.apiId === other.apiId &&
  (one.interfaceDetails === other.interfaceDetails || keyOf(one) === keyOf(other));

/**
 * The AEF that a subject is about. A service that is published no more still counts where no other does: it is for the
 * machine to say that it has no methods.
 */
export function resolve(subject: Subject, services: readonly Service[]): Resolved {
  const { aefId, interfaceDetails } = subject;
  const ofAef = services.filter((one) => covers({ aefId }, one));
  if (aefId !== undefined && ofAef.length === 0) return { param: 'aefId', reason: 'names no AEF that is published' };
  const there = ofAef.filter((one) => covers({ interfaceDetails }, one));
  if (there.length === 0) return { param: 'interfaceDetails', reason: 'is no interface that is published' };
  const meant = there.filter((one) => covers(subject, one));
  const aefs = new Set((meant.some(isPublished) ? meant.filter(isPublished) : meant).map(({ at }) => at.aefId));
  const [only, ...more] = aefs;
  if (only === undefined) return { param: 'apiId', reason: 'names no service API that is published there' };
  if (more.length === 0) return { aefId: only };
  return { param: 'interfaceDetails', reason: 'is an interface of several AEFs: name the AEF, or one service API' };
}
