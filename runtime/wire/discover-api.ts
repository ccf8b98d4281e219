/** CAPIF_Discover_Service_API (TS 29.222 8.1): an API invoker looks for service APIs, and sees their methods. */
import { z } from 'zod';
import { readForm, writeForm } from './form-parameters.ts';
import { type HttpAnswer, type HttpRequest, mapRead, type Read, type ReceivedAnswer } from './http-message.ts';
import { readJsonAnswer, writeJsonAnswer } from './json-message.ts';
import { identifier } from './paths.ts';
import { describeServiceApi, type ServiceApi, serviceApiDescription } from './service-api-description.ts';

/** Who asks, and for what; without a name, for any. */
type ServiceApiDiscovery = { apiInvokerId: string; apiName?: string | undefined; aefId?: string | undefined };

const discoveryQuery = z
  .object({ 'api-invoker-id': identifier, 'api-name': identifier.optional(), 'aef-id': identifier.optional() })
  .transform((query) => ({
    apiInvokerId: query['api-invoker-id'],
    apiName: query['api-name'],
    aefId: query['aef-id'],
  }));

const discoveredApis = z.object({ serviceAPIDescriptions: z.array(serviceApiDescription).default([]) });

export const writeDiscoverServiceApiRequest = ({ apiInvokerId, apiName, aefId }: ServiceApiDiscovery): HttpRequest => ({
  method: 'GET',
  path: `/service-apis/v1/allServiceAPIs?${writeForm({ 'api-invoker-id': apiInvokerId, 'api-name': apiName, 'aef-id': aefId })}`,
});

/** `query` is what comes after the question mark of the URI. */
export const readDiscoverServiceApiRequest = (query: string): Read<ServiceApiDiscovery> =>
  readForm(query, discoveryQuery);

/** Nothing found is an object without a list: the list may not be empty. */
export const writeDiscoverServiceApiResponse = (found: readonly ServiceApi[]): HttpAnswer =>
  writeJsonAnswer(200, { serviceAPIDescriptions: found.length > 0 ? found.map(describeServiceApi) : undefined });

export const readDiscoverServiceApiResponse = (answer: ReceivedAnswer): Read<ServiceApi[]> =>
  mapRead(readJsonAnswer(answer, [200], discoveredApis), ({ serviceAPIDescriptions }) => serviceAPIDescriptions);
