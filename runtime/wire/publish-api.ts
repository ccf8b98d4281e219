/**
 * CAPIF_Publish_Service_API (TS 29.222 8.2): an APF publishes a service API, withdraws it, reads what it has published, and
 * updates it (5.3.2.2 to 5.3.2.5).
 */
import {
  type Body,
  type HttpAnswer,
  type HttpRequest,
  malformedParam,
  mapRead,
  type Read,
  type ReceivedAnswer,
  type ReceivedHeaders,
  read,
  readAs,
  together,
} from './http-message.ts';
import { mergePatched, readJson, readJsonAnswer, writeJsonAnswer, writeJsonRequest } from './json-message.ts';
import { type PathParameters, path, readLocation, readPathParameter } from './paths.ts';
import {
  description as anyDescription,
  type Description,
  describeServiceApi,
  type ServiceApi,
  serviceApiDescription,
} from './service-api-description.ts';

/** `revision`: the number of this publication, a later one has a higher; `undefined` from peers that do not count. */
type Revised = { serviceApi: ServiceApi; revision?: number | undefined };
type ServiceApiPublication = Revised & { apfId: string };
type PublishedServiceApi = Revised & { serviceApiId: string };
type ServiceApiUpdate = Revised & { apfId: string; serviceApiId: string };
/** `serviceApi` is `undefined` where the answer was 204, which does not repeat it. */
type UpdatedServiceApi = { serviceApi: ServiceApi | undefined; revision?: number | undefined };

/** As it came: what of it matters to this runtime, and all of it. */
type Received = { serviceApi: ServiceApi; description: Description };
/** What an answer says: the resource whole. */
type Acknowledged = { description: Description; revision?: number | undefined };

/**
 * Not standardised: TS 29.222 gives a publication neither version nor time, so that a late copy of an old update
 * cannot be told from a new one. The amendment `newest-revision-wins` needs the number.
 */
const revisionHeader = 'capif-machines-revision';

const serviceApiLocation = /\/published-apis\/v1\/[^/]+\/service-apis\/([^/]+)$/;

export const writeServiceApiPublishRequest = ({ apfId, serviceApi, revision }: ServiceApiPublication): HttpRequest =>
  writeJsonRequest(
    'POST',
    path`/published-apis/v1/${apfId}/service-apis`,
    describeServiceApi(serviceApi),
    writeRevision(revision),
  );

export const readServiceApiPublishRequest = (
  body: Body,
  parameters: PathParameters,
  headers: ReceivedHeaders = {},
): Read<Omit<ServiceApiPublication, 'serviceApi'> & Received> =>
  mapRead(
    together({
      apfId: readPathParameter(parameters, 'apfId'),
      received: readDescription(body),
      revision: readRevision(headers),
    }),
    ({ received, ...others }) => ({ ...others, ...received }),
  );

/** `apfId` is whose publication was answered. */
export const writeServiceApiPublishResponse = (
  apfId: string,
  { serviceApiId, description, revision }: Acknowledged & { serviceApiId: string },
): HttpAnswer =>
  writeJsonAnswer(201, description, {
    location: path`/published-apis/v1/${apfId}/service-apis/${serviceApiId}`,
    ...writeRevision(revision),
  });

export const readServiceApiPublishResponse = (answer: ReceivedAnswer): Read<PublishedServiceApi> =>
  together({
    serviceApi: readJsonAnswer(answer, [201], serviceApiDescription),
    serviceApiId: readLocation(answer.headers, serviceApiLocation),
    revision: readRevision(answer.headers),
  });

export const writeServiceApiUpdateRequest = (update: ServiceApiUpdate): HttpRequest =>
  writeJsonRequest(
    'PUT',
    path`/published-apis/v1/${update.apfId}/service-apis/${update.serviceApiId}`,
    describeServiceApi(update.serviceApi),
    writeRevision(update.revision),
  );

export const readServiceApiUpdateRequest = (
  body: Body,
  parameters: PathParameters,
  headers: ReceivedHeaders = {},
): Read<Omit<ServiceApiUpdate, 'serviceApi'> & Received> =>
  mapRead(
    together({
      apfId: readPathParameter(parameters, 'apfId'),
      serviceApiId: readPathParameter(parameters, 'serviceApiId'),
      received: readDescription(body),
      revision: readRevision(headers),
    }),
    ({ received, ...others }) => ({ ...others, ...received }),
  );

export const writeServiceApiUpdateResponse = ({ description, revision }: Acknowledged): HttpAnswer =>
  writeJsonAnswer(200, description, writeRevision(revision));

export const readServiceApiUpdateResponse = (answer: ReceivedAnswer): Read<UpdatedServiceApi> =>
  together({
    serviceApi: answer.status === 204 ? read(undefined) : readJsonAnswer(answer, [200, 204], serviceApiDescription),
    revision: readRevision(answer.headers),
  });

/** Answered with `writeServiceApiUpdateResponse`. What is not one of `patchable` is left out. */
export const readServiceApiPatchRequest = (
  body: Body,
  parameters: PathParameters,
  headers: ReceivedHeaders = {},
): Read<Omit<ServiceApiUpdate, 'serviceApi'> & { patch: Description }> =>
  together({
    apfId: readPathParameter(parameters, 'apfId'),
    serviceApiId: readPathParameter(parameters, 'serviceApiId'),
    patch: mapRead(readJson(body, anyDescription), patchOnly),
    revision: readRevision(headers),
  });

/** What a description is after a patch (RFC 7396): malformed if that is none. */
export const readPatched = (published: Description, patch: Description): Read<Received> =>
  readWhole(readAs(anyDescription, mergePatched(published, patch)));

/** The members of ServiceAPIDescriptionPatch. */
const patchable = [
  ...['apiStatus', 'aefProfiles', 'description', 'shareableInfo', 'serviceAPICategory', 'apiSuppFeats'],
  ...['pubApiPath', 'ccfId'],
];
const patchOnly = (sent: Description): Description =>
  Object.fromEntries(Object.entries(sent).filter(([name]) => patchable.includes(name)));

/** Of a GET and of a DELETE, which is answered with `writeNoContent`. */
export const readServiceApiId = (parameters: PathParameters): Read<{ apfId: string; serviceApiId: string }> =>
  together({
    apfId: readPathParameter(parameters, 'apfId'),
    serviceApiId: readPathParameter(parameters, 'serviceApiId'),
  });

/** One service API, or a list of them, which may be empty. */
export const writeServiceApis = (found: Description | readonly Description[]): HttpAnswer =>
  writeJsonAnswer(200, found);

const readDescription = (body: Body): Read<Received> => readWhole(readJson(body, anyDescription));

function readWhole(whole: Read<Description>): Read<Received> {
  if (whole.outcome === 'malformed') return whole;
  return mapRead(readAs(serviceApiDescription, whole.value), (serviceApi) => ({
    serviceApi,
    description: whole.value,
  }));
}

const writeRevision = (revision: number | undefined): Record<string, string> =>
  revision === undefined ? {} : { [revisionHeader]: String(revision) };

function readRevision(headers: ReceivedHeaders | undefined): Read<number | undefined> {
  const text = headers?.[revisionHeader];
  if (text === undefined) return read(undefined);
  if (typeof text === 'string' && /^\d{1,15}$/.test(text)) return read(Number(text));
  return malformedParam(revisionHeader, 'must be an integer of at most 15 digits');
}
