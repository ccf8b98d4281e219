/**
 * Who the core knows: API invokers by onboarding (6.1), and an API provider's functions by registration
 * (TS 29.222 8.9). Public keys and requests in, identities and certificates out.
 */
import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { InvokerOffboarded } from '../../machines/effects.ts';
import { invokerProfile } from '../../machines/invoker-profile.ts';
import type { MessageToInvoker } from '../../machines/messages.ts';
import type { TransportFacts } from '../../machines/trace.ts';
import type { Clock } from '../clock.ts';
import { provenIdentity } from '../credentials/certificate-identity.ts';
import type { CertificateAuthority } from '../credentials/certificates.ts';
import { noPerformers, type Participant, participant, type Record } from '../participant.ts';

type Profile = Participant<typeof invokerProfile, (message: MessageToInvoker) => void>;
export type ProviderFunction = { id: string; role: 'AEF' | 'APF' | 'AMF'; domainId: string; certificate: string };
export type OnboardedInvoker = { apiInvokerId: string; certificate: string };

export type EnrolmentOptions = {
  authority: CertificateAuthority;
  clock: Clock;
  record: Record;
  tellContexts(apiInvokerId: string, event: InvokerOffboarded): void;
};

const certificateRoles = {
  AEF: 'apiExposingFunction',
  APF: 'apiPublishingFunction',
  AMF: 'apiManagementFunction',
} as const;

export function createEnrolment({ authority, clock, record, tellContexts }: EnrolmentOptions) {
  const profiles = new Map<string, Profile>();
  const connections = new Map<string, number>();
  const functions = new Map<string, ProviderFunction>();
  /** Each onboarding credential serves one public key; asking again with it gets the same answer. */
  const usedTokens = new Map<string, { keyHash: string; onboarded: Promise<OnboardedInvoker> }>();
  let invokers = 0;
  let domains = 0;
  const counts = { AEF: 0, APF: 0, AMF: 0 };

  function profileOf(apiInvokerId: string): Profile {
    const profile = participant<typeof invokerProfile, (message: MessageToInvoker) => void>(
      apiInvokerId,
      {
        ...noPerformers,
        send: ({ message }, answer) => answer?.(message as MessageToInvoker),
        tell: ({ event }) => tellContexts(apiInvokerId, event as InvokerOffboarded),
      },
      record,
      invokerProfile,
    );
    return profile;
  }

  async function onboardOnce(publicKey: string, facts: TransportFacts): Promise<OnboardedInvoker> {
    const apiInvokerId = `api-invoker-${++invokers}`;
    const subject = { role: 'apiInvoker', id: apiInvokerId } as const;
    const certificate = await authority.issue({ subject, publicKey, usages: ['client'], now: clock.now() });
    const profile = profileOf(apiInvokerId);
    profiles.set(apiInvokerId, profile);
    profile.tell({ type: 'OnboardApiInvokerRequest' }, { facts });
    return { apiInvokerId, certificate };
  }

  function isOnboarded(apiInvokerId: string): boolean {
    const state = profiles.get(apiInvokerId)?.snapshot().value;
    return state === 'onboarded' || state === 'authenticated';
  }

  return {
    /** Undefined if this token has served another key, or an invoker that is gone. Rejects with CertificateRequestRefused. */
    async onboard(tokenId: string, publicKey: string, facts: TransportFacts): Promise<OnboardedInvoker | undefined> {
      const keyHash = createHash('sha256').update(publicKey.trim()).digest('base64');
      const used = usedTokens.get(tokenId);
      if (used) {
        const known = used.keyHash === keyHash ? await used.onboarded : undefined;
        return known && isOnboarded(known.apiInvokerId) ? known : undefined;
      }
      const onboarded = onboardOnce(publicKey, facts);
      usedTokens.set(tokenId, { keyHash, onboarded });
      // A refused certificate request does not use the token up.
      onboarded.catch(() => usedTokens.delete(tokenId));
      return onboarded;
    },

    refuseOnboarding(facts: TransportFacts): void {
      profileOf(`unknown-invoker-${++invokers}`).tell({ type: 'onboarding.unauthenticated' }, { facts });
    },

    offboard(apiInvokerId: string, facts: TransportFacts): boolean {
      let done = false;
      const answer = () => {
        done = true;
      };
      profiles.get(apiInvokerId)?.tell({ type: 'OffboardApiInvokerRequest' }, { exchange: answer, facts });
      return done;
    },

    isOnboarded,

    /** A finished handshake: the profile of an invoker hears of its first connection, and of the end of its last. */
    connected(socket: TLSSocket): void {
      const identity = provenIdentity(socket);
      const profile = identity?.role === 'apiInvoker' ? profiles.get(identity.id) : undefined;
      if (!identity || !profile) return;
      const before = connections.get(identity.id) ?? 0;
      connections.set(identity.id, before + 1);
      if (before === 0) profile.tell({ type: 'tls.established' });
      socket.once('close', () => {
        const left = (connections.get(identity.id) ?? 1) - 1;
        connections.set(identity.id, left);
        if (left === 0) profile.tell({ type: 'tls.closed' });
      });
    },

    /** One provider domain, with these functions, reached at this IP address. Rejects with CertificateRequestRefused. */
    async register(wanted: readonly { role: ProviderFunction['role']; publicKey: string }[], address: string) {
      const domainId = `provider-${++domains}`;
      const registered = await Promise.all(
        wanted.map(async ({ role, publicKey }): Promise<ProviderFunction> => {
          const id = `${role.toLowerCase()}-${++counts[role]}`;
          const subject = { role: certificateRoles[role], id };
          const usages: ('server' | 'client')[] = role === 'AEF' ? ['server', 'client'] : ['client'];
          const certificate = await authority.issue({
            subject,
            publicKey,
            names: { ip: [address] },
            usages,
            now: clock.now(),
          });
          return { id, role, domainId, certificate };
        }),
      );
      for (const one of registered) functions.set(one.id, one);
      return { domainId, functions: registered };
    },

    function: (id: string): ProviderFunction | undefined => functions.get(id),
    /** The function that this connection has proven to be, or undefined. */
    provenFunction(socket: TLSSocket, role: 'AEF' | 'APF'): ProviderFunction | undefined {
      const identity = provenIdentity(socket);
      const found = identity?.role === certificateRoles[role] ? functions.get(identity.id) : undefined;
      return found?.role === role ? found : undefined;
    },
    provenInvoker(socket: TLSSocket): string | undefined {
      const identity = provenIdentity(socket);
      return identity?.role === 'apiInvoker' ? identity.id : undefined;
    },
  };
}

export type Enrolment = ReturnType<typeof createEnrolment>;
