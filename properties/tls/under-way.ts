/** What is under way between the real roles, by its connection through a middle box. */
import type { Effect } from '../../machines/effects.ts';
import type { Control, State } from '../model/state.ts';
import type { Comparison } from './comparison.ts';
import type { RoleName } from './hosts/starters.ts';
import type { Passage } from './passage.ts';
import type { RolesUnderTest } from './roles-under-test.ts';

export type InvocationUnderWay = { credential: number; at: 'asking' | 'answered'; passage: Passage };

/** `awaited`: its publisher waits for the answer; otherwise it is late, or a copy. */
export type PublicationUnderWay = { revision: number; at: 'asking' | 'answered'; awaited: boolean; passage: Passage };

type LateRequest = Pick<Passage, 'deliverRequest' | 'answered' | 'cut'>;

/** Everything that is under way, by its connection. */
type Wire = {
  core?: Passage;
  /** A request to the core that its sender has given up, or that is repeated. */
  late?: LateRequest;
  initiation?: Passage;
  aef?: Passage;
  publications: PublicationUnderWay[];
  /** A late request that has been delivered, until it is answered. */
  overdue?: LateRequest;
  invocations: InvocationUnderWay[];
  fetch?: Passage;
  /** That fetch goes over the connection of an earlier one. */
  fetchIsOnKept?: boolean;
  /** The connection of the last fetch, which is kept for the next. */
  idle?: Passage;
  revocation?: Passage;
};

export type Session = {
  roles: RolesUnderTest;
  wire: Wire;
  comparison: Comparison;
  /** The roles that have processes of their own. */
  killed: ReadonlyMap<RoleName, unknown>;
  /** Where the machines of the model begin. */
  first: State;
  isOffboarded: boolean;
};

/** Resolves once each answer that is under way in the model has left whoever gives it, who may be killed from then on. */
export async function answersAreThere({ wire, comparison }: Session, { control, revocation }: State): Promise<void> {
  const given: Promise<void>[] = [];
  if (control.at === 'answered') given.push(passageOf(wire, control).answered());
  if (revocation.at === 'answered') given.push(present(wire.revocation).answered());
  for (const { at, passage } of wire.publications) if (at === 'answered') given.push(passage.answered());
  if (wire.overdue) given.push(wire.overdue.answered());
  await comparison.soon('an answer of the model does not leave its role', Promise.all(given));
  delete wire.overdue;
}

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
  }
  if (message.type === 'ServiceApiInvocation') {
    if (wire.aef?.serverHasEnded) {
      wire.aef = await next('invokerToAef', 'in the place of one that has ended');
      wire.aef.greet();
    }
    wire.invocations.push({ credential: message.credential, at: 'asking', passage: present(wire.aef) });
  }
  if (message.type === 'SecurityInformationRequest') {
    const { idle } = wire;
    delete wire.idle;
    wire.fetchIsOnKept = idle !== undefined;
    wire.fetch = idle ?? (await next('aefToCore', 'to ask for security information'));
  }
  if (message.type === 'RevokeAuthorizationRequest') {
    wire.revocation = await next('coreToAef', 'to revoke an authorization');
  }
  if (part === 'apiPublishingFunction') {
    const { revision } = message as { revision: number };
    const passage = await next('aefToCore', 'to publish');
    wire.publications.push({ revision, at: 'asking', awaited: true, passage });
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

export function takePublication(
  { publications }: Wire,
  wanted: Pick<PublicationUnderWay, 'revision' | 'at' | 'awaited'>,
): PublicationUnderWay {
  const at = publications.findIndex(
    (one) => one.revision === wanted.revision && one.at === wanted.at && one.awaited === wanted.awaited,
  );
  if (at < 0) throw new Error(`no publication of revision ${wanted.revision} is ${wanted.at}`);
  return publications.splice(at, 1)[0]!;
}

export function present<P>(passage: P | undefined): P {
  if (!passage) throw new Error('what is under way in the model has no connection in the runtime');
  return passage;
}
