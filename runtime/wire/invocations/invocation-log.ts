/**
 * InvocationLog (TS 29.222 8.7.4.2.2): what an AEF tells the core of the invocations that one API invoker has made. The core
 * keeps it whole; what it reads of it is what an audit can ask for.
 */
import { z } from 'zod';
import { identifier } from '../paths.ts';
import { supportedFeatures } from '../security-method-list.ts';
import { interfaceDescription } from '../service-api-description.ts';

/** DateTime (TS 29.122): with an offset, as RFC 3339 has it. */
export const dateTime = z.iso.datetime({ offset: true, error: 'must be a date and a time with an offset' });

/** As it was written, if this runtime can read it. */
export const interfaceAsWritten = z
  .looseObject({})
  .refine((written) => interfaceDescription.safeParse(written).success, 'must be an InterfaceDescription');

/** NetSliceId (TS 29.435), whose forms are not told apart here. */
export const netSliceId = z.looseObject({});

/** Log (8.7.4.2.3): one invocation. For HTTP, `result` is the status code. */
const log = z.looseObject({
  apiId: z.string(),
  apiName: z.string(),
  apiVersion: z.string(),
  resourceName: z.string(),
  uri: z.string().optional(),
  protocol: z.string(),
  operation: z.string().optional(),
  result: z.string(),
  invocationTime: dateTime.optional(),
  invocationLatency: z.int().nonnegative().optional(),
  srcInterface: interfaceAsWritten.optional(),
  destInterface: interfaceAsWritten.optional(),
  fwdInterface: z.string().optional(),
  netSliceInfo: netSliceId.nullable().optional(),
});

export const invocationLog = z.looseObject({
  aefId: identifier,
  apiInvokerId: identifier,
  logs: z.array(log).min(1),
  supportedFeatures: supportedFeatures.optional(),
});

export type Log = z.output<typeof log>;
export type InvocationLog = z.output<typeof invocationLog>;
