/** Whether a request may be sent twice (RFC 9110 9.2.2). */
const idempotentMethods = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);
export const isIdempotent = ({ method }: { method: string }): boolean => idempotentMethods.has(method);
