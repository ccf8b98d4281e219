/** One recorded step: enough to read it, to replay it and to check it. A trace has one per line (NDJSON). */
export type TraceLine = {
  /** The id of the machine. */
  role: string;
  /** Which instance of it: the invoker, the AEF, or `invoker/AEF`. */
  instance: string;
  /**
   * `{ type: 'begin', input }` on the first line of an instance, and `{ type: 'resumed', standing }` on its first line after a
   * restart of the role, with the state that the role had kept.
   */
  event: { type: string };
  state: unknown;
  effects: readonly unknown[];
  /** No transition of the state names this event: it changed nothing. */
  unexpected?: true;
  /** What the transport saw (TLS version, suite, peer, status). The model does not look at it. */
  facts?: TransportFacts;
};

export type TransportFacts = {
  referencePoint: string;
  from: string;
  to: string;
  request?: string;
  status?: number;
  tls?: string;
  suite?: string;
  /** What `from` proved itself with: a certificate's subject, a PSK identity, or nothing. */
  proof?: string;
  /** What the other side proved itself with. */
  peer?: string;
  note?: string;
};
