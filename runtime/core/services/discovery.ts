/**
 * Discovery (TS 29.222 8.1.2.2.3.1): of what was published, whole, the service APIs that match every parameter, each with
 * the AEF profiles that do. What was not published matches no parameter that asks for it.
 */
import { BlockList } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { DiscoveryQuery } from '../../wire/discover-api.ts';
import { commonFeatures } from '../../wire/security-method-list.ts';
import type { Description } from '../../wire/service-api-description.ts';

/** What was published has the shape that its publisher gave it: whatever is of another shape is not there. */
const object = (value: unknown): Description =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Description) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const objects = (value: unknown): Description[] => list(value).map(object);

export function discovered(published: readonly Description[], query: DiscoveryQuery): Description[] {
  const found = published
    .filter((api) => isWanted(api, query))
    .map((api) => ({ ...api, aefProfiles: objects(api.aefProfiles).filter((profile) => isOffered(profile, query)) }))
    .filter(({ aefProfiles }) => aefProfiles.length > 0 || asksForNoProfile(query));
  return found.map(({ aefProfiles, ...api }) =>
    aefProfiles.length > 0 ? { ...api, aefProfiles: preferredFirst(aefProfiles, query) } : api,
  );
}

/** The parameters about a service API as a whole. */
function isWanted(api: Description, query: DiscoveryQuery): boolean {
  const is = (wanted: string | undefined, published: unknown) => wanted === undefined || wanted === published;
  const slices = list(api.netSliceInfo);
  return (
    is(query['api-name'], api.apiName) &&
    is(query['api-cat'], api.serviceAPICategory) &&
    is(query['req-api-prov-name'], api.apiProvName) &&
    (query['api-ids'] === undefined || query['api-ids'].some((id) => id === api.apiId)) &&
    (query['net-slice-info'] ?? []).every((slice) => slices.some((one) => isDeepStrictEqual(one, slice))) &&
    hasFeatures(api.apiSuppFeats, query['api-supported-features'])
  );
}

/** The parameters about an AEF; without any of them, a service API that no AEF exposes is found as well. */
const aboutProfiles = [
  ...(['aef-id', 'api-version', 'protocol', 'data-format', 'comm-type', 'grant-types'] as const),
  ...(['ue-ip-addr', 'service-kpis'] as const),
];
const asksForNoProfile = (query: DiscoveryQuery) => aboutProfiles.every((name) => query[name] === undefined);

function isOffered(profile: Description, query: DiscoveryQuery): boolean {
  const versions = objects(profile.versions);
  const is = (wanted: string | undefined, published: unknown[]) => wanted === undefined || published.includes(wanted);
  const communicating = versions.flatMap(({ resources, custOperations }) => [
    ...objects(resources),
    ...objects(resources).flatMap((one) => objects(one.custOperations)),
    ...objects(custOperations),
  ]);
  const grants = [profile, ...objects(profile.interfaceDescriptions)].flatMap(({ grantTypes }) => list(grantTypes));
  return (
    is(query['aef-id'], [profile.aefId]) &&
    is(query.protocol, [profile.protocol]) &&
    is(query['data-format'], [profile.dataFormat]) &&
    is(
      query['api-version'],
      versions.map(({ apiVersion }) => apiVersion),
    ) &&
    is(
      query['comm-type'],
      communicating.map(({ commType }) => commType),
    ) &&
    (query['grant-types'] ?? []).every((type) => grants.includes(type)) &&
    serves(object(profile.ueIpRange), query['ue-ip-addr']) &&
    isAsGood(object(profile.serviceKpis), query['service-kpis'])
  );
}

function hasFeatures(published: unknown, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  const bits = [...BigInt(`0x0${wanted}`).toString(2)].reverse();
  const features = bits.flatMap((bit, n) => (bit === '1' ? [n + 1] : []));
  return commonFeatures(published, features) === commonFeatures(wanted, features);
}

/** Whether the address of the UE is in a range that the AEF serves. */
function serves(ranges: Description, ue: DiscoveryQuery['ue-ip-addr']): boolean {
  if (ue === undefined) return true;
  const [published, address, family] =
    'ipv4Addr' in ue
      ? ([ranges.ueIpv4AddrRanges, ue.ipv4Addr, 'ipv4'] as const)
      : ([ranges.ueIpv6AddrRanges, ue.ipv6Addr, 'ipv6'] as const);
  return objects(published).some(({ start, end }) => {
    try {
      const range = new BlockList();
      range.addRange(String(start), String(end), family);
      return range.check(address, family);
    } catch {
      // The published range is none.
      return false;
    }
  });
}

const isAtMost = ['maxRestime'];

/** Every characteristic that is wanted, as good as that or better. */
const isAsGood = (published: Description, wanted: DiscoveryQuery['service-kpis']): boolean =>
  Object.entries(wanted ?? {}).every(([name, asked]) => {
    const [is, limit] = [amount(published[name]), amount(asked)];
    return isAtMost.includes(name) ? is <= limit : is >= limit;
  });

const scales = ['', 'K', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];

/** A number, or a text as `1.5 GB` or `2 TFLOPS`; what is neither compares with nothing. */
function amount(value: unknown): number {
  if (typeof value === 'number') return value;
  const [, number, scale = ''] = /^(\d+(?:\.\d+)?) ([kKMGTPEZY]?)(?:B|FLOPS)$/.exec(String(value)) ?? [];
  return number === undefined ? Number.NaN : Number(number) * 1000 ** scales.indexOf(scale.toUpperCase());
}

/** A preferred location puts AEFs first that are there, and excludes none. */
function preferredFirst(profiles: Description[], { 'preferred-aef-loc': place }: DiscoveryQuery): Description[] {
  if (place === undefined) return profiles;
  const isThere = ({ aefLocation }: Description) =>
    Object.entries(place).every(([name, value]) => isDeepStrictEqual(object(aefLocation)[name], value));
  return [...profiles.filter(isThere), ...profiles.filter((profile) => !isThere(profile))];
}
