/** Publication and discovery over HTTP (TS 29.222 8.2, 8.1): CAPIF-4 in, CAPIF-1e out. */
import type { Call, Route } from '../transport/http-service.ts';
import { readDiscoverServiceApiRequest, writeDiscoverServiceApiResponse } from '../wire/discover-api.ts';
import { malformedAnswer, problemAnswer } from '../wire/problem-details.ts';
import {
  readServiceApiPublishRequest,
  readServiceApiUpdateRequest,
  writeServiceApiPublishResponse,
  writeServiceApiUpdateResponse,
} from '../wire/publish-api.ts';
import type { ServiceApi } from '../wire/service-api-description.ts';
import { callFacts } from './call-facts.ts';
import type { Enrolment } from './enrolment.ts';
import type { Registry } from './registry.ts';

export function publicationRoutes({ enrolment, registry }: { enrolment: Enrolment; registry: Registry }): Route[] {
  /** The answer to a publication that this connection may not make: an APF publishes for itself and for AEFs of its domain. */
  function refusal(call: Call, apfId: string, { aefs }: ServiceApi) {
    const apf = enrolment.provenFunction(call.socket, 'APF');
    if (apf?.id !== apfId)
      return problemAnswer('NOT_AUTHENTICATED', 'an APF publishes under its own id, by its certificate');
    const stranger = aefs.find(({ aefId }) => {
      const aef = enrolment.function(aefId);
      return aef?.role !== 'AEF' || aef.domainId !== apf.domainId;
    });
    return stranger && problemAnswer('NOT_AUTHORIZED', `${stranger.aefId} is not an AEF of this API provider domain`);
  }

  return [
    {
      method: 'POST',
      path: '/published-apis/v1/:apfId/service-apis',
      consumes: 'application/json',
      answer(call) {
        const read = readServiceApiPublishRequest(call.body, call.parameters, call.headers);
        if (read.outcome === 'malformed') return malformedAnswer(read);
        const { apfId, serviceApi, revision } = read.value;
        const refused = refusal(call, apfId, serviceApi);
        if (refused) return refused;
        const published = registry.publish(apfId, serviceApi, revision, callFacts('CAPIF-4', call));
        return writeServiceApiPublishResponse(apfId, published);
      },
    },
    {
      method: 'PUT',
      path: '/published-apis/v1/:apfId/service-apis/:serviceApiId',
      consumes: 'application/json',
      answer(call) {
        const read = readServiceApiUpdateRequest(call.body, call.parameters, call.headers);
        if (read.outcome === 'malformed') return malformedAnswer(read);
        const { apfId, serviceApiId, serviceApi, revision } = read.value;
        const refused = refusal(call, apfId, serviceApi);
        if (refused) return refused;
        const known = registry.resource(serviceApiId);
        if (known?.apfId !== apfId) return problemAnswer('NOT_FOUND', 'this APF has not published such a service API');
        const acknowledged = registry.update(known, serviceApi, revision, callFacts('CAPIF-4', call));
        return writeServiceApiUpdateResponse({ serviceApi, revision: acknowledged });
      },
    },
    {
      method: 'GET',
      path: '/service-apis/v1/allServiceAPIs',
      answer(call) {
        const read = readDiscoverServiceApiRequest(call.url.split('?')[1] ?? '');
        if (read.outcome === 'malformed') return malformedAnswer(read);
        const { apiInvokerId } = read.value;
        if (enrolment.provenInvoker(call.socket) !== apiInvokerId) {
          return problemAnswer('NOT_AUTHENTICATED', 'an API invoker discovers for itself, by its own certificate');
        }
        if (!enrolment.isOnboarded(apiInvokerId))
          return problemAnswer('NOT_AUTHORIZED', 'this API invoker is not onboarded');
        return writeDiscoverServiceApiResponse(registry.discover(read.value));
      },
    },
  ];
}
