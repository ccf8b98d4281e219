/**
 * What the transport saw of a message, held against the message: facts must justify the event. They are on the line of the request
 * where it was received, and on the line of the answer where that was.
 */
import { isDeepStrictEqual } from 'node:util';
import type { TransportFacts } from '../../machines/steps/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { type Parties, partiesOf } from './trace-parties.ts';
import { keyOf, type Step } from './trace-replay.ts';

/** What an invoker opens a connection to an AEF with. */
export type Opening = { method: SecurityMethod; credential: number };
type Wire = { point: keyof typeof partiesAt; request: RegExp; status?: (status: number) => boolean };

const success = (status: number) => status >= 200 && status < 300;
const refusal = (status: number) => status >= 300 && status < 500;
const error = (status: number) => status >= 400;
const only = (expected: number) => (status: number) => status === expected;

const onboarding = { point: 'CAPIF-1e', request: /^POST .*onboardedInvokers$/ } as const;
const offboarding = { point: 'CAPIF-1e', request: /^DELETE .*onboardedInvokers/ } as const;
const negotiation = {
  point: 'CAPIF-1e',
  request: /^(PUT .*trustedInvokers(\/[^/]+)?|POST .*trustedInvokers.*update)$/,
} as const;
const first = { point: 'CAPIF-1e', request: /^PUT .*trustedInvokers/ } as const;
const update = { point: 'CAPIF-1e', request: /^POST .*trustedInvokers.*update$/ } as const;
const token = { point: 'CAPIF-1e', request: /^POST .*securities.*token$/ } as const;
const initiation = { point: 'CAPIF-2e', request: /^POST .*check-authentication$/ } as const;
const invocation = { point: 'CAPIF-2e', request: /^[A-Z]+ \// } as const;
const information = { point: 'CAPIF-3', request: /^GET .*trustedInvokers/ } as const;
const revocation = { point: 'CAPIF-3', request: /^POST .*revoke-authorization$/ } as const;
const publication = { point: 'CAPIF-4', request: /^(POST|PUT|PATCH|DELETE) .*service-apis/ } as const;

/** Clauses 8.2 to 8.5 and 9.1 of TS 29.222: by which request a message travels, and with which status. */
const wire: Readonly<Record<string, Wire>> = {
  OnboardApiInvokerRequest: onboarding,
  OnboardApiInvokerResponse: { ...onboarding, status: success },
  OnboardingRefused: { ...onboarding, status: refusal },
  OnboardingDeferred: { ...onboarding, status: only(202) },
  OffboardApiInvokerRequest: offboarding,
  OffboardApiInvokerResponse: { ...offboarding, status: (status) => success(status) || status === 404 },
  OffboardingRefused: { ...offboarding, status: refusal },
  SecurityMethodRequest: first,
  SecurityMethodUpdateRequest: update,
  SecurityMethodResponse: { ...negotiation, status: success },
  NoCommonMethod: { ...negotiation, status: success },
  SecurityContextNotFound: { ...update, status: only(404) },
  SecurityMethodRefused: { ...negotiation, status: refusal },
  AccessTokenRequest: token,
  AccessTokenResponse: { ...token, status: success },
  AccessTokenRefused: { ...token, status: refusal },
  AuthenticationInitiationRequest: initiation,
  AuthenticationInitiationResponse: { ...initiation, status: success },
  AuthenticationInitiationRefused: { ...initiation, status: refusal },
  ServiceApiInvocation: invocation,
  ServiceApiInvocationResponse: invocation,
  IncorrectMethodFailure: { ...invocation, status: error },
  NotAuthenticatedFailure: { ...invocation, status: error },
  NotAuthorizedFailure: { ...invocation, status: error },
  SecurityInformationRequest: information,
  SecurityInformationResponse: { ...information, status: success },
  SecurityInformationNotFound: { ...information, status: only(404) },
  RevokeAuthorizationRequest: revocation,
  RevokeAuthorizationResponse: { ...revocation, status: success },
  ServiceApiPublishRequest: publication,
  ServiceApiUpdateRequest: publication,
  'publication.failed': publication,
  ServiceApiUpdateResponse: { ...publication, status: (status) => success(status) || status === 404 },
};

export const mayHaveStatus = (type: string, status: number): boolean => wire[type]?.status?.(status) ?? true;

/** `from` and `to` of each reference point; undefined where any name will do. */
const partiesAt = {
  'CAPIF-1e': ({ invoker }: Parties) => [invoker, 'CCF'],
  'CAPIF-2e': ({ invoker, aef }: Parties) => [invoker, aef],
  'CAPIF-3': ({ aef }: Parties) => [aef, 'CCF'],
  'CAPIF-4': () => [undefined, 'CCF'],
} as const;

/**
 * Keeps what the transport has seen: a party has one subject as long as the run lasts, and an answer comes over the connection that
 * was opened for it.
 */
export class FactsCheck {
  readonly #seen = new Map<string, string>();
  /** By machine of an invoker and reference point: its latest connection. */
  readonly #opened = new Map<string, { facts: TransportFacts; credential: number | undefined }>();

  /**
   * Why the facts of a step do not justify its event, if they do not. Without facts there is nothing to say. `opening`: the method
   * and the credential of the connection that an invoker has asked for last; `method`: that of the invocation that the step is about.
   */
  contradiction(step: Step, opening: Opening | undefined, method: SecurityMethod | undefined): string | undefined {
    const { event, facts } = step;
    if (!facts) return undefined;
    const isOpened = event.type === 'tls.established';
    const because =
      wireOf(step) ??
      partiesSeen(step, facts) ??
      suiteOf(facts) ??
      this.#proofOf(step, facts, isOpened && facts.referencePoint === 'CAPIF-2e' ? opening?.method : method) ??
      this.#connectionOf(step, facts);
    if (because) return `${event.type} is not what the transport saw: ${because}`;
    if (isOpened)
      this.#opened.set(`${keyOf(step)} ${facts.referencePoint}`, { facts, credential: opening?.credential });
    return undefined;
  }

  #proofOf(step: Step, facts: TransportFacts, method: SecurityMethod | undefined): string | undefined {
    const { machine, event } = step;
    const { referencePoint, from, to, proof, peer } = facts;
    if (referencePoint === 'CAPIF-4') {
      const other = this.#sameAsBefore(`the APF of ${partiesOf(step).aef}`, from);
      if (other) return other;
    }
    if (proof === undefined) return undefined;
    const isByKey = proof.startsWith('PSK ');
    if (method !== undefined && (method === 'PSK') !== isByKey) return `a proof by ${proof} under ${method}`;
    if (isByKey && referencePoint !== 'CAPIF-2e') return `a proof by ${proof} on ${referencePoint}`;
    if (isByKey) {
      const other = [proof, peer ?? proof].find((one) => one !== `PSK ${from}`);
      return other && `${from} and a proof by ${other}`;
    }
    const isAnonymous = event.type.startsWith('Onboard') || machine === 'apiExposingFunction';
    if (proof === 'nothing') return isAnonymous || event.type === 'tls.established' ? undefined : 'no proof';
    return this.#sameAsBefore(`${referencePoint} ${from}`, proof) ?? this.#sameAsBefore(`the peer ${to}`, peer);
  }

  #sameAsBefore(who: string, seen: string | undefined): string | undefined {
    if (seen === undefined || seen.startsWith('PSK ') || who.endsWith(' unknown')) return undefined;
    const before = this.#seen.get(who);
    if (before === undefined) this.#seen.set(who, seen);
    return before === undefined || before === seen ? undefined : `${seen}, and before ${before}`;
  }

  /** An initiation has a connection of its own; invocations under an earlier credential went over an earlier one. */
  #connectionOf(step: Step, facts: TransportFacts): string | undefined {
    const opened = this.#opened.get(`${keyOf(step)} ${facts.referencePoint}`);
    const { type, credential } = step.event as { type: string; credential?: number };
    const isOver = facts.referencePoint === 'CAPIF-1e' || credential === opened?.credential;
    if (!opened || !isOver || type === 'tls.established' || facts.status === undefined) return undefined;
    return seenOtherwise(facts, opened.facts);
  }
}

/** Reference point, request, status, and who is at the ends. */
function wireOf(step: Step): string | undefined {
  const { event } = step;
  const facts = step.facts as TransportFacts;
  const { referencePoint, from, to, request, status } = facts;
  const seen = wire[event.type];
  // What the core publishes anew when a provider domain ends comes by a request of CAPIF-5.
  if (!seen || (referencePoint === 'CAPIF-5' && isWithdrawal(event))) return undefined;
  if (referencePoint !== seen.point) return `${referencePoint}, and it travels on ${seen.point}`;
  if (request !== undefined && !seen.request.test(request)) return `the request ${request}`;
  if (status !== undefined && seen.status?.(status) === false) return `the status ${status}`;
  const parties = partiesOf({ ...step, facts: undefined });
  const [sender, receiver] = partiesAt[seen.point](parties);
  const ofCore = event.type.startsWith('RevokeAuthorization') ? [receiver, sender] : [sender, receiver];
  const isOther = (name: string, expected: string | undefined) => expected !== undefined && name !== expected;
  if (isOther(from, ofCore[0]) && !event.type.startsWith('Onboard')) return `from ${from}`;
  if (isOther(to, ofCore[1])) return `to ${to}`;
  const named = /\/trustedInvokers\/([^/?]+)/.exec(request ?? '')?.[1];
  return isOther(named ?? from, named && parties.invoker) ? `the request ${request}` : undefined;
}

const isWithdrawal = (event: object) => isDeepStrictEqual((event as { methods?: unknown }).methods, []);

/** An invoker has connections to the core and to its AEF, whatever it hears of them. */
function partiesSeen(step: Step, { referencePoint, from, to }: TransportFacts): string | undefined {
  if (step.machine !== 'apiInvoker') return undefined;
  const { invoker, aef } = partiesOf(step);
  if (from !== invoker) return `from ${from}`;
  const peer = { 'CAPIF-1e': 'CCF', 'CAPIF-2e': aef }[referencePoint];
  return to === peer ? undefined : `to ${to} on ${referencePoint}`;
}

/** The suites of TLS 1.3 do not name a key exchange (RFC 8446 B.4). */
function suiteOf({ tls, suite }: TransportFacts): string | undefined {
  if (tls === undefined || suite === undefined) return undefined;
  return (tls === 'TLSv1.3') === !suite.includes('_WITH_') ? undefined : `${suite} in ${tls}`;
}

/** Both ends of a connection see the same of it, and of a request. */
export function seenOtherwise(here: TransportFacts | undefined, there: TransportFacts | undefined): string | undefined {
  for (const fact of ['tls', 'suite'] as const) {
    const [one, other] = [here?.[fact], there?.[fact]];
    if (one !== undefined && other !== undefined && one !== other)
      return `${one} at one end, and ${other} at the other`;
  }
  const [one, other] = [here?.request?.split(' ')[0], there?.request?.split(' ')[0]];
  if (one !== undefined && other !== undefined && one !== other) return `${one} at one end, and ${other} at the other`;
  return undefined;
}
