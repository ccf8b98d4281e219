/** The ids that the core gives: to API invokers, provider domains and their functions, and to what these leave with it. */
import { randomBytes } from 'node:crypto';

type Named = 'api-invoker' | 'provider' | 'aef' | 'apf' | 'amf' | 'service-api' | 'subscription' | 'invocation-log';
/** Gives an id that it has given to nothing else. */
export type IdSource = (named: Named) => string;

/** 128 random bits: a core that was restarted cannot give an id again, and a stranger cannot guess one. */
export const randomIds: IdSource = () => randomBytes(16).toString('hex');

/** Names for people, as in `api-invoker-1`: only for a core whose authority ends with it. */
export function readableIds(): IdSource {
  const counts = new Map<Named, number>();
  return (named) => {
    const count = (counts.get(named) ?? 0) + 1;
    counts.set(named, count);
    return `${named}-${count}`;
  };
}
