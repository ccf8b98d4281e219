/** SecurityMethod of TS 29.222 (8.2.4.3) on the wire: an open enumeration, whose unknown members are passed over. */
import { z } from 'zod';
import { type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';

const known = (name: string): SecurityMethod | undefined => securityMethods.find((method) => method === name);

/** In the order given, each once; empty if none of the methods is known. */
export const securityMethodList = z
  .array(z.string())
  .transform((names) => [...new Set(names)].flatMap((name) => known(name) ?? []));

/** `undefined` also for an unknown method, which no invoker of this runtime can have offered. */
export const selectedSecurityMethod = z.string().transform(known).optional();
