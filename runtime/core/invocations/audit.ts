/**
 * An audit (TS 29.222 8.8.2.2.3.1): of the logs that were posted, whole, the invocations that match every parameter, one
 * InvocationLog for each AEF and API invoker. What was not logged matches no parameter that asks for it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AuditQuery } from '../../wire/invocations/auditing-api.ts';
import type { InvocationLog, Log } from '../../wire/invocations/invocation-log.ts';

/** In the order in which they were posted. */
export function audited(posted: readonly InvocationLog[], query: AuditQuery): InvocationLog[] {
  const found = new Map<string, InvocationLog>();
  for (const { aefId, apiInvokerId, logs } of posted) {
    if (!is(query['aef-id'], aefId) || !is(query['api-invoker-id'], apiInvokerId)) continue;
    const wanted = logs.filter((log) => isWanted(log, query));
    if (wanted.length === 0) continue;
    // An id has no space.
    const key = `${aefId} ${apiInvokerId}`;
    const one = found.get(key) ?? { aefId, apiInvokerId, logs: [] };
    found.set(key, one);
    one.logs.push(...wanted);
  }
  return [...found.values()];
}

const is = (wanted: string | undefined, logged: string | undefined) => wanted === undefined || wanted === logged;

function isWanted(log: Log, query: AuditQuery): boolean {
  return (
    is(query['api-id'], log.apiId) &&
    is(query['api-name'], log.apiName) &&
    is(query['api-version'], log.apiVersion) &&
    is(query.protocol, log.protocol) &&
    is(query.operation, log.operation) &&
    is(query.result, log.result) &&
    is(query['resource-name'], log.resourceName) &&
    isWithin(log.invocationTime, query) &&
    hasAllOf(query['src-interface'], log.srcInterface) &&
    hasAllOf(query['dest-interface'], log.destInterface) &&
    (query['net-slice-info']?.some((slice) => isDeepStrictEqual(slice, log.netSliceInfo)) ?? true)
  );
}

/** Both ends belong to the range. */
function isWithin(time: string | undefined, query: AuditQuery): boolean {
  const { 'time-range-start': start, 'time-range-end': end } = query;
  if (start === undefined && end === undefined) return true;
  if (time === undefined) return false;
  const at = Date.parse(time);
  return (start === undefined || at >= Date.parse(start)) && (end === undefined || at <= Date.parse(end));
}

/** Every member of the interface that is asked for: an address without a port finds all ports. */
const hasAllOf = (wanted: AuditQuery['src-interface'], logged: Log['srcInterface']): boolean =>
  Object.entries(wanted ?? {}).every(([name, value]) => isDeepStrictEqual(logged?.[name], value));
