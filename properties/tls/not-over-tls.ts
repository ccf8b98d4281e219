/** Transitions of the model that the runtime cannot do over TLS, or that look different there. */

export const impossible = {
  forgeryWithoutKey: 'without the key, no answer can be forged on a TLS-PSK connection',
  forgeryAfterAnswer: 'no answer can be forged on a connection on which the AEF has already answered',
  refusalAfterAnswer: 'on a connection with an earlier answer, a cut invocation cannot look like a refused handshake',
  noRefusalBeforeAnswer: 'on a connection without an answer, a cut invocation looks like a refused handshake',
  restartBeforeAnswer:
    'if an AEF restarts before the first answer on a connection, the invocation looks like a refused handshake',
  secondInvocation: 'a second invocation while one is under way opens another connection, which the model does not',
  otherForgery: 'the impostor forges only the mismatch, and no other answer of the AEF',
} as const;

const repetition = 'TLS refuses repeated records, and no role of the runtime repeats a request';
const offboarding = 'an invoker is offboarded by its enrolment, which is not part of these runs';

/** Rules without an injection, and why. */
export const impossibleRules: { readonly [rule: string]: string } = {
  'repeat a request to the core': repetition,
  'repeat a publication': repetition,
  offboard: offboarding,
  'answer an offboarding': offboarding,
  'publish another service': 'an AEF of the runtime exposes one service',
  'restart the core or its publisher': 'core and publisher cannot restart, because the runtime has no storage',
};

export const impossibleOverTls: readonly string[] = [
  ...new Set([...Object.values(impossible), ...Object.values(impossibleRules)]),
];
