/** CAPIF_Logging_API_Invocation_API (TS 29.222 8.7): an AEF has the core keep which invocations it has served (5.8.2.2). */
import { type Body, type HttpAnswer, type HttpRequest, type Read, readAs, together } from '../http-message.ts';
import { readJson, writeJsonAnswer, writeJsonRequest } from '../json-message.ts';
import { type PathParameters, path, readPathParameter } from '../paths.ts';
import { description } from '../service-api-description.ts';
import { type InvocationLog, invocationLog } from './invocation-log.ts';

/** `aefId` is that of the path; that of the log may be another. */
type PostedLog = { aefId: string; log: InvocationLog };

export const writeInvocationLogRequest = (log: InvocationLog): HttpRequest =>
  writeJsonRequest('POST', path`/api-invocation-logs/v1/${log.aefId}/logs`, log);

export const readInvocationLogRequest = (body: Body, parameters: PathParameters): Read<PostedLog> =>
  together({ aefId: readPathParameter(parameters, 'aefId'), log: readLog(body) });

/** 201, with the log as it is kept. */
export const writeInvocationLogResponse = (logId: string, log: InvocationLog): HttpAnswer =>
  writeJsonAnswer(201, log, { location: path`/api-invocation-logs/v1/${log.aefId}/logs/${logId}` });

/** What is kept is written again and again: it is not nested deeper than `description` allows. */
function readLog(body: Body): Read<InvocationLog> {
  const whole = readJson(body, description);
  return whole.outcome === 'read' ? readAs(invocationLog, whole.value) : whole;
}
