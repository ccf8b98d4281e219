/** The core's security contexts: a `capifCoreFunction` machine for each invoker and exposing function, and its AEFPSK. */
import type { TLSSocket } from 'node:tls';
import { capifCoreFunction } from '../../machines/capif-core-function.ts';
import type { InvokerOffboarded, MethodsPublished } from '../../machines/effects.ts';
import type { Message } from '../../machines/messages.ts';
import type { TransportFacts } from '../../machines/trace.ts';
import type { Amendment } from '../../machines/vocabulary.ts';
import { type Clock, type Pause, pauseTimer } from '../clock.ts';
import { AefPskUnavailable, deriveAefPsk, serviceApiInterface } from '../credentials/aef-psk.ts';
import { noPerformers, type Participant, participant, type Record } from '../participant.ts';
import type { Registry } from './registry.ts';

/** Where a request came from, and where its answer goes. */
type Exchange = { socket: TLSSocket; answer(message: Message): void; fail(error: AefPskUnavailable): void };
type Machine = Participant<typeof capifCoreFunction, Exchange>;
type Request = Parameters<Machine['tell']>[0];

export type SecurityContext = {
  /** What the machine answers to a request, or why no AEFPSK could be derived. */
  ask(request: Request, socket: TLSSocket, facts: TransportFacts): Message | AefPskUnavailable | undefined;
  tell: Machine['tell'];
  snapshot: Machine['snapshot'];
  /** The key of the latest negotiation, if it selected TLS-PSK. */
  aefPsk(): Buffer | undefined;
};

export type ContextsOptions = {
  amendments: readonly Amendment[];
  record: Record;
  clock: Clock;
  pause: Pause;
  registry: Pick<Registry, 'interfaceOf' | 'methodsOf'>;
  /** Carries a RevokeAuthorizationRequest to the AEF; true once it is acknowledged. */
  revokeAt(aefId: string, apiInvokerId: string): Promise<TransportFacts | undefined>;
};

export function createContexts({ amendments, record, clock, pause, registry, revokeAt }: ContextsOptions) {
  const contexts = new Map<string, SecurityContext & { apiInvokerId: string; aefId: string; stop(): void }>();
  let closed = false;

  function open(apiInvokerId: string, aefId: string) {
    let key: Buffer | undefined;
    let unanswered = 0;
    const timer = pauseTimer(clock, pause, () => machine.tell({ type: 'timer.expired', timer: 'pause' }));

    async function revoke(): Promise<void> {
      const facts = await revokeAt(aefId, apiInvokerId);
      if (closed) return;
      if (facts) machine.tell({ type: 'RevokeAuthorizationResponse' }, { facts });
      else machine.tell({ type: 'exchange.failed' });
    }

    const machine: Machine = participant<typeof capifCoreFunction, Exchange>(
      `${apiInvokerId}/${aefId}`,
      {
        ...noPerformers,
        send: (effect, exchange) => {
          if (effect.message.type === 'RevokeAuthorizationRequest') void revoke();
          else exchange?.answer(effect.message);
        },
        deriveAefPsk: (_, exchange) => {
          key = undefined;
          const published = registry.interfaceOf(aefId);
          if (!exchange || !published) return;
          try {
            key = deriveAefPsk(exchange.socket, serviceApiInterface(published)).key;
          } catch (error) {
            if (!(error instanceof AefPskUnavailable)) throw error;
            exchange.fail(error);
          }
        },
        forgetCredential: () => {
          key = undefined;
        },
        // A revocation is repeated until it is acknowledged; the machine does not count, and the pause grows all the same.
        startTimer: () => timer.start(unanswered++),
        stopTimer: timer.stop,
      },
      record,
      capifCoreFunction,
      { amendments, offered: registry.methodsOf(aefId) },
    );

    const context = {
      apiInvokerId,
      aefId,
      ask(request: Request, socket: TLSSocket, facts: TransportFacts) {
        let answered: Message | undefined;
        let failed: AefPskUnavailable | undefined;
        const exchange: Exchange = {
          socket,
          answer: (message) => {
            answered = message;
          },
          fail: (error) => {
            failed = error;
          },
        };
        machine.tell(request, { exchange, facts });
        return failed ?? answered;
      },
      tell: machine.tell,
      snapshot: machine.snapshot,
      aefPsk: () => key,
      stop: timer.stop,
    };
    contexts.set(`${apiInvokerId}/${aefId}`, context);
    return context;
  }

  return {
    /** The context of an onboarded invoker about a published AEF; it comes to be when it is first asked for. */
    of: (apiInvokerId: string, aefId: string): SecurityContext =>
      contexts.get(`${apiInvokerId}/${aefId}`) ?? open(apiInvokerId, aefId),
    /** Only if there is one already. */
    find: (apiInvokerId: string, aefId: string): SecurityContext | undefined =>
      contexts.get(`${apiInvokerId}/${aefId}`),
    ofInvoker: (apiInvokerId: string) =>
      [...contexts.values()].filter((context) => context.apiInvokerId === apiInvokerId),
    tellAbout(aefId: string, event: MethodsPublished): void {
      for (const context of contexts.values()) if (context.aefId === aefId) context.tell(event);
    },
    tellOf(apiInvokerId: string, event: InvokerOffboarded): void {
      for (const context of contexts.values()) if (context.apiInvokerId === apiInvokerId) context.tell(event);
    },
    close(): void {
      closed = true;
      for (const { stop } of contexts.values()) stop();
    },
  };
}

export type Contexts = ReturnType<typeof createContexts>;
