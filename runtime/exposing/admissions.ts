/** What the exposing function has learnt about invokers: an `invokerAdmission` machine for each, its key and its rights. */
import { invokerAdmission } from '../../machines/invoker-admission.ts';
import type { Message, ServiceApiInvocation } from '../../machines/messages.ts';
import type { TransportFacts } from '../../machines/trace.ts';
import type { Amendment } from '../../machines/vocabulary.ts';
import { type Clock, lifetimeTimer } from '../clock.ts';
import { noPerformers, type Participant, participant, type Record } from '../participant.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';
import { readSecurityInformationResponse } from '../wire/security-information-api.ts';

/** Who asked (empty if it is not known), and where the answer goes. */
export type Exchange = { apiInvokerId: string; answer(message: Message): void };
type Machine = Participant<typeof invokerAdmission, Exchange>;

export type AdmissionsOptions = {
  aefId: string;
  amendments: readonly Amendment[];
  record: Record;
  clock: Clock;
  credentialLifetimeMs: number | undefined;
  /** GET trustedInvokers/{apiInvokerId} at the core, over CAPIF-3. */
  fetchSecurityInformation(apiInvokerId: string): Promise<{ outcome: ExchangeOutcome; facts: TransportFacts }>;
};

type Admission = {
  machine: Machine;
  apiNames?: readonly string[] | undefined;
  /** Kept when a later negotiation selects another method: its bearer must still be told of the mismatch, authenticated. */
  psk?: { key: Buffer; credential: number } | undefined;
  /** How often the core has been asked: only the latest answer counts. */
  fetches: number;
  lifetime: ReturnType<typeof lifetimeTimer>;
  /** Authentication initiations that wait for the core's word. */
  initiations: ((message: Message) => void)[];
};

export type Admissions = ReturnType<typeof createAdmissions>;

export function createAdmissions(options: AdmissionsOptions) {
  const { aefId, amendments, record, clock, credentialLifetimeMs, fetchSecurityInformation } = options;
  const admissions = new Map<string, Admission>();
  let closed = false;

  async function fetch(apiInvokerId: string, admission: Admission): Promise<void> {
    admission.fetches += 1;
    const mine = admission.fetches;
    const { outcome, facts } = await fetchSecurityInformation(apiInvokerId);
    // An answer that was asked for before the latest question may be about an earlier negotiation.
    if (closed || mine !== admission.fetches) return;
    if (outcome.outcome !== 'answered') return admission.machine.tell({ type: 'exchange.failed' }, { facts });
    if (outcome.status === 404) return admission.machine.tell({ type: 'SecurityInformationNotFound' }, { facts });
    const read = readSecurityInformationResponse(outcome, aefId);
    if (read.outcome !== 'read') return admission.machine.tell({ type: 'exchange.failed' }, { facts });
    const { credential, aefPsk, apiNames } = read.value;
    if (admission.machine.snapshot().value === 'fetching') {
      admission.apiNames = apiNames;
      if (aefPsk) admission.psk = { key: aefPsk, credential };
      admission.lifetime.start();
    }
    admission.machine.tell({ type: 'SecurityInformationResponse', credential }, { facts });
  }

  function open(apiInvokerId: string): Admission {
    const expired = () => admission.machine.tell({ type: 'credential.expired' });
    const lifetime = lifetimeTimer(clock, credentialLifetimeMs, expired);
    const admission: Admission = { fetches: 0, initiations: [], lifetime } as unknown as Admission;
    admission.machine = participant<typeof invokerAdmission, Exchange>(
      `${apiInvokerId}/${aefId}`,
      {
        ...noPerformers,
        send: ({ message }, exchange) => {
          if (message.type === 'SecurityInformationRequest') return void fetch(apiInvokerId, admission);
          if (!message.type.startsWith('AuthenticationInitiation')) return exchange?.answer(message);
          const initiations = admission.initiations;
          admission.initiations = [];
          for (const answerInitiation of initiations) answerInitiation(message);
        },
        forgetCredential: () => {
          admission.apiNames = undefined;
          admission.psk = undefined;
          lifetime.stop();
        },
      },
      record,
      invokerAdmission,
      { amendments },
    );
    admissions.set(apiInvokerId, admission);
    return admission;
  }

  const of = (apiInvokerId: string) => admissions.get(apiInvokerId) ?? open(apiInvokerId);

  return {
    initiate(apiInvokerId: string, facts: TransportFacts): Promise<Message> {
      return new Promise((resolve) => {
        const admission = of(apiInvokerId);
        admission.initiations.push((message) => {
          resolve(message);
          // Anybody may ask about any name; those that the core does not know are not kept.
          if (admission.machine.snapshot().value === 'unknown') admissions.delete(apiInvokerId);
        });
        admission.machine.tell({ type: 'AuthenticationInitiationRequest' }, { facts });
      });
    },
    revoke(exchange: Exchange, facts: TransportFacts): void {
      of(exchange.apiInvokerId).machine.tell({ type: 'RevokeAuthorizationRequest' }, { exchange, facts });
    },
    invoke(event: ServiceApiInvocation, exchange: Exchange): void {
      of(exchange.apiInvokerId).machine.tell(event, { exchange });
    },
    /** The AEFPSK of this invoker and its generation, current or withdrawn. */
    pskFor: (apiInvokerId: string) => admissions.get(apiInvokerId)?.psk,
    credentialOf: (apiInvokerId: string): number =>
      admissions.get(apiInvokerId)?.machine.snapshot().context.credential ?? 0,
    /** The APIs its rights name, or undefined while nothing is known about it. */
    apisOf: (apiInvokerId: string): readonly string[] | undefined => admissions.get(apiInvokerId)?.apiNames,
    restart(): void {
      for (const admission of admissions.values()) {
        // Nobody is left to hear an answer of before.
        admission.fetches += 1;
        admission.initiations = [];
        admission.machine.tell({ type: 'role.restarted' });
      }
    },
    close(): void {
      closed = true;
      for (const { lifetime } of admissions.values()) lifetime.stop();
    },
  };
}
