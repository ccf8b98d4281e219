/** The core's security contexts, one for each invoker and exposing function. */
import type { InvokerOffboarded, MethodsPublished } from '../../machines/effects.ts';
import { SecurityContext, type SecurityContextOptions } from './security-context.ts';

type ContextsOptions = Omit<SecurityContextOptions, 'apiInvokerId' | 'aefId'>;

export class Contexts {
  readonly #options: ContextsOptions;
  readonly #contexts = new Map<string, SecurityContext>();

  constructor(options: ContextsOptions) {
    this.#options = options;
  }

  /** The context of an onboarded invoker about a published AEF; made when it is first asked for. */
  of(apiInvokerId: string, aefId: string): SecurityContext {
    const known = this.find(apiInvokerId, aefId);
    if (known) return known;
    const context = new SecurityContext({ ...this.#options, apiInvokerId, aefId });
    this.#contexts.set(`${apiInvokerId}/${aefId}`, context);
    return context;
  }

  /** Only if there is one already. */
  find(apiInvokerId: string, aefId: string): SecurityContext | undefined {
    return this.#contexts.get(`${apiInvokerId}/${aefId}`);
  }

  tellByAef(aefId: string, event: MethodsPublished): void {
    for (const context of this.#contexts.values()) if (context.aefId === aefId) context.tell(event);
  }

  tellByInvoker(apiInvokerId: string, event: InvokerOffboarded): void {
    for (const context of this.#contexts.values()) if (context.apiInvokerId === apiInvokerId) context.tell(event);
  }

  giveUpOn(aefId: string): void {
    for (const context of this.#contexts.values())
      if (context.aefId === aefId) context.tell({ type: 'exposingFunction.gone' });
  }

  close(): void {
    for (const context of this.#contexts.values()) context.close();
  }
}
