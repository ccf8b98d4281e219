/** The API publishing function: the `apiPublishingFunction` machine, bound to CAPIF-4 (TS 29.222 5.3.2). */
import { apiPublishingFunction } from '../../machines/api-publishing-function.ts';
import type {
  SecurityMethodsChanged,
  SecurityMethodsPublished,
  ServiceApiPublishRequest,
  ServiceApiUpdateRequest,
} from '../../machines/messages.ts';
import type { Amendment } from '../../machines/vocabulary.ts';
import { type Clock, type Pause, pauseTimer } from '../clock.ts';
import { factsOf, type OwnCertificate } from '../invoker/aef-side.ts';
import { type CoreAddress, checkCoreIdentity } from '../invoker/core-side.ts';
import { noPerformers, type Participant, participant, type Record } from '../participant.ts';
import { type Connector, connector, type ExchangeOutcome } from '../transport/connector.ts';
import type { TlsVersions } from '../transport/tls-profile.ts';
import {
  readServiceApiPublishResponse,
  readServiceApiUpdateResponse,
  writeServiceApiPublishRequest,
  writeServiceApiUpdateRequest,
} from '../wire/publish-api.ts';
import type { ServiceApi } from '../wire/service-api-description.ts';

/** What the network does with a publication: hands it on, late, or not at all. For tests and demonstrations. */
export type PublicationNetwork = (revision: number, send: () => Promise<ExchangeOutcome>) => Promise<ExchangeOutcome>;

export type PublishingFunctionOptions = {
  core: CoreAddress;
  apfId: string;
  aefId: string;
  certificate: OwnCertificate;
  /** The service API as it is published, but for its methods. */
  serviceApi: ServiceApi;
  amendments: readonly Amendment[];
  tellExposingFunction(event: SecurityMethodsPublished): void;
  network?: PublicationNetwork | undefined;
  tls: TlsVersions;
  timeoutMs: number;
  record: Record;
  clock: Clock;
  pause: Pause;
};

export type PublishingFunction = { tell(event: SecurityMethodsChanged): void; close(): void };
type Publication = ServiceApiPublishRequest | ServiceApiUpdateRequest;

export function createPublishingFunction(options: PublishingFunctionOptions): PublishingFunction {
  const { core, apfId, certificate, serviceApi, amendments, record, clock, pause, tls, timeoutMs } = options;
  const { network = (_, send) => send() } = options;
  let serviceApiId: string | undefined;
  let unanswered = 0;
  let closed = false;
  const open = new Set<Connector>();

  async function request({ methods, revision }: Publication): Promise<ExchangeOutcome> {
    const over = connector({
      ...core,
      credential: { by: 'certificate', ...certificate },
      checkServerIdentity: checkCoreIdentity,
      tls,
      timeoutMs,
      clock,
    });
    open.add(over);
    const described = { ...serviceApi, aefs: serviceApi.aefs.map((aef) => ({ ...aef, methods })) };
    const written = serviceApiId
      ? writeServiceApiUpdateRequest({ apfId, serviceApiId, serviceApi: described, revision })
      : writeServiceApiPublishRequest({ apfId, serviceApi: described, revision });
    const outcome = await over.request(written);
    over.close();
    open.delete(over);
    return outcome;
  }

  async function publish(publication: Publication): Promise<void> {
    const { revision } = publication;
    const outcome = await network(revision, () => request(publication));
    if (closed) return;
    const line = serviceApiId ? 'PUT service-apis' : 'POST service-apis';
    const facts = factsOf(outcome, { referencePoint: 'CAPIF-4', from: apfId, to: 'CCF', request: line });
    if (outcome.outcome !== 'answered' || !acknowledges(outcome)) {
      return machine.tell({ type: 'publication.failed', revision }, { facts });
    }
    unanswered = 0;
    machine.tell({ type: 'ServiceApiUpdateResponse', revision }, { facts });
  }

  function acknowledges(answer: ExchangeOutcome & { outcome: 'answered' }): boolean {
    if (serviceApiId) return readServiceApiUpdateResponse(answer).outcome === 'read';
    const read = readServiceApiPublishResponse(answer);
    if (read.outcome === 'read') serviceApiId = read.value.serviceApiId;
    return read.outcome === 'read';
  }

  const timer = pauseTimer(clock, pause, () => machine.tell({ type: 'timer.expired', timer: 'pause' }));
  const machine: Participant<typeof apiPublishingFunction, never> = participant<typeof apiPublishingFunction>(
    options.aefId,
    {
      ...noPerformers,
      send: ({ message }) => void publish(message as Publication),
      tell: ({ event }) => options.tellExposingFunction(event as SecurityMethodsPublished),
      // The machine does not count: a publication is repeated until it is acknowledged. The pause grows all the same.
      startTimer: () => timer.start(unanswered++),
      stopTimer: timer.stop,
    },
    record,
    apiPublishingFunction,
    { amendments },
  );

  return {
    tell: (event) => machine.tell(event),
    close() {
      closed = true;
      timer.stop();
      for (const over of open) over.close();
    },
  };
}
