/**
 * The invoker's side of CAPIF-2e: authentication initiation, one connector per credential, and invocations over it.
 * Keys, tokens and certificates stay here; the machine is told what happened.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { TransportFacts } from '../../machines/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Clock } from '../clock.ts';
import { identityOf } from '../credentials/certificate-identity.ts';
import type { ClientCredential, ConnectOutcome } from '../transport/client-connection.ts';
import { type Connector, connector, type ExchangeOutcome } from '../transport/connector.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import { writeAuthenticationInitiationRequest } from '../wire/aef-security-api.ts';
import type { Invocation } from './waiting-invocations.ts';

export type OwnCertificate = { key: string; cert: string };
/** What a negotiation has brought, by its credential number. */
export type Obtained = { method: SecurityMethod; aefPsk?: Buffer; accessToken?: string };

export type AefSideOptions = {
  apiInvokerId: string;
  aefId: string;
  address: { host: string; port: number };
  ca: string;
  certificate: OwnCertificate;
  tls: TlsVersions;
  timeoutMs: number;
  clock: Clock;
};

export type AefConnection = {
  open(): Promise<ConnectOutcome>;
  invoke(invocation: Invocation): Promise<ExchangeOutcome>;
  /** No new invocations; those under way are answered. */
  retire(): void;
  /** Whether anything was ever answered: until then the peer may not have accepted us (TLS 1.3). */
  wasAnswered(): boolean;
};

export function createAefSide(options: AefSideOptions) {
  const { apiInvokerId, aefId, address, ca, certificate, tls, timeoutMs, clock } = options;
  const open = new Set<Connector>();
  let initiating: Connector | undefined;

  /** The server must be the AEF that the core told us of: by its CAPIF identity or, where it has none, by its address. */
  function checkServer(host: string, presented: PeerCertificate): Error | undefined {
    const identity = identityOf(presented);
    if (!identity) return checkServerIdentity(host, presented);
    if (identity.role === 'apiExposingFunction' && identity.id === aefId) return undefined;
    return new Error(`the certificate is that of ${identity.id}, not of ${aefId}`);
  }

  const make = (credential: ClientCredential): Connector => {
    const made = connector({ ...address, ca, credential, checkServerIdentity: checkServer, tls, timeoutMs, clock });
    open.add(made);
    return made;
  };

  function credentialFor({ method, aefPsk }: Obtained): ClientCredential {
    if (method !== 'PSK') return { by: 'certificate', ...certificate };
    if (!aefPsk) throw new Error('a TLS-PSK connection needs AEFPSK');
    return { by: 'PSK', identity: apiInvokerId, key: aefPsk };
  }

  return {
    /** TS 29.222 6.2.2.2, over server-authenticated TLS: the invoker's own proof comes with the connection after it. */
    async initiateAuthentication(): Promise<{ outcome: ExchangeOutcome; current: boolean }> {
      const once = make({ by: 'nothing' });
      initiating = once;
      const outcome = await once.request(
        writeAuthenticationInitiationRequest({ apiInvokerId, supportedFeatures: '0' }),
      );
      once.close();
      open.delete(once);
      return { outcome, current: initiating === once };
    },
    /** Its answer is about a credential that is being replaced. */
    abandonInitiation(): void {
      initiating?.close();
      initiating = undefined;
    },

    connect(obtained: Obtained): AefConnection {
      const over = make(credentialFor(obtained));
      const authorization = obtained.accessToken ? { authorization: `Bearer ${obtained.accessToken}` } : {};
      let underWay = 0;
      let retired = false;
      let answered = false;
      const closeIfDone = () => {
        if (!retired || underWay > 0) return;
        over.close();
        open.delete(over);
      };
      return {
        open: over.open,
        async invoke({ method, path, headers, body, signal }) {
          underWay += 1;
          const outcome = await over.request({
            method,
            path,
            headers: { ...withoutAuthorization(headers), ...authorization },
            ...(body === undefined ? {} : { body }),
            ...(signal ? { signal } : {}),
          });
          underWay -= 1;
          answered ||= outcome.outcome === 'answered';
          closeIfDone();
          return outcome;
        },
        retire() {
          retired = true;
          closeIfDone();
        },
        wasAnswered: () => answered,
      };
    },

    close(): void {
      for (const one of open) one.close();
    },
  };
}

/** Who invokes is for the security method to say: a header of the application would be taken for a token of Method 3. */
const withoutAuthorization = (headers: OutgoingHttpHeaders): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));

/** What the transport saw of an exchange, for the trace. */
export function factsOf(
  outcome: ExchangeOutcome | ConnectOutcome,
  base: Pick<TransportFacts, 'referencePoint' | 'from' | 'to'> & { request?: string },
): TransportFacts {
  if (outcome.outcome !== 'answered' && outcome.outcome !== 'established') {
    return { ...base, note: `${outcome.outcome}: ${outcome.because}` };
  }
  const { tls, suite, proof, peer } = outcome.facts;
  const status = outcome.outcome === 'answered' ? { status: outcome.status } : {};
  if (proof.by === 'PSK') {
    const identity = `PSK ${proof.identity}`;
    return { ...base, ...status, tls, suite, proof: identity, peer: identity };
  }
  const own = proof.by === 'certificate' ? `certificate ${proof.subject}` : 'nothing';
  return { ...base, ...status, tls, suite, proof: own, peer: `certificate ${peer}` };
}
