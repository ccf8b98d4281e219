/**
 * CAPIF_Publish_Service_API (TS 29.222 8.2): an APF publishes a service API, withdraws it, reads what it has published, and
 * updates it (5.3.2.2 to 5.3.2.5).
 */
import {
  type Body,
  type HttpAnswer,
  type HttpRequest,
  mapRead,
  type Read,
  type ReceivedAnswer,
  type ReceivedHeaders,
  read,
  readAs,
  together,
} from '../http-message.ts';
import { mergePatched, readJson, readJsonAnswer, writeJsonAnswer, writeJsonRequest } from '../json-message.ts';
import { type PathParameters, path, readLocation, readPathParameter } from '../paths.ts';
import {
  description as anyDescription,
  type Description,
  describeServiceApi,
  type ServiceApi,
  serviceApiDescription,
} from '../service-api-description.ts';
import {
  type Revisions,
  readPublicationKey,
  readRevisions,
  tooFewRevisions,
  writePublicationKey,
  writeRevisions,
} from './publication-headers.ts';

/** `revisions` is `undefined` from peers that do not count. */
type Revised = { serviceApi: ServiceApi; revisions?: Revisions | undefined };
/** `key`: the same for all publications that make one resource; another one makes another. */
type ServiceApiPublication = Revised & { apfId: string; key?: string | undefined };
type PublishedServiceApi = Revised & { serviceApiId: string };
type ServiceApiUpdate = Revised & { apfId: string; serviceApiId: string };
/** `serviceApi` is `undefined` where the answer was 204, which does not repeat it. */
type UpdatedServiceApi = { serviceApi: ServiceApi | undefined; revisions?: Revisions | undefined };

/** As it came: what of it matters to this runtime, and all of it. */
type Received = { serviceApi: ServiceApi; description: Description };
/** What an answer says: the resource whole. */
type Acknowledged = { description: Description; revisions?: Revisions | undefined };

const serviceApiLocation = /\/published-apis\/v1\/[^/]+\/service-apis\/([^/]+)$/;

export const writeServiceApiPublishRequest = ({
  apfId,
  serviceApi,
  revisions,
  key,
}: ServiceApiPublication): HttpRequest =>
  writeJsonRequest('POST', path`/published-apis/v1/${apfId}/service-apis`, describeServiceApi(serviceApi), {
    ...writeRevisions(revisions),
    ...writePublicationKey(key),
  });

export const readServiceApiPublishRequest = (
  body: Body,
  parameters: PathParameters,
  headers: ReceivedHeaders = {},
): Read<Omit<ServiceApiPublication, 'serviceApi'> & Received> =>
  mapRead(
    together({
      apfId: readPathParameter(parameters, 'apfId'),
      received: readRevised(readDescription(body), headers),
      key: readPublicationKey(headers),
    }),
    ({ received, ...others }) => ({ ...others, ...received }),
  );

/** `apfId` is whose publication was answered. */
export const writeServiceApiPublishResponse = (
  apfId: string,
  { serviceApiId, description, revisions }: Acknowledged & { serviceApiId: string },
): HttpAnswer =>
  writeJsonAnswer(201, description, {
    location: path`/published-apis/v1/${apfId}/service-apis/${serviceApiId}`,
    ...writeRevisions(revisions),
  });

export const readServiceApiPublishResponse = (answer: ReceivedAnswer): Read<PublishedServiceApi> =>
  together({
    serviceApi: readJsonAnswer(answer, [201], serviceApiDescription),
    serviceApiId: readLocation(answer.headers, serviceApiLocation),
    revisions: readRevisions(answer.headers),
  });

export const writeServiceApiUpdateRequest = (update: ServiceApiUpdate): HttpRequest =>
  writeJsonRequest(
    'PUT',
    path`/published-apis/v1/${update.apfId}/service-apis/${update.serviceApiId}`,
    describeServiceApi(update.serviceApi),
    writeRevisions(update.revisions),
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
      received: readRevised(readDescription(body), headers),
    }),
    ({ received, ...others }) => ({ ...others, ...received }),
  );

export const writeServiceApiUpdateResponse = ({ description, revisions }: Acknowledged): HttpAnswer =>
  writeJsonAnswer(200, description, writeRevisions(revisions));

export const readServiceApiUpdateResponse = (answer: ReceivedAnswer): Read<UpdatedServiceApi> =>
  together({
    serviceApi: answer.status === 204 ? read(undefined) : readJsonAnswer(answer, [200, 204], serviceApiDescription),
    revisions: readRevisions(answer.headers),
  });

/** Answered with `writeServiceApiUpdateResponse`. What is not one of `patchable` is left out. */
export const readServiceApiPatchRequest = (
  body: Body,
  parameters: PathParameters,
): Read<Omit<ServiceApiUpdate, 'serviceApi' | 'revisions'> & { patch: Description }> =>
  together({
    apfId: readPathParameter(parameters, 'apfId'),
    serviceApiId: readPathParameter(parameters, 'serviceApiId'),
    patch: mapRead(readJson(body, anyDescription), patchOnly),
  });

/** What a description is after a patch (RFC 7396): malformed if that is none. */
export const readPatched = (published: Description, patch: Description, headers: ReceivedHeaders = {}) =>
  readRevised(readWhole(readAs(anyDescription, mergePatched(published, patch))), headers);

/** The members of ServiceAPIDescriptionPatch. */
const patchable = [
  ...['apiStatus', 'aefProfiles', 'description', 'shareableInfo', 'serviceAPICategory', 'apiSuppFeats'],
  ...['pubApiPath', 'ccfId'],
];
const patchOnly = (sent: Description): Description =>
  Object.fromEntries(Object.entries(sent).filter(([name]) => patchable.includes(name)));

/** Answered with `writeNoContent`. */
export const writeServiceApiWithdrawal = (one: {
  apfId: string;
  serviceApiId: string;
  revisions?: Revisions | undefined;
}): HttpRequest => ({
  method: 'DELETE',
  path: path`/published-apis/v1/${one.apfId}/service-apis/${one.serviceApiId}`,
  headers: writeRevisions(one.revisions),
});

export const readServiceApiWithdrawal = (parameters: PathParameters, headers: ReceivedHeaders = {}) =>
  together({ id: readServiceApiId(parameters), revisions: readRevisions(headers) });

/** Of a GET and of a DELETE. */
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

/** What was received, with its numbers: those that are named are of all its interfaces. */
function readRevised(
  received: Read<Received>,
  headers: ReceivedHeaders,
): Read<Received & { revisions?: Revisions | undefined }> {
  const both = together({ received, revisions: readRevisions(headers) });
  if (both.outcome === 'malformed') return both;
  const { revisions } = both.value;
  const { serviceApi, description } = both.value.received;
  if (typeof revisions === 'object' && revisions.length < serviceApi.aefs.length) return tooFewRevisions();
  return read({ serviceApi, description, revisions });
}
