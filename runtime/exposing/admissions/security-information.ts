/**
 * What the core says of an invoker at this exposing function (TS 29.222 5.6.2.4): which entry of its answer is about us,
 * and what the two texts in it mean, whose form the standard leaves open (docs/interoperability.md).
 */
import type { SecurityMethod } from '../../../machines/vocabulary.ts';
import { apisPerAef } from '../../credentials/access-token-scope.ts';
import { malformedBecause, type Read, type ReceivedAnswer, read } from '../../wire/http-message.ts';
import { readSecurityInformationResponse, type SecurityInformationEntry } from '../../wire/security-information-api.ts';

/** `aefPsk`: AEFPSK (A.1), 32 octets. `apiNames`: the service APIs that the invoker may use here; absent, all. */
export type SecurityTexts = {
  /** The number of the negotiation, from 1; only our own core gives it. */
  credential?: number | undefined;
  aefPsk?: Buffer | undefined;
  apiNames?: readonly string[] | undefined;
};

export type Learnt = SecurityTexts & { selected?: SecurityMethod | undefined };

/** Reads the texts of a core whose form the default reader does not know. */
export type SecurityTextsReader = (
  entry: Pick<SecurityInformationEntry, 'selected' | 'authenticationInfo' | 'authorizationInfo'>,
) => SecurityTexts;

/** A service of ours: by the id of its AEF, by address, and by its API, once the core has given it an id. */
export type Own = { aefId: string; host: string; port: number; apiId: string | undefined };

/** Malformed if no entry is about this service. */
export function learntFrom(
  answer: ReceivedAnswer,
  own: Own,
  readTexts: SecurityTextsReader = (entry) => securityTexts(entry, own.aefId),
): Read<Learnt> {
  const all = readSecurityInformationResponse(answer);
  if (all.outcome === 'malformed') return all;
  const ours = all.value.filter((entry) => isAbout(entry, own));
  // An entry about our API says more than one about all that we expose.
  const entry = ours.find(({ apiId }) => apiId !== undefined) ?? ours[0];
  if (!entry) return malformedBecause('the answer has no entry of this AEF');
  const { selected, authenticationInfo, authorizationInfo } = entry;
  const { aefPsk, ...texts } = readTexts({ selected, authenticationInfo, authorizationInfo });
  return read({ ...texts, selected, aefPsk: aefPsk?.length === keyOctets ? aefPsk : undefined });
}

function isAbout({ aefId, interface: at, apiId }: SecurityInformationEntry, own: Own): boolean {
  if (apiId !== undefined && apiId !== own.apiId) return false;
  if (aefId !== undefined) return aefId === own.aefId;
  return at !== undefined && at.host.toLowerCase() === own.host.toLowerCase() && at.port === own.port;
}

/**
 * Our own JSON, whole or in part; a bare key; a bare scope. A text in another form says nothing: a certificate, for one,
 * which a core may give for PKI, brings nothing that the AEF does not have.
 */
export const securityTexts = (
  { authenticationInfo = '', authorizationInfo = '' }: Parameters<SecurityTextsReader>[0],
  aefId: string,
): SecurityTexts => {
  const [authentication, authorization] = [membersOf(authenticationInfo), membersOf(authorizationInfo)];
  const { credential } = authentication;
  return {
    credential: Number.isSafeInteger(credential) && (credential as number) > 0 ? (credential as number) : undefined,
    aefPsk: keyIn(authentication.aefPsk) ?? keyIn(authenticationInfo),
    apiNames: namesIn(authorization.apiNames) ?? apisPerAef(authorizationInfo.trim())?.get(aefId),
  };
};

const keyOctets = 32;

/** 32 octets in hexadecimal, base64 or base64url: the length tells which. */
function keyIn(text: unknown): Buffer | undefined {
  if (typeof text !== 'string') return undefined;
  const trimmed = text.trim();
  if (/^[0-9A-Fa-f]{64}$/.test(trimmed)) return Buffer.from(trimmed, 'hex');
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed) ? Buffer.from(trimmed, 'base64') : undefined;
}

const namesIn = (names: unknown): string[] | undefined =>
  Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined;

function membersOf(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
