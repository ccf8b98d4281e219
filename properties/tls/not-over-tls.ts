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
  otherForgery: 'the impostor forges the mismatch alone, and no other answer of the AEF',
} as const;

const repetition = 'nobody repeats what goes over TLS but the one at its end, and no role of the runtime does';
const offboarding = 'an invoker is offboarded by its enrolment, which takes no part in these stories';

/** Rules of which no move can be made. */
export const impossibleRules: { readonly [rule: string]: string } = {
  'repeat a request to the core': repetition,
  'repeat a publication': repetition,
  offboard: offboarding,
  'answer an offboarding': offboarding,
  'restart the core or its publisher':
    'core and publisher keep nothing through a restart, for the runtime has no storage',
};

export const impossibleOverTls: readonly string[] = [
  ...new Set([...Object.values(impossible), ...Object.values(impossibleRules)]),
];
