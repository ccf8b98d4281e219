/** What is under way between the real roles, by its connection through a middle box. */
import type { Effect } from '../../machines/effects.ts';
import type { Control } from '../model/state.ts';
import type { Comparison } from './comparison.ts';
import type { Passage } from './middle-box.ts';
import type { RolesUnderTest } from './roles-under-test.ts';

export type InvocationUnderWay = { credential: number; at: 'asking' | 'answered'; passage: Passage };

/** Everything that is under way, by its connection. */
type Wire = {
  core?: Passage;
  /** A request to the core that its sender has given up, or that is repeated. */
  late?: Pick<Passage, 'deliverRequest' | 'cut'>;
  initiation?: Passage;
  aef?: Passage;
  invocations: InvocationUnderWay[];
  fetch?: Passage;
  /** That fetch goes over the connection of an earlier one. */
  fetchIsOnKept?: boolean;
  /** The connection of the last fetch, which is kept for the next. */
  idle?: Passage;
  revocation?: Passage;
};

export type Session = { roles: RolesUnderTest; wire: Wire; comparison: Comparison; isOffboarded: boolean };

/** An effect that opens a connection or sends soon reaches a middle box; this notes the connection. */
export async function follow({ roles: { boxes }, wire, comparison }: Session, part: string, effect: Effect) {
  const next = (box: keyof typeof boxes, what: string): Promise<Passage> =>
    comparison.soon(`the runtime opens no connection ${what}`, boxes[box].next());
  if (effect.type === 'openTls') {
    if (effect.to === 'capifCoreFunction') wire.core = await next('invokerToCore', 'on CAPIF-1e');
    else wire.aef = await next('invokerToAef', 'on CAPIF-2e');
  }
  if (effect.type !== 'send') return;
  const { message } = effect;
  if (message.type === 'AuthenticationInitiationRequest' && part === 'apiInvoker') {
    wire.initiation = await next('invokerToAef', 'to initiate authentication');
    wire.initiation.greet();
  }
  if (message.type === 'ServiceApiInvocation') {
    wire.invocations.push({ credential: message.credential, at: 'asking', passage: present(wire.aef) });
  }
  if (message.type === 'SecurityInformationRequest') {
    const { idle } = wire;
    delete wire.idle;
    wire.fetchIsOnKept = idle !== undefined;
    wire.fetch = idle ?? (await next('aefToCore', 'to ask for security information'));
    if (!idle) wire.fetch.greet();
  }
  if (message.type === 'RevokeAuthorizationRequest') {
    wire.revocation = await next('coreToAef', 'to revoke an authorization');
    wire.revocation.greet();
  }
}

export function passageOf(wire: Wire, control: Control): Passage {
  switch (control.at) {
    case 'openingCore':
      return present(wire.core);
    case 'asking':
      return present(control.to === 'capifCoreFunction' ? wire.core : wire.initiation);
    case 'answered':
      return present(control.message.type.startsWith('AuthenticationInitiation') ? wire.initiation : wire.core);
    case 'heldByAef':
      return present(wire.initiation);
    default:
      throw new Error(`the invoker waits for nothing: ${control.at}`);
  }
}

export function invocation(
  { invocations }: Wire,
  credential: number,
  at: InvocationUnderWay['at'],
): InvocationUnderWay {
  const found = invocations.find((one) => one.credential === credential && one.at === at);
  if (!found) throw new Error(`no invocation under credential ${credential} is ${at}`);
  return found;
}

export function takeInvocation(wire: Wire, credential: number, at: InvocationUnderWay['at']): InvocationUnderWay {
  const found = invocation(wire, credential, at);
  wire.invocations = wire.invocations.filter((one) => one !== found);
  return found;
}

export function present<P>(passage: P | undefined): P {
  if (!passage) throw new Error('what is under way in the model has no connection in the runtime');
  return passage;
}
