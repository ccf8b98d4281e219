/** What an application may hear of an invoker besides the answers: read from the steps of its machines, which it does not touch, or notified. */
import { EventEmitter } from 'node:events';
import type { Report, Send } from '../../../machines/effects.ts';
import type { SecurityMethodResponse } from '../../../machines/messages.ts';
import type { TraceLine } from '../../../machines/steps/trace.ts';
import type { SecurityMethod } from '../../../machines/vocabulary.ts';
import { observer } from '../../observers.ts';

/** A service: one API of an AEF. */
type About = { aefId: string; apiName: string };

export type InvokerEvents = {
  /** The core is asked again about a service that it has been asked about before (6.7). */
  renegotiating: About;
  /** The core has selected another method than the last time. */
  'method-changed': About & { from: SecurityMethod; to: SecurityMethod };
  /** The core or the AEF does not grant the invocations of a service (6.5.2, 6.8). */
  refused: About & { because: string };
  /**
   * The core has notified the application that it has revoked the authorization for these service APIs (TS 29.222 8.5.4.2). Whoever
   * knows the destination can say so: the invoker goes on until it is refused.
   */
  revoked: { aefId?: string | undefined; apiIds: readonly string[]; cause: string };
};

/** `off` takes the same listener as `on` did. */
export type Listening = <E extends keyof InvokerEvents>(event: E, listener: (about: InvokerEvents[E]) => void) => void;

/** A listener that throws costs nobody anything, other listeners neither: `onError` hears of it. */
export class InvokerObserver {
  readonly #emitter = new EventEmitter();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  on: Listening = (event, listener) => {
    this.#emitter.on(event, listener);
  };

  off: Listening = (event, listener) => {
    this.#emitter.off(event, listener);
  };

  /** Takes the steps of the machine of one service, one after the other. */
  of({ aefId, apiName }: About): (line: TraceLine) => void {
    const about = { aefId, apiName };
    let selected: SecurityMethod | undefined;
    return ({ event, effects }) => {
      if (event.type === 'SecurityMethodResponse') {
        const from = selected;
        selected = (event as SecurityMethodResponse).selected;
        const to = selected;
        if (from !== undefined && from !== to) this.#emit('method-changed', { ...about, from, to });
      }
      for (const effect of effects as (Send | Report)[]) {
        if (effect.type === 'send' && effect.message.type === 'SecurityMethodUpdateRequest') {
          this.#emit('renegotiating', about);
        }
        if (effect.type === 'report' && effect.outcome === 'refused') {
          this.#emit('refused', { ...about, because: effect.because });
        }
      }
    };
  }

  revoked(about: InvokerEvents['revoked']): void {
    this.#emit('revoked', about);
  }

  /** After the step, so that a listener may call the invoker. */
  #emit<E extends keyof InvokerEvents>(name: E, about: InvokerEvents[E]): void {
    queueMicrotask(() => {
      for (const listener of this.#emitter.listeners(name))
        observer(listener as (about: InvokerEvents[E]) => void, this.#onError)(about);
    });
  }
}
