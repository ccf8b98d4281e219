/** Transitions of the model that the runtime cannot do over TLS, or that look different there. */

export const impossible = {
  forgeryWithoutKey: 'without the key, no answer can be forged on a TLS-PSK connection',
  forgeryAfterAnswer: 'no answer can be forged on a connection on which the AEF has already answered',
  refusalAfterAnswer: 'on a connection with an earlier answer, a cut invocation cannot look like a refused handshake',
  noRefusalBeforeAnswer: 'on a connection without an answer, a cut invocation looks like a refused handshake',
  restartBeforeAnswer:
    'if an AEF restarts before the first answer on a connection, the invocation looks like a refused handshake',
  secondInvocation: 'a second invocation while one is under way opens another connection, which the model does not',
  afterTheEnd: 'an offboarded invoker of the runtime takes no invocation any more',
  noRight: 'the operator of the runtime cannot revoke an invoker that is offboarded',
  nothingToEnd: 'where an offboarded invoker has negotiated nothing, the core has no machine that ends',
  lateRequest: 'a request that its sender has given up is on a connection, which ends with the core',
  oneProcess: 'the AEF and its publisher are one process: its publications fail at once, in the order of their sending',
  keyIsGone: 'the connection has ended with the AEF, which does not know the key of a new one by TLS-PSK any more',
  otherForgery: 'the impostor forges only the mismatch, and no other answer of the AEF',
} as const;

/** Rules without an injection, and why. */
export const impossibleRules: { readonly [rule: string]: string } = {
  'publish another service': 'the AEF that plays has one service',
};

export const impossibleOverTls: readonly string[] = [
  ...new Set([...Object.values(impossible), ...Object.values(impossibleRules)]),
];
