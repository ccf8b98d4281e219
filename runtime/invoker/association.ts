/** One invoker and one exposing function: the `apiInvoker` machine, bound to CAPIF-1e and CAPIF-2e. */
import { apiInvoker } from '../../machines/api-invoker.ts';
import type { ApiInvokerInput } from '../../machines/api-invoker-role.ts';
import type { Send } from '../../machines/effects.ts';
import type { TransportFacts } from '../../machines/trace.ts';
import { type Clock, lifetimeTimer, type Pause, pauseTimer } from '../clock.ts';
import { AefPskUnavailable } from '../credentials/aef-psk.ts';
import { noPerformers, type Participant, participant, type Record } from '../participant.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';
import { causeOf } from '../wire/problem-details.ts';
import { type AefConnection, type AefSideOptions, createAefSide, factsOf, type Obtained } from './aef-side.ts';
import { type CoreSideOptions, createCoreSide, type Heard } from './core-side.ts';
import {
  createWaitingInvocations,
  type Invocation,
  InvocationError,
  type InvocationInit,
  isIdempotent,
} from './waiting-invocations.ts';

export type AssociationOptions = ApiInvokerInput & {
  apiInvokerId: string;
  coreSide: Omit<CoreSideOptions, 'apiInvokerId' | 'clock'>;
  aefSide: Omit<AefSideOptions, 'apiInvokerId' | 'clock'>;
  record: Record;
  clock: Clock;
  pause: Pause;
  credentialLifetimeMs: number | undefined;
};

type Machine = Participant<typeof apiInvoker, never>;

export type Association = ReturnType<typeof createAssociation>;

export function createAssociation(options: AssociationOptions) {
  const { apiInvokerId, supported, amendments, attemptsMax, record, clock, pause } = options;
  const { aefId } = options.aefSide;
  const waiting = createWaitingInvocations();
  const coreSide = createCoreSide({ ...options.coreSide, apiInvokerId, clock });
  const aefSide = createAefSide({ ...options.aefSide, apiInvokerId, clock });
  const obtained = new Map<number, Obtained>();
  let connection: AefConnection | undefined;
  let stopped = false;
  /** What the transport said last, if it was of a failure: the reason behind the machine's reason. */
  let trouble: string | undefined;

  const timer = pauseTimer(clock, pause, () => machine.tell({ type: 'timer.expired', timer: 'pause' }));
  const lifetime = lifetimeTimer(clock, options.credentialLifetimeMs, () =>
    machine.tell({ type: 'credential.expired' }),
  );
  const onCore = { referencePoint: 'CAPIF-1e', from: apiInvokerId, to: 'CCF' };
  const onAef = { referencePoint: 'CAPIF-2e', from: apiInvokerId, to: aefId };

  async function openCore(): Promise<void> {
    const { outcome, current } = await coreSide.open();
    if (!current || stopped) return;
    const facts = factsOf(outcome, onCore);
    if (outcome.outcome === 'established') machine.tell({ type: 'tls.established' }, { facts });
    else machine.tell({ type: 'tls.failed', because: why(outcome) }, { facts });
  }

  async function askCore(asking: Promise<Heard & { current: boolean }>, request: string): Promise<void> {
    const { message, outcome, current, because } = await asking;
    if (!current || stopped) return;
    const seen = factsOf(outcome, { ...onCore, request });
    const facts = because ? { ...seen, note: because } : seen;
    if (message?.type === 'SecurityMethodResponse') {
      obtained.clear();
      obtained.set(message.credential, { method: message.selected });
      lifetime.start();
    }
    machine.tell((message ?? { type: 'exchange.failed' }) as Parameters<Machine['tell']>[0], { facts });
  }

  function deriveAefPsk(credential: number): void {
    try {
      obtained.set(credential, { method: 'PSK', aefPsk: coreSide.aefPsk() });
      machine.tell({ type: 'aefPsk.derived' });
    } catch (error) {
      if (!(error instanceof AefPskUnavailable)) throw error;
      machine.tell({ type: 'aefPsk.failed' }, { facts: { ...onCore, note: error.message } });
    }
  }

  async function initiateAuthentication(): Promise<void> {
    const { outcome, current } = await aefSide.initiateAuthentication();
    if (!current || stopped) return;
    const facts = factsOf(outcome, { ...onAef, request: 'POST check-authentication' });
    if (outcome.outcome !== 'answered') return machine.tell({ type: 'exchange.failed' }, { facts });
    const accepted = outcome.status === 200;
    machine.tell(
      { type: accepted ? 'AuthenticationInitiationResponse' : 'AuthenticationInitiationRefused' },
      { facts },
    );
  }

  async function openAef(credential: number): Promise<void> {
    const what = obtained.get(credential);
    if (!what) throw new Error(`nothing was obtained under credential ${credential}`);
    const token = coreSide.accessToken();
    connection?.retire();
    const opening = aefSide.connect(what.method === 'OAUTH' && token ? { ...what, accessToken: token } : what);
    connection = opening;
    const outcome = await opening.open();
    if (connection !== opening || stopped) return;
    const facts = factsOf(outcome, onAef);
    if (outcome.outcome === 'established') machine.tell({ type: 'tls.established' }, { facts });
    else machine.tell({ type: 'tls.failed', because: why(outcome) }, { facts });
  }

  async function invoke(over: AefConnection, credential: number, invocation: Invocation): Promise<void> {
    const outcome = await over.invoke(invocation);
    if (stopped) return invocation.reject(new InvocationError('closed', 'the invoker was closed'));
    const facts = factsOf(outcome, { ...onAef, request: lineOf(invocation) });
    if (outcome.outcome === 'answered') return answered(outcome, credential, invocation, facts);
    if (invocation.signal?.aborted)
      return invocation.reject(new InvocationError('aborted', 'the invocation was aborted'));

    const repeatable = outcome.outcome !== 'cut' || isIdempotent(invocation);
    if (repeatable) putBack(invocation);
    else {
      const because = `${lineOf(invocation)} got no answer (${outcome.because}) and may have been executed`;
      invocation.reject(new InvocationError('mayHaveBeenExecuted', because));
    }
    const refusedAtTls = outcome.outcome === 'refused' || (outcome.outcome === 'cut' && !over.wasAnswered());
    machine.tell({ type: 'invocation.failed', credential, because: refusedAtTls ? 'handshake' : 'cut' }, { facts });
    if (repeatable) machine.tell({ type: 'serviceApi.wanted' });
  }

  function answered(
    outcome: ExchangeOutcome & { outcome: 'answered' },
    credential: number,
    invocation: Invocation,
    facts: TransportFacts,
  ): void {
    const failure = failures[causeOf(outcome.status, outcome.headers['content-type'], outcome.body) ?? ''];
    if (!failure) {
      invocation.resolve(responseOf(outcome));
      machine.tell({ type: 'ServiceApiInvocationResponse', credential }, { facts });
      return;
    }
    // Refused before it was executed, so it waits for the machine's word like the others.
    putBack(invocation);
    machine.tell({ type: failure, credential }, { facts });
  }

  /** It waits for the machine's next word, if there will be one. */
  function putBack(invocation: Invocation): void {
    if (machine.snapshot().status === 'active') return waiting.putBack(invocation);
    invocation.reject(new InvocationError('offboarded', 'the invoker has been offboarded'));
  }

  function send({ to, message }: Send): void {
    switch (message.type) {
      case 'SecurityMethodRequest':
        return void askCore(coreSide.negotiate(true, message.supported), 'PUT trustedInvokers');
      case 'SecurityMethodUpdateRequest':
        return void askCore(coreSide.negotiate(false, message.supported), 'POST trustedInvokers/update');
      case 'AccessTokenRequest':
        return void askCore(coreSide.requestToken(), 'POST securities/token');
      case 'AuthenticationInitiationRequest':
        return void initiateAuthentication();
      case 'ServiceApiInvocation': {
        if (!connection) throw new Error('an invocation needs a connection');
        for (const invocation of waiting.takeAll()) void invoke(connection, message.credential, invocation);
        return;
      }
      default:
        throw new Error(`an invoker does not send ${message.type} to ${to}`);
    }
  }

  const machine: Machine = participant<typeof apiInvoker>(
    `${apiInvokerId}/${aefId}`,
    {
      ...noPerformers,
      send,
      openTls: (effect) => void (effect.to === 'capifCoreFunction' ? openCore() : openAef(effect.credential)),
      closeTls: ({ to }) => {
        if (to === 'capifCoreFunction') return coreSide.close();
        aefSide.abandonInitiation();
        connection?.retire();
        connection = undefined;
      },
      deriveAefPsk: ({ credential }) => deriveAefPsk(credential),
      startTimer: ({ attempt }) => timer.start(attempt),
      stopTimer: timer.stop,
      report: ({ outcome, because }) => waiting.rejectAll(outcome, trouble ? `${because} (${trouble})` : because),
    },
    (line) => {
      if (line.facts) trouble = line.facts.note;
      record(line);
    },
    apiInvoker,
    { supported, amendments, attemptsMax },
  );

  return {
    /** Answered once the service has been invoked with whatever method is current; rejects with InvocationError. */
    async fetch(path: string, init: InvocationInit = {}): Promise<Response> {
      if (stopped) throw new InvocationError('closed', 'the invoker was closed');
      return waiting.add(path, init, () => machine.tell({ type: 'serviceApi.wanted' }));
    },
    offboard(): void {
      lifetime.stop();
      machine.tell({ type: 'invoker.offboarded' });
      coreSide.close();
      waiting.rejectAll('offboarded', 'the invoker has been offboarded');
    },
    snapshot: machine.snapshot,
    close(): void {
      stopped = true;
      timer.stop();
      lifetime.stop();
      coreSide.close();
      aefSide.close();
      waiting.rejectAll('closed', 'the invoker was closed');
    },
  };
}

const failures: { [cause: string]: 'IncorrectMethodFailure' | 'NotAuthenticatedFailure' | 'NotAuthorizedFailure' } = {
  SECURITY_METHOD_MISMATCH: 'IncorrectMethodFailure',
  NOT_AUTHENTICATED: 'NotAuthenticatedFailure',
  NOT_AUTHORIZED: 'NotAuthorizedFailure',
};

/** Without the query, which may hold what is nobody else's business. */
const lineOf = ({ method, path }: Invocation) => `${method} ${path.split('?')[0]}`;

const why = ({ outcome }: { outcome: string }) => (outcome === 'refused' ? 'handshake' : 'unreachable');

function responseOf({ status, headers, body }: ExchangeOutcome & { outcome: 'answered' }): Response {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [value].flat().map((one) => [name, one]),
  );
  const empty = status === 204 || status === 205 || status === 304;
  return new Response(empty ? null : new Uint8Array(body), { status, headers: kept });
}
