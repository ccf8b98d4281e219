/** What may happen in a world and cannot be done to the runtime over TLS, or not so that it looks the same. */

export const impossible = {
  forgeryWithoutKey: 'nobody forges an answer on a TLS-PSK connection without its key',
  forgeryAfterAnswer: 'nobody forges an answer on a connection on which the AEF has answered before',
  refusalAfterAnswer: 'an invocation is not cut as by a refused handshake on a connection that was answered on before',
  noRefusalBeforeAnswer: 'an invocation is cut as by a refused handshake on a connection that nothing was answered on',
  restartBeforeAnswer:
    'an AEF that restarts cuts an invocation as by a refused handshake, if nothing was answered on its connection',
  secondInvocation:
    'a second invocation, while one is under way, opens another connection, which is no move of the model',
} as const;

export const impossibleOverTls: readonly string[] = Object.values(impossible);
