/** The vocabulary that all roles share. Nouns of the standard keep the standard's spelling. */

/** The parties of TS 33.122. What crosses from one to another is a message on a reference point. */
export type Role = 'apiInvoker' | 'capifCoreFunction' | 'apiExposingFunction' | 'apiPublishingFunction';

/** TS 29.222 SecurityMethod: TLS-PSK (6.5.2.1), PKI (6.5.2.2), TLS with OAuth token (6.5.2.3). */
export type SecurityMethod = 'PSK' | 'PKI' | 'OAUTH';
export const securityMethods: readonly SecurityMethod[] = ['PSK', 'PKI', 'OAUTH'];

/**
 * What a negotiation is about (TS 29.222 8.5.4.2.3): all that an AEF exposes, or one service API at one interface of it.
 * The latter needs the feature SecurityInfoPerAPI, or `interfaceDetails`.
 */
export type Named = 'exposingFunction' | 'serviceApi';

/** The clause that a state or a transition comes from: of TS 33.122 unless another specification is named. */
export type Clause = `${number}.${string}` | `${'A' | 'B' | 'C'}.${number}${string}` | `TS 29.222 ${number}.${string}`;

export type Source = {
  clause: Clause;
  /** The standard is silent here: what we assume, or why. */
  assumed?: string;
  /** Only taken under this amendment: the standard as written does something else. */
  amendment?: Amendment;
  /** Never taken under this amendment, which does something else at this place. */
  replacedBy?: Amendment;
};

/** Named changes of behaviour that a change request could make; each repairs a race of clause 6.7. */
export const amendments = {
  'publish-until-acknowledged': 'the publishing function repeats an update until the core has acknowledged it',
  'accept-both-until-published': 'the exposing function accepts old and new methods until the core has the update',
  'newest-revision-wins': 'the core ignores an update that is older than the one it has',
  'ask-again-after-a-pause': 'an invoker that gets the method that was just refused asks again after a pause',
  'fetch-credentials-again':
    'the exposing function fetches credentials at every authentication initiation, not only when it has none',
  'name-the-service-api':
    'an invoker names the service API and the interface that it negotiates about, not only the exposing function',
  'enforce-the-selection':
    'an exposing function that fetches credentials again serves an invoker only under the method that the core has selected',
  'bounded-attempts': 'an invoker asks only a bounded number of times, then gives up and says why',
  'revoke-at-offboarding': 'the core tells the exposing function when an invoker is offboarded',
  'keep-revocations': 'the exposing function keeps a revocation through a restart',
  'notify-of-updates':
    'the core notifies an invoker whose method is withdrawn, and the invoker asks for the new one before it invokes again',
} as const;
export type Amendment = keyof typeof amendments;
export const allAmendments = Object.keys(amendments) as Amendment[];
export const asWritten: readonly Amendment[] = [];

/** `all`, `none`, or names separated by commas; undefined if one of these is not the name of an amendment. */
export function parseAmendments(text: string): readonly Amendment[] | undefined {
  if (text === 'all') return allAmendments;
  if (text === 'none') return asWritten;
  const names = text.split(',');
  return names.every((name) => Object.hasOwn(amendments, name)) ? (names as Amendment[]) : undefined;
}

/** The first method of the invoker's preference list that the exposing function offers (6.3.1). */
export const selection = (supported: readonly SecurityMethod[], offered: readonly SecurityMethod[]) =>
  supported.find((method) => offered.includes(method));

/** Both sets in one, in the fixed order of `securityMethods`, so that equal sets are equal values. */
export const union = (some: readonly SecurityMethod[], others: readonly SecurityMethod[]) =>
  securityMethods.filter((method) => some.includes(method) || others.includes(method));
