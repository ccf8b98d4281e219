/** Publication and discovery over HTTP (TS 29.222 8.2, 8.1): CAPIF-4 in, CAPIF-1e out. */
import type { CallHead, Route } from '../transport/http-service.ts';
import { readDiscoverServiceApiRequest, writeDiscoverServiceApiResponse } from '../wire/discover-api.ts';
import { faultAnswer, malformedAnswer, problemAnswer } from '../wire/problem-details.ts';
import {
  readServiceApiPublishRequest,
  readServiceApiUpdateRequest,
  writeServiceApiPublishResponse,
  writeServiceApiUpdateResponse,
} from '../wire/publish-api.ts';
import { commonFeatures } from '../wire/security-method-list.ts';
import { callFacts } from './call-facts.ts';
import { discovered } from './discovery.ts';
import type { Enrolment } from './enrolment.ts';
import type { Publication, Registry } from './registry.ts';

/** Of CAPIF_Discover_Service_API (TS 29.222 8.1.6). */
const features = { ApiSupportedFeatureQuery: 1 };

export function publicationRoutes({ enrolment, registry }: { enrolment: Enrolment; registry: Registry }): Route[] {
  const refuse = ({ socket, parameters }: CallHead) =>
    enrolment.provenFunction(socket, 'APF')?.id === parameters.apfId
      ? undefined
      : problemAnswer('NOT_AUTHENTICATED', 'an APF publishes under its own id, by its certificate');

  /** The answer to a publication that this APF may not make: it publishes for AEFs of its domain. */
  function refusal(apfId: string, { serviceApi, description }: Publication) {
    const domainId = enrolment.function(apfId)?.domainId;
    const stranger = serviceApi.aefs.find(({ aefId }) => {
      const aef = enrolment.function(aefId);
      return aef?.role !== 'AEF' || aef.domainId !== domainId;
    });
    if (!stranger) return undefined;
    const profiles = description.aefProfiles as { aefId: string }[];
    const param = `/aefProfiles/${profiles.findIndex(({ aefId }) => aefId === stranger.aefId)}/aefId`;
    return faultAnswer('NOT_AUTHORIZED', param, 'is not that of an AEF of this API provider domain');
  }

  return [
    {
      method: 'POST',
      path: '/published-apis/v1/:apfId/service-apis',
      consumes: 'application/json',
      refuse,
      answer(call) {
        const read = readServiceApiPublishRequest(call.body, call.parameters, call.headers);
        if (read.outcome === 'malformed') return malformedAnswer(read);
        const { apfId, ...publication } = read.value;
        const refused = refusal(apfId, publication);
        if (refused) return refused;
        const published = registry.publish(apfId, publication, callFacts('CAPIF-4', call));
        if (published) return writeServiceApiPublishResponse(apfId, published);
        return problemAnswer(
          'NOT_AUTHORIZED',
          'this service API is published already, and differs: update it with PUT',
        );
      },
    },
    {
      method: 'PUT',
      path: '/published-apis/v1/:apfId/service-apis/:serviceApiId',
      consumes: 'application/json',
      refuse,
      answer(call) {
        const read = readServiceApiUpdateRequest(call.body, call.parameters, call.headers);
        if (read.outcome === 'malformed') return malformedAnswer(read);
        const { apfId, serviceApiId, ...publication } = read.value;
        const refused = refusal(apfId, publication);
        if (refused) return refused;
        const known = registry.resource(serviceApiId);
        if (known?.apfId !== apfId) return problemAnswer('NOT_FOUND', 'this APF has not published such a service API');
        return writeServiceApiUpdateResponse(registry.update(known, publication, callFacts('CAPIF-4', call)));
      },
    },
    {
      method: 'GET',
      path: '/service-apis/v1/allServiceAPIs',
      answer(call) {
        const read = readDiscoverServiceApiRequest(call.url.split('?')[1] ?? '');
        if (read.outcome === 'malformed') return malformedAnswer(read);
        const apiInvokerId = read.value['api-invoker-id'];
        if (enrolment.provenInvoker(call.socket) !== apiInvokerId) {
          return problemAnswer('NOT_AUTHENTICATED', 'an API invoker discovers for itself, by its own certificate');
        }
        if (!enrolment.isOnboarded(apiInvokerId))
          return problemAnswer('NOT_AUTHORIZED', 'this API invoker is not onboarded');
        const common = commonFeatures(read.value['supported-features'], Object.values(features));
        return writeDiscoverServiceApiResponse(discovered(registry.descriptions, read.value), common);
      },
    },
  ];
}
