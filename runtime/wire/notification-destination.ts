/** The URI at which an API invoker wants to be notified (TS 29.222 7.6); not checked to be its own. */
import { z } from 'zod';

export const notificationDestination = z.string().max(2048).refine(isHttpUri, 'must be an absolute http or https URI');

function isHttpUri(text: string): boolean {
  return /^https?:\/\/\S+$/.test(text) && URL.canParse(text);
}
