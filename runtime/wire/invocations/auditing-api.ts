/** CAPIF_Auditing_API (TS 29.222 8.8): an API management function reads which invocations have been logged (5.9.2.2). */
import { z } from 'zod';
import { readForm } from '../form-parameters.ts';
import type { HttpAnswer, Read } from '../http-message.ts';
import { jsonText, writeJsonAnswer } from '../json-message.ts';
import { supportedFeatures } from '../security-method-list.ts';
import { dateTime, type InvocationLog, interfaceAsWritten, netSliceId } from './invocation-log.ts';

const text = z.string().optional();
/** Many clients leave the plus of an offset as it is, which a query reads as a space. */
const time = z
  .string()
  .transform((written) => written.replace(' ', '+'))
  .pipe(dateTime)
  .optional();

/** Each parameter of 8.8.2.2.3.1 by its name there. */
const auditQuery = z.object({
  'aef-id': text,
  'api-invoker-id': text,
  'time-range-start': time,
  'time-range-end': time,
  'api-id': text,
  'api-name': text,
  'api-version': text,
  protocol: text,
  operation: text,
  result: text,
  'resource-name': text,
  'src-interface': jsonText(interfaceAsWritten).optional(),
  'dest-interface': jsonText(interfaceAsWritten).optional(),
  'supported-features': supportedFeatures.optional(),
  'net-slice-info': jsonText(z.array(netSliceId).min(1)).optional(),
});

/** What an audit asks for: only what matches all of it is found. */
export type AuditQuery = z.output<typeof auditQuery>;

/** `query` is what comes after the question mark of the URI. */
export const readAuditRequest = (query: string): Read<AuditQuery> => readForm(query, auditQuery);

/** InvocationLogsRetrieveRes: one InvocationLog as such, several in InvocationLogs. It has no form for none. */
export function writeAuditResponse(
  [first, ...others]: readonly [InvocationLog, ...InvocationLog[]],
  features: string | undefined,
): HttpAnswer {
  if (others.length === 0) return writeJsonAnswer(200, { ...first, supportedFeatures: features });
  return writeJsonAnswer(200, { multipleInvocationLogs: [first, ...others], supportedFeatures: features });
}
