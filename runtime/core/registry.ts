/**
 * The core's registry (TS 29.222 5.3): the service APIs as they were published, and a `publishedService` machine for
 * each exposing function, which holds the methods that negotiations select from.
 */
import type { MethodsPublished } from '../../machines/effects.ts';
import { publishedService } from '../../machines/published-service.ts';
import type { TransportFacts } from '../../machines/trace.ts';
import type { Amendment, SecurityMethod } from '../../machines/vocabulary.ts';
import { noPerformers, type Participant, participant, type Record } from '../participant.ts';
import type { AefInterface, ServiceApi } from '../wire/service-api-description.ts';

export type PublishedResource = { apfId: string; serviceApiId: string; serviceApi: ServiceApi };
type Machine = Participant<typeof publishedService, never>;

export type RegistryOptions = {
  amendments: readonly Amendment[];
  record: Record;
  /** Every security context about this AEF is to hear of a publication, before anything else happens. */
  tellContexts(aefId: string, event: MethodsPublished): void;
};

export type Registry = ReturnType<typeof createRegistry>;

export function createRegistry({ amendments, record, tellContexts }: RegistryOptions) {
  const resources = new Map<string, PublishedResource>();
  const machines = new Map<string, Machine>();
  const interfaces = new Map<string, AefInterface>();
  let publications = 0;

  function open(aefId: string): Machine {
    const machine = participant<typeof publishedService>(
      aefId,
      {
        ...noPerformers,
        // The acknowledgement is the HTTP answer, which its route writes.
        send: () => {},
        tell: ({ event }) => tellContexts(aefId, event as MethodsPublished),
      },
      record,
      publishedService,
      { amendments },
    );
    machines.set(aefId, machine);
    return machine;
  }

  /** The same service API of the same AEFs: its publication is repeated where the first answer was lost. */
  const published = (apfId: string, { apiName, aefs }: ServiceApi): PublishedResource | undefined =>
    [...resources.values()].find(
      ({ serviceApi, ...one }) =>
        one.apfId === apfId &&
        serviceApi.apiName === apiName &&
        String(serviceApi.aefs.map(({ aefId }) => aefId)) === String(aefs.map(({ aefId }) => aefId)),
    );

  const revisionOf = (aefId: string) => machines.get(aefId)?.snapshot().context.revision ?? 0;

  /** A publication without a revision, of somebody else's APF, counts as the newest. */
  function register(
    resource: PublishedResource,
    first: boolean,
    given: number | undefined,
    facts: TransportFacts,
  ): number {
    const { aefs } = resource.serviceApi;
    const revision = given ?? Math.max(0, ...aefs.map(({ aefId }) => revisionOf(aefId))) + 1;
    const type = first ? 'ServiceApiPublishRequest' : 'ServiceApiUpdateRequest';
    for (const aef of aefs) {
      const machine = machines.get(aef.aefId) ?? open(aef.aefId);
      interfaces.set(aef.aefId, aef);
      machine.tell({ type, methods: aef.methods, revision }, { facts });
    }
    // Where a machine has kept something newer, so does the resource.
    if (aefs.every(({ aefId }) => revisionOf(aefId) === revision)) resources.set(resource.serviceApiId, resource);
    return revision;
  }

  return {
    publish(apfId: string, serviceApi: ServiceApi, revision: number | undefined, facts: TransportFacts) {
      const again = published(apfId, serviceApi);
      const serviceApiId = again?.serviceApiId ?? `service-api-${++publications}`;
      const resource = { apfId, serviceApiId, serviceApi: { ...serviceApi, apiId: serviceApiId } };
      if (!again) resources.set(serviceApiId, resource);
      return { ...resource, revision: register(resource, true, revision, facts) };
    },
    update(known: PublishedResource, serviceApi: ServiceApi, revision: number | undefined, facts: TransportFacts) {
      const resource = { ...known, serviceApi: { ...serviceApi, apiId: known.serviceApiId } };
      return register(resource, false, revision, facts);
    },
    resource: (serviceApiId: string): PublishedResource | undefined => resources.get(serviceApiId),
    discover: ({ apiName, aefId }: { apiName?: string | undefined; aefId?: string | undefined }): ServiceApi[] =>
      [...resources.values()]
        .map(({ serviceApi }) => serviceApi)
        .filter((api) => apiName === undefined || api.apiName === apiName)
        .filter((api) => aefId === undefined || api.aefs.some((aef) => aef.aefId === aefId)),
    interfaceOf: (aefId: string): AefInterface | undefined => interfaces.get(aefId),
    methodsOf: (aefId: string): readonly SecurityMethod[] => machines.get(aefId)?.snapshot().context.methods ?? [],
    apiNamesOf: (aefId: string): string[] =>
      [...resources.values()]
        .filter(({ serviceApi }) => serviceApi.aefs.some((aef) => aef.aefId === aefId))
        .map(({ serviceApi }) => serviceApi.apiName),
  };
}
