/** Open discovery and routing (TS 29.222 8.11, 8.10) over HTTP: what there is, and for an AEF, where to forward it. */
import type { Call, Route } from '../../transport/http-service.ts';
import type { HttpAnswer } from '../../wire/http-message.ts';
import { malformedAnswer, problemAnswer } from '../../wire/problem-details.ts';
import { commonFeatures } from '../../wire/security-method-list.ts';
import type { Description } from '../../wire/service-api-description.ts';
import {
  type OpenDiscoveryQuery,
  readOpenDiscoveryRequest,
  writeOpenDiscoveryResponse,
} from '../../wire/services/open-discover-api.ts';
import { readRoutingInfoRequest, writeRoutingInfoResponse } from '../../wire/services/routing-info-api.ts';
import type { ProviderDomains } from '../parties/provider-domains.ts';
import { discovered } from './discovery.ts';
import type { Registry } from './registry.ts';

export const openDiscoveryRoute = ({ registry }: { registry: Registry }): Route => ({
  method: 'GET',
  path: '/open-api-disc/v1/service-apis',
  answer({ url }) {
    const read = readOpenDiscoveryRequest(url.split('?')[1] ?? '');
    if (read.outcome === 'malformed') return malformedAnswer(read);
    const common = commonFeatures(read.value['supported-features'], []);
    return writeOpenDiscoveryResponse(openlyDiscovered(registry.descriptions(), read.value), common);
  },
});

/** As a discovery by an API invoker, whose parameters have one value where these have several. */
function openlyDiscovered(published: readonly Description[], query: OpenDiscoveryQuery): Description[] {
  const isOne = (wanted: readonly string[] | undefined, value: unknown) => wanted?.some((one) => one === value) ?? true;
  const wanted = published.filter(
    (api) =>
      isOne(query['api-names'], api.apiName) &&
      isOne(query['api-cats'], api.serviceAPICategory) &&
      isOne(query['api-prov-names'], api.apiProvName),
  );
  return wanted.flatMap((api) => {
    const name = String(api.apiName);
    const versions = query['api-versions']?.[name] ?? [undefined];
    const { protocols = [undefined] } = query;
    const asked = {
      'api-invoker-id': '',
      'api-ids': query['api-ids'],
      'comm-type': query['comm-type'],
      'data-format': query['data-format'],
      'preferred-aef-loc': query['preferred-aef-loc'],
      'service-kpis': query['service-kpis'],
      'api-supported-features': query['api-supported-features']?.[name],
    };
    const found = versions.flatMap((version) =>
      protocols.flatMap((protocol) => discovered([api], { ...asked, 'api-version': version, protocol })),
    );
    const [first] = found;
    if (!first) return [];
    const profiles = found.flatMap(({ aefProfiles = [] }) => aefProfiles as Description[]);
    return [{ ...first, aefProfiles: [...new Set(profiles)] }];
  });
}

export function routingInfoRoute(options: { providers: ProviderDomains; registry: Registry }): Route {
  return {
    method: 'GET',
    path: '/capif-routing-info/v1/service-apis/:serviceApiId',
    refuse: ({ socket }) =>
      options.providers.provenFunction(socket, 'AEF')
        ? undefined
        : problemAnswer('NOT_AUTHENTICATED', 'only a registered AEF may ask this, by its certificate'),
    answer: (call) => route(call, options),
  };
}

/**
 * Topology hiding is not set up here: an AEF of the domain that has published the service API may forward to the other AEFs
 * that it is published for, or, if it is the only one, serves it itself.
 */
function route(call: Call, { providers, registry }: Parameters<typeof routingInfoRoute>[0]): HttpAnswer {
  const read = readRoutingInfoRequest(call.parameters, call.url.split('?')[1] ?? '');
  if (read.outcome === 'malformed') return malformedAnswer(read);
  const { serviceApiId, aefId } = read.value;
  const own = providers.provenFunction(call.socket, 'AEF');
  if (own?.id !== aefId) return problemAnswer('NOT_AUTHORIZED', 'an AEF asks for itself');
  const ofDomain = providers.functionsOf(own.domainId).filter(({ role }) => role === 'APF');
  const published = ofDomain.flatMap(({ id }) => registry.descriptions(id)).find(({ apiId }) => apiId === serviceApiId);
  const profiles = (published?.aefProfiles ?? []) as Description[];
  if (profiles.length === 0) return problemAnswer('NOT_FOUND', 'no such service API is published in this domain');
  const others = profiles.filter((one) => one.aefId !== aefId);
  return writeRoutingInfoResponse(others.length > 0 ? others : profiles);
}
