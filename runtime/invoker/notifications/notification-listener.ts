/** Where an invoker takes what the core notifies it of (TS 29.222 5.4.2.4, 7.6): a listener for a server of the application. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { owned } from '../../owned.ts';
import { readBody } from '../../transport/request-body.ts';
import { type NotificationOfInvoker, readNotificationOfInvoker } from '../../wire/events/notifications.ts';
import { type HttpAnswer, writeNoContent } from '../../wire/http-message.ts';
import { malformedAnswer, problemAnswer } from '../../wire/problem-details.ts';

/** A notification may carry the descriptions of service APIs. */
const limitBytes = 256 * 1024;

type Hear = (notification: NotificationOfInvoker) => void;

/** It answers for itself, whoever has sent it what. */
export const notificationListener =
  (hear: Hear, onError: (error: unknown) => void): RequestListener =>
  (request, response) => {
    const answering = answerTo(request, hear).then((answer) => {
      if (!answer) return response.destroy();
      const { status, headers, body } = answer;
      return response
        .writeHead(status, { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) })
        .end(body);
    });
    owned(answering, onError, () => response.destroy());
  };

/** None to a request whose body cannot be read, or has been read by somebody else. */
async function answerTo(request: IncomingMessage, hear: Hear): Promise<HttpAnswer | undefined> {
  if (request.method !== 'POST') {
    request.resume();
    return problemAnswer('NOT_ALLOWED', undefined, { allow: 'POST' });
  }
  const body = await readBody(request, limitBytes);
  if ('aborted' in body) return undefined;
  if ('tooLarge' in body)
    return problemAnswer('TOO_LARGE', `the body may have at most ${limitBytes} bytes`, { connection: 'close' });
  const notification = readNotificationOfInvoker(body.body);
  if (notification.outcome === 'malformed') return malformedAnswer(notification);
  hear(notification.value);
  return writeNoContent();
}
