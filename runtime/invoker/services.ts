/** Services, each one service API of an AEF at one interface, and which of these a URL or a path is of (TS 29.222 7.5, 8.2.4.2). */
import { originOf } from '../transport/redirections.ts';
import type { AefInterface, ServiceApi } from '../wire/service-api-description.ts';
import { InvocationError } from './fetch/invocation-error.ts';
import type { Target } from './fetch/wanted-invocation.ts';

export type Service = Omit<AefInterface, 'methods'> & {
  apiName: string;
  apiId: string | undefined;
  /**
   * The API is at another interface of this AEF too, so that a negotiation must name the interface: each has its own
   * methods, now or later, and its own AEFPSK.
   */
  isOfInterface: boolean;
};

export const servicesIn = (found: readonly ServiceApi[]): Service[] =>
  found.flatMap(({ apiName, apiId, aefs }) => {
    return aefs.map(({ methods: _, ...at }) => {
      const isOfInterface = aefs.filter(({ aefId }) => aefId === at.aefId).length > 1;
      return { ...at, apiName, apiId, isOfInterface };
    });
  });

/** Those of the AEF that the target names, and at the origin of its URL; of a path alone, all. */
const servicesAt = ({ aefId, origin }: Target, services: readonly Service[]): Service[] =>
  services.filter((one) => (aefId ?? one.aefId) === one.aefId && (origin === undefined || originOf(one) === origin));

/**
 * The first whose prefix and API name the path begins with. Where an AEF or an origin is named that has one API only, the path
 * may be any.
 */
export function serviceFor(target: Target, services: readonly Service[]): Service | undefined {
  const there = servicesAt(target, services);
  const named = there.find((service) => isWithin(target.path, rootOf(service)));
  const isPathAlone = target.aefId === undefined && target.origin === undefined;
  const isOnlyApi = new Set(there.map(({ apiName }) => apiName)).size === 1;
  if (named || isPathAlone || !isOnlyApi) return named;
  return there.find(({ apiPrefix = '' }) => isWithin(target.path, apiPrefix)) ?? there[0];
}

/** Why there is no service for a target, for people. */
export function noService(target: Target, services: readonly Service[]): Error {
  const { aefId, origin } = target;
  const named = [...(aefId === undefined ? [] : [`AEF "${aefId}"`]), ...(origin === undefined ? [] : [origin])];
  const there = servicesAt(target, services);
  if (there.length > 0) {
    const roots = [...new Set(there.map(rootOf))].slice(0, rootsMax).join(', ');
    return new TypeError(
      `the path is of no service API that ${named.length > 0 ? `the ${named.join(' at ')} exposes` : 'this invoker may invoke'}: these begin with ${roots}`,
    );
  }
  const cause = new Error('CCF to GET allServiceAPIs: nothing there that this invoker can use');
  return new InvocationError('refused', `the core has published no ${named.join(' at ') || 'service API'}`, { cause });
}

/** Of more, the first are named. */
const rootsMax = 10;

const rootOf = ({ apiPrefix = '', apiName }: Service): string => `${apiPrefix.replace(/\/$/, '')}/${apiName}`;

const isWithin = (path: string, root: string): boolean =>
  path.startsWith(root) && /^($|[/?])/.test(path.slice(root.length));
