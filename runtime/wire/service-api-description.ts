/** ServiceAPIDescription of TS 29.222 (8.2.4.2): a service API and where each AEF exposes it, with which methods. */
import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { identifier } from './paths.ts';
import { securityMethodList } from './security-method-list.ts';

/**
 * `host` is an IPv4 address, an IPv6 address without brackets, or a domain name; `port` that of https where none was
 * published. `apiVersion` as in URIs: `v1`.
 */
export type AefInterface = {
  aefId: string;
  host: string;
  port: number;
  apiVersion: string;
  /** What stands before the name of the API in URIs, if anything: `/gateway`. */
  apiPrefix?: string | undefined;
  methods: readonly SecurityMethod[];
};

/** `apiId` once the CAPIF core function has given one. An AEF is in `aefs` once for each of its interfaces. */
export type ServiceApi = { apiName: string; apiId?: string | undefined; aefs: readonly AefInterface[] };

/** A ServiceAPIDescription whole, as it was published: with all that this runtime has no use for. */
export type Description = Readonly<Record<string, unknown>>;

/** The port of an interface that names none: all of CAPIF is over TLS. */
const usualPort = 443;

/** Wider than Fqdn of TS 29.571: a host without a dot is one as well. It must be one that a URI can have. */
const domainName = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\.?$/, 'must be a domain name')
  .refine((name) => URL.canParse(`https://${name}`), 'must be a domain name');

/** InterfaceDescription: an address and a port, and the methods of this interface, if it has its own. */
export const interfaceDescription = z
  .object({
    ipv4Addr: z.string().refine(isIPv4, 'must be an IPv4 address').optional(),
    ipv6Addr: z.string().refine(isIPv6, 'must be an IPv6 address').optional(),
    fqdn: domainName.optional(),
    // Not 0: no client can connect to it.
    port: z.int().min(1).max(65535).default(usualPort),
    apiPrefix: z.string().optional(),
    securityMethods: securityMethodList.optional(),
  })
  .transform(({ ipv4Addr, ipv6Addr, fqdn, port, apiPrefix, securityMethods }, context) => {
    const [host, ...more] = [ipv4Addr, ipv6Addr, fqdn].filter((address) => address !== undefined);
    if (host !== undefined && more.length === 0) return { host, port, apiPrefix, securityMethods };
    context.addIssue('must have exactly one of ipv4Addr, ipv6Addr and fqdn');
    return z.NEVER;
  });

/** Methods of an interface go before those of its AEF. Of several versions, the first is read. */
export const aefProfile = z
  .object({
    aefId: identifier,
    versions: z.tuple([z.object({ apiVersion: identifier })], z.unknown()),
    securityMethods: securityMethodList.default([]),
    domainName: domainName.optional(),
    interfaceDescriptions: z.array(interfaceDescription).min(1).optional(),
  })
  .transform(({ aefId, versions: [{ apiVersion }], securityMethods, domainName, interfaceDescriptions }, context) => {
    if ((domainName === undefined) === (interfaceDescriptions === undefined)) {
      context.addIssue('must have exactly one of domainName and interfaceDescriptions');
      return z.NEVER;
    }
    const interfaces =
      domainName === undefined
        ? []
        : [{ host: domainName, port: usualPort, apiPrefix: undefined, securityMethods: undefined }];
    return [...interfaces, ...(interfaceDescriptions ?? [])].map(({ host, port, apiPrefix, securityMethods: own }) => ({
      aefId,
      host,
      port,
      apiVersion,
      ...(apiPrefix === undefined ? {} : { apiPrefix }),
      methods: own ?? securityMethods,
    }));
  });

/** Our own bound: what was published is written again and again, and writing goes as deep as the value. */
const deepest = 32;
const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1)));

/** Any JSON object. */
export const description = z
  .looseObject({})
  .refine((whole) => !isDeeper(whole, deepest), `must not be nested deeper than ${deepest} levels`);

/** Reads a ServiceAPIDescription as a `ServiceApi`. */
export const serviceApiDescription = z
  .object({ apiName: identifier, apiId: identifier.optional(), aefProfiles: z.array(aefProfile).default([]) })
  .transform(({ apiName, apiId, aefProfiles }) => ({ apiName, apiId, aefs: aefProfiles.flat() }));

/**
 * The ServiceAPIDescription of a `ServiceApi`: a profile for each AEF, with all its interfaces. What a profile has beside
 * them fits them all. Lists may not be empty there.
 */
export const describeServiceApi = ({ apiName, apiId, aefs }: ServiceApi) => ({
  apiName,
  apiId,
  aefProfiles: nonEmpty(
    perProfile(aefs).map((interfaces) => ({
      aefId: interfaces[0]!.aefId,
      versions: [{ apiVersion: interfaces[0]!.apiVersion }],
      securityMethods: nonEmpty(
        interfaces[0]!.methods.filter((method) => interfaces.every(({ methods }) => methods.includes(method))),
      ),
      interfaceDescriptions: interfaces.map(({ host, port, apiPrefix, methods }) => ({
        ...addressOf(host),
        port,
        apiPrefix,
        securityMethods: nonEmpty(methods),
      })),
    })),
  ),
});

/** Interfaces in the order in which they are described, each list those of one AEF profile. */
export function perProfile<At extends Pick<AefInterface, 'aefId' | 'apiVersion'>>(interfaces: readonly At[]): At[][] {
  const profiles = new Map<string, At[]>();
  for (const at of interfaces) {
    const id = `${at.aefId} ${at.apiVersion}`;
    profiles.set(id, [...(profiles.get(id) ?? []), at]);
  }
  return [...profiles.values()];
}

/** The members of an InterfaceDescription that say where it is. */
export function addressOf(host: string) {
  if (isIPv4(host)) return { ipv4Addr: host };
  return isIPv6(host) ? { ipv6Addr: host } : { fqdn: host };
}

const nonEmpty = <T>(list: readonly T[]) => (list.length > 0 ? list : undefined);
