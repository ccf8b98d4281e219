/** CAPIF_Open_Discover_Service_API (TS 29.222 8.11): what service APIs there are, without what it takes to invoke them. */
import { z } from 'zod';
import { serviceKpis } from '../discover-api.ts';
import { readForm } from '../form-parameters.ts';
import type { HttpAnswer, Read } from '../http-message.ts';
import { jsonText, writeJsonAnswer } from '../json-message.ts';
import { supportedFeatures } from '../security-method-list.ts';
import type { Description } from '../service-api-description.ts';

/** An array of OpenAPI's style `form` that is not exploded. */
const list = z
  .string()
  .min(1)
  .transform((text) => text.split(','))
  .optional();
const json = <S extends z.ZodType>(schema: S) => jsonText(schema).optional();

/** Each parameter of 8.11.2.2.3.1; maps are read as JSON, as OpenAPI leaves the form of a map of lists undefined. */
const openDiscoveryQuery = z.object({
  'api-names': list,
  'api-versions': json(z.record(z.string(), z.array(z.string()).min(1))),
  'comm-type': z.string().optional(),
  protocols: list,
  'data-format': z.string().optional(),
  'api-cats': list,
  'preferred-aef-loc': json(z.looseObject({})),
  'api-prov-names': list,
  'api-supported-features': json(z.record(z.string(), supportedFeatures)),
  'service-kpis': json(serviceKpis),
  'api-ids': list,
  'res-ops': z.undefined({ error: 'is not supported here' }).optional(),
  'supported-features': supportedFeatures.optional(),
});

export type OpenDiscoveryQuery = z.output<typeof openDiscoveryQuery>;

/** `query` is what comes after the question mark of the URI. */
export const readOpenDiscoveryRequest = (query: string): Read<OpenDiscoveryQuery> =>
  readForm(query, openDiscoveryQuery);

/** The members of OpenAPIDetails and OpenAefProfile: no security method, no interface, no domain name. */
const open = [...['apiName', 'apiId', 'apiStatus', 'description', 'serviceAPICategory', 'apiSuppFeats', 'apiProvName']];
const openOfProfile = ['aefId', 'versions', 'protocol', 'dataFormat', 'aefLocation', 'serviceKpis'];

const only = (names: readonly string[], whole: Description): Description =>
  Object.fromEntries(Object.entries(whole).filter(([name]) => names.includes(name)));

function openDetails(described: Description): Description {
  const profiles = Array.isArray(described.aefProfiles) ? (described.aefProfiles as Description[]) : [];
  const aefProfiles = profiles.map((profile) => only(openOfProfile, profile));
  return { ...only(open, described), aefProfiles: aefProfiles.length > 0 ? aefProfiles : undefined };
}

export const writeOpenDiscoveryResponse = (found: readonly Description[], suppFeat?: string): HttpAnswer =>
  writeJsonAnswer(200, { discApis: found.map(openDetails), suppFeat });
