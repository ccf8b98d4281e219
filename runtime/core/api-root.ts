/** `{apiRoot}` of the core (TS 29.222 7.5): the absolute URIs in which it names the resources that it has created. */
import { isIPv6 } from 'node:net';
import type { Route } from '../transport/http-service.ts';

/** Where the core is reached: the first of its own names, never the `Host` that a client has sent. */
export const apiRootOf = ({ host, names }: { host: string; names: { dns?: string[] } }, port: number): string => {
  const [name = isIPv6(host) ? `[${host}]` : host] = names.dns ?? [];
  return `https://${name}:${port}`;
};

/** The routes, with every `Location` made absolute. */
export const withAbsoluteLocation = (routes: readonly Route[], apiRoot: () => string): Route[] =>
  routes.map((route) => ({
    ...route,
    answer: async (call) => {
      const answer = await route.answer(call);
      const location = answer.headers?.location;
      if (typeof location !== 'string' || !location.startsWith('/')) return answer;
      return { ...answer, headers: { ...answer.headers, location: `${apiRoot()}${location}` } };
    },
  }));
