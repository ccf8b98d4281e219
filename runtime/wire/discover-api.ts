/** CAPIF_Discover_Service_API (TS 29.222 8.1): an API invoker looks for service APIs, and sees their methods. */
import { z } from 'zod';
import { readForm, writeForm } from './form-parameters.ts';
import { type HttpAnswer, type HttpRequest, mapRead, type Read, type ReceivedAnswer, read } from './http-message.ts';
import { jsonText, readJsonAnswer, writeJsonAnswer } from './json-message.ts';
import { identifier } from './paths.ts';
import { supportedFeatures } from './security-method-list.ts';
import {
  aefProfile,
  type Description,
  interfaceDescription,
  type ServiceApi,
  serviceApiDescription,
} from './service-api-description.ts';

/** Who asks, and for what; without a name, for any. */
type ServiceApiDiscovery = { apiInvokerId: string; apiName?: string | undefined; aefId?: string | undefined };

/** A parameter that is JSON (OpenAPI's `content`). */
const json = <S extends z.ZodType>(schema: S) => jsonText(schema).optional();
const amount = z.number().nonnegative().optional();
const amountWithUnit = z
  .string()
  .regex(/^\d+(\.\d+)? [kKMGTPEZY]?(B|FLOPS)$/, 'must be a number and a unit')
  .optional();

export const serviceKpis = z.object({
  maxReqRate: amount,
  maxRestime: amount,
  availability: amount,
  conBand: amount,
  avalComp: amountWithUnit,
  avalGraComp: amountWithUnit,
  avalMem: amountWithUnit,
  avalStor: amountWithUnit,
});

/** Each parameter of 8.1.2.2.3.1 by its name there, but `res-ops`, whose form OpenAPI leaves undefined. */
const discoveryQuery = z.object({
  'api-invoker-id': identifier,
  'api-name': z.string().optional(),
  'api-version': z.string().optional(),
  'comm-type': z.string().optional(),
  protocol: z.string().optional(),
  'aef-id': z.string().optional(),
  'data-format': z.string().optional(),
  'api-cat': z.string().optional(),
  'preferred-aef-loc': json(z.looseObject({})),
  'req-api-prov-name': z.string().optional(),
  'api-supported-features': supportedFeatures.optional(),
  'ue-ip-addr': json(
    z.union([z.object({ ipv4Addr: z.ipv4() }), z.object({ ipv6Addr: z.ipv6() })], {
      error: 'must have one of ipv4Addr and ipv6Addr',
    }),
  ),
  'service-kpis': json(serviceKpis),
  'net-slice-info': json(z.array(z.looseObject({})).min(1)),
  'grant-types': json(z.array(z.string()).min(1)),
  'api-ids': z
    .string()
    .transform((ids) => ids.split(','))
    .optional(),
  'res-ops': z.undefined({ error: 'is not supported here' }).optional(),
  'supported-features': supportedFeatures.optional(),
});

/** What a discovery asks for: only what matches all of it is found. */
export type DiscoveryQuery = z.output<typeof discoveryQuery>;

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
export const readDiscoverServiceApiRequest = (query: string): Read<DiscoveryQuery> => readForm(query, discoveryQuery);

/** Nothing found is an object without a list: the list may not be empty. `suppFeat`: features of the discovery itself. */
export const writeDiscoverServiceApiResponse = (found: readonly Description[], suppFeat?: string): HttpAnswer =>
  writeJsonAnswer(200, { serviceAPIDescriptions: found.length > 0 ? found : undefined, suppFeat });

/** Some cores answer 404 where there is nothing to be found. */
export const readDiscoverServiceApiResponse = (answer: ReceivedAnswer): Read<ServiceApi[]> =>
  answer.status === 404
    ? read([])
    : mapRead(readJsonAnswer(answer, [200], discoveredApis), ({ serviceAPIDescriptions }) => serviceAPIDescriptions);
