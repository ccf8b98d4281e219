/**
 * The numbers that each side has for a negotiation, matched one to one: the core's travels with the method, AEFPSK and token prove it,
 * and who invokes by certificate has what the AEF has heard last. On CAPIF-2e itself no number is on the wire.
 */
import type { Message, Sent } from './trace-parties.ts';
import { keyOf, type Step } from './trace-replay.ts';

export class Credentials {
  /** Of admissions and security contexts: the number of the latest negotiation, as their machines have it. */
  readonly #latest = new Map<string, number>();
  /** By the machine of an invoker: the number in its token. */
  readonly #tokens = new Map<string, number>();

  /** Whether what one side has sent and the other has received may be of the same negotiation. */
  agree({ message, by, invocation }: Sent, received: Step): boolean {
    const event = received.event as Message;
    switch (event.type) {
      case 'SecurityMethodResponse':
      case 'SecurityInformationResponse':
        return event.credential === message.credential;
      case 'ServiceApiInvocation':
        return event.credential === this.#provenTo(received, message, keyOf(by));
      case 'ServiceApiInvocationResponse':
      case 'IncorrectMethodFailure':
      case 'NotAuthenticatedFailure':
      case 'NotAuthorizedFailure':
        return invocation === undefined || invocation.credential === event.credential;
      default:
        return true;
    }
  }

  /** The number that the AEF takes an invocation for, by what it proves. */
  #provenTo({ event, facts, instance }: Step, { method, credential }: Message, invoker: string): number | undefined {
    switch (method) {
      case 'PSK':
        return credential;
      case 'OAUTH':
        return this.#tokens.get(invoker) ?? credential;
      default:
        if (!facts) return (event as Message).credential;
        return this.#latest.get(`invokerAdmission ${facts.from}/${instance}`) ?? 0;
    }
  }

  take(step: Step, sent: Sent | undefined): void {
    const { machine, context, event } = step;
    const { credential = 0 } = context as { credential?: number };
    if (machine === 'invokerAdmission' || machine === 'capifCoreFunction') this.#latest.set(keyOf(step), credential);
    if (event.type !== 'AccessTokenResponse' || !sent) return;
    this.#tokens.set(keyOf(step), (sent.by.context as { credential: number }).credential);
  }
}
