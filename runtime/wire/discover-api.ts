/** CAPIF_Discover_Service_API (TS 29.222 8.1): an API invoker looks for service APIs, and sees their methods. */
import { z } from 'zod';
import { readForm, writeForm } from './form-parameters.ts';
import { type HttpAnswer, type HttpRequest, mapRead, type Read, type ReceivedAnswer, read } from './http-message.ts';
import { readJsonAnswer, writeJsonAnswer } from './json-message.ts';
import { identifier } from './paths.ts';
import {
  aefProfile,
  describeServiceApi,
  interfaceDescription,
  type ServiceApi,
  serviceApiDescription,
} from './service-api-description.ts';

/** Who asks, and for what; without a name, for any. */
type ServiceApiDiscovery = { apiInvokerId: string; apiName?: string | undefined; aefId?: string | undefined };

const discoveryQuery = z
  .object({ 'api-invoker-id': identifier, 'api-name': identifier.optional(), 'aef-id': identifier.optional() })
  .transform((query) => ({
    apiInvokerId: query['api-invoker-id'],
    apiName: query['api-name'],
    aefId: query['aef-id'],
  }));

const usableOf = (list: unknown[], schema: z.ZodType) => list.filter((one) => schema.safeParse(one).success);
/** As published, but for the interfaces that cannot be read. */
const profileOfUsable = z
  .looseObject({ interfaceDescriptions: z.array(z.unknown()).optional() })
  .transform(({ interfaceDescriptions: all, ...profile }) => ({
    ...profile,
    ...(all && { interfaceDescriptions: usableOf(all, interfaceDescription) }),
  }));
/** As published, but for the profiles that cannot be read. */
const descriptionOfUsable = z
  .looseObject({ aefProfiles: z.array(profileOfUsable.catch({})).default([]) })
  .transform((described) => ({ ...described, aefProfiles: usableOf(described.aefProfiles, aefProfile) }));
const usable = (described: unknown): ServiceApi | undefined =>
  serviceApiDescription.safeParse(descriptionOfUsable.safeParse(described).data).data;

/** What an invoker can use of a discovery. Others publish what they like: one wrong description does not cost the rest. */
const discoveredApis = z.object({
  serviceAPIDescriptions: z
    .array(z.unknown())
    .default([])
    .transform((all) => all.flatMap((one) => usable(one) ?? [])),
});

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

/** Some cores answer 404 where there is nothing to be found. */
export const readDiscoverServiceApiResponse = (answer: ReceivedAnswer): Read<ServiceApi[]> =>
  answer.status === 404
    ? read([])
    : mapRead(readJsonAnswer(answer, [200], discoveredApis), ({ serviceAPIDescriptions }) => serviceAPIDescriptions);
