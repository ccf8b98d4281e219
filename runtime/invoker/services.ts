/** The services of an AEF, each one service API at one interface, and which of these a path is of (TS 29.222 7.5, 8.2.4.2). */
import type { AefInterface, ServiceApi } from '../wire/service-api-description.ts';

export type Service = Omit<AefInterface, 'methods'> & {
  apiName: string;
  apiId: string | undefined;
  /** The API has other methods at another interface of this AEF, so that a negotiation must name the interface. */
  isOfInterface: boolean;
};

export const servicesOf = (aefId: string, found: readonly ServiceApi[]): Service[] =>
  found.flatMap(({ apiName, apiId, aefs }) => {
    const own = aefs.filter((one) => one.aefId === aefId);
    const isOfInterface = new Set(own.map(({ methods }) => [...methods].sort().join())).size > 1;
    return own.map(({ methods: _, ...at }) => ({ ...at, apiName, apiId, isOfInterface }));
  });

/**
 * Of the only API whatever path; of several, the one whose name comes first in the path, after the prefix of an interface.
 * The interface is the first that fits.
 */
export function serviceFor(path: string, services: readonly Service[]): Service | undefined {
  const isOnlyApi = new Set(services.map(({ apiName }) => apiName)).size === 1;
  const named = services.find((service) => isWithin(path, rootOf(service)));
  if (named || !isOnlyApi) return named;
  return services.find(({ apiPrefix = '' }) => isWithin(path, apiPrefix)) ?? services[0];
}

/** For people: how the paths begin that this AEF serves. */
export const rootsOf = (services: readonly Service[]): string => [...new Set(services.map(rootOf))].join(', ');

const rootOf = ({ apiPrefix = '', apiName }: Service): string => `${apiPrefix.replace(/\/$/, '')}/${apiName}`;

const isWithin = (path: string, root: string): boolean =>
  path.startsWith(root) && /^($|[/?])/.test(path.slice(root.length));
