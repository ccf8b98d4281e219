/** What a negotiation is about, as an entry of ServiceSecurity names it (TS 29.222 8.5.4.2.3). */
import type { Named } from '../../machines/vocabulary.ts';
import type { Subject } from '../wire/security-api.ts';
import type { Service } from './services.ts';

/** Feature 3 of CAPIF_Security_API, SecurityInfoPerAPI (TS 29.222 8.5.6), in hexadecimal. */
export const securityInfoPerApi = '4';

/** How an entry names what the machine negotiates about. A core that has given the API no id is told the AEF alone. */
export function subjectOf({ aefId, apiId, host, port, isOfInterface }: Service, names: Named): Subject {
  if (names === 'exposingFunction') return { aefId };
  const about = isOfInterface ? { interfaceDetails: { host, port } } : { aefId };
  return apiId === undefined ? about : { ...about, apiId };
}

/** A core without SecurityInfoPerAPI leaves the id of the API out. */
export function isAbout(entry: Subject, wanted: Subject): boolean {
  if (entry.apiId !== undefined && entry.apiId !== wanted.apiId) return false;
  const [there, here] = [entry.interfaceDetails, wanted.interfaceDetails];
  return here ? there?.host === here.host && there.port === here.port : entry.aefId === wanted.aefId;
}
