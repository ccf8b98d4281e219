/** Publication and discovery over HTTP (TS 29.222 8.2, 8.1): CAPIF-4 in, CAPIF-1e out. An APF sees and changes its own alone. */
import type { Call, CallHead, Route } from '../../transport/http-service.ts';
import { readDiscoverServiceApiRequest, writeDiscoverServiceApiResponse } from '../../wire/discover-api.ts';
import { type HttpAnswer, writeNoContent } from '../../wire/http-message.ts';
import { faultAnswer, malformedAnswer, problemAnswer } from '../../wire/problem-details.ts';
import { commonFeatures } from '../../wire/security-method-list.ts';
import {
  readPatched,
  readServiceApiId,
  readServiceApiPatchRequest,
  readServiceApiPublishRequest,
  readServiceApiUpdateRequest,
  readServiceApiWithdrawal,
  writeServiceApiPublishResponse,
  writeServiceApis,
  writeServiceApiUpdateResponse,
} from '../../wire/services/publish-api.ts';
import { callFacts } from '../parties/call-facts.ts';
import type { Enrolment } from '../parties/enrolment.ts';
import type { KeptLimit } from '../parties/kept-limits.ts';
import type { ProviderDomains } from '../parties/provider-domains.ts';
import { discovered } from './discovery.ts';
import { described, type Publication, type Registry } from './registry.ts';

type Options = { providers: ProviderDomains; registry: Registry; kept: KeptLimit };

/** Of CAPIF_Discover_Service_API (TS 29.222 8.1.6). */
const features = { ApiSupportedFeatureQuery: 1 };

const all = '/published-apis/v1/:apfId/service-apis';
const one = `${all}/:serviceApiId`;

export function publicationRoutes(options: Options): Route[] {
  const refuse = ({ socket, parameters }: CallHead) =>
    options.providers.provenFunction(socket, 'APF')?.id === parameters.apfId
      ? undefined
      : problemAnswer('NOT_AUTHENTICATED', 'an APF acts under its own id, by its certificate');
  const routes: Omit<Route, 'refuse'>[] = [
    { method: 'POST', path: all, consumes: 'application/json', answer: (call) => publish(call, options) },
    { method: 'PUT', path: one, consumes: 'application/json', answer: (call) => update(call, options) },
    { method: 'PATCH', path: one, consumes: 'application/merge-patch+json', answer: (call) => patch(call, options) },
    {
      method: 'GET',
      path: all,
      answer: (call) => writeServiceApis(options.registry.descriptions(call.parameters.apfId)),
    },
    { method: 'GET', path: one, answer: (call) => retrieve(call, options) },
    { method: 'DELETE', path: one, answer: (call) => withdraw(call, options) },
  ];
  return routes.map((route) => ({ ...route, refuse }));
}

function publish(call: Call, options: Options): HttpAnswer {
  const { providers, registry } = options;
  const read = readServiceApiPublishRequest(call.body, call.parameters, call.headers);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { apfId, ...publication } = read.value;
  const refused = refusal(apfId, publication, providers) ?? tooMany(apfId, publication, options);
  if (refused) return refused;
  const published = registry.publish(apfId, publication, callFacts('CAPIF-4', call));
  if (published) return writeServiceApiPublishResponse(apfId, published);
  return problemAnswer('NOT_AUTHORIZED', 'this service API is published already, and differs: update it with PUT');
}

/** The answer to a publication that makes a new service API where there are too many. */
function tooMany(apfId: string, publication: Publication, { providers, registry, kept }: Options) {
  if (registry.isPublished(apfId, publication)) return undefined;
  const domainId = providers.function(apfId)?.domainId ?? '';
  const apfs = providers.functionsOf(domainId).flatMap(({ id, role }) => (role === 'APF' ? [id] : []));
  return (
    kept.refusal('serviceApisPerDomain', registry.count(apfs) + 1) ?? kept.refusal('serviceApis', registry.count() + 1)
  );
}

function update(call: Call, { providers, registry }: Options): HttpAnswer {
  const read = readServiceApiUpdateRequest(call.body, call.parameters, call.headers);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { apfId, serviceApiId, ...publication } = read.value;
  const refused = refusal(apfId, publication, providers);
  if (refused) return refused;
  const known = registry.resource(apfId, serviceApiId);
  if (!known) return notPublished();
  return writeServiceApiUpdateResponse(registry.update(known, publication, callFacts('CAPIF-4', call)));
}

function patch(call: Call, { providers, registry }: Options): HttpAnswer {
  const read = readServiceApiPatchRequest(call.body, call.parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { apfId, serviceApiId, patch } = read.value;
  const known = registry.resource(apfId, serviceApiId);
  if (!known) return notPublished();
  const patched = readPatched(known.description, patch, call.headers);
  if (patched.outcome === 'malformed') return malformedAnswer(patched);
  const refused = refusal(apfId, patched.value, providers);
  if (refused) return refused;
  return writeServiceApiUpdateResponse(registry.update(known, patched.value, callFacts('CAPIF-4', call)));
}

function retrieve({ parameters }: Call, { registry }: Options): HttpAnswer {
  const read = readServiceApiId(parameters);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const known = registry.resource(read.value.apfId, read.value.serviceApiId);
  return known ? writeServiceApis(described(known)) : notPublished();
}

function withdraw(call: Call, { registry }: Options): HttpAnswer {
  const read = readServiceApiWithdrawal(call.parameters, call.headers);
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { id, revisions } = read.value;
  const known = registry.resource(id.apfId, id.serviceApiId);
  if (!known) return notPublished();
  registry.withdraw(known, callFacts('CAPIF-4', call), revisions);
  return writeNoContent();
}

/** The answer to a publication that this APF may not make: it publishes for AEFs of its domain. */
function refusal(apfId: string, { serviceApi, description }: Publication, providers: ProviderDomains) {
  const domainId = providers.function(apfId)?.domainId;
  const stranger = serviceApi.aefs.find(({ aefId }) => {
    const aef = providers.function(aefId);
    return aef?.role !== 'AEF' || aef.domainId !== domainId;
  });
  if (!stranger) return undefined;
  const profiles = description.aefProfiles as { aefId: string }[];
  const param = `/aefProfiles/${profiles.findIndex(({ aefId }) => aefId === stranger.aefId)}/aefId`;
  return faultAnswer('NOT_AUTHORIZED', param, 'is not that of an AEF of this API provider domain');
}

const notPublished = () => problemAnswer('NOT_FOUND', 'this APF has not published such a service API');

export function discoveryRoutes({ enrolment, registry }: { enrolment: Enrolment; registry: Registry }): Route[] {
  return [
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
          return problemAnswer(
            'NOT_AUTHORIZED',
            'this API invoker is not onboarded: it was offboarded, or its onboarding has expired',
          );
        const common = commonFeatures(read.value['supported-features'], Object.values(features));
        return writeDiscoverServiceApiResponse(discovered(registry.descriptions(), read.value), common);
      },
    },
  ];
}
