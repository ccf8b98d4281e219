/**
 * Every message of recorded traces is received as often as it was sent: by its peer, and after it was sent. A message on a reference
 * point may be lost, so that what is left in the end is not wrong.
 */
import { isDeepStrictEqual } from 'node:util';
import { type MachineId, roleOf } from '../../machines/roles.ts';
import type { Role } from '../../machines/vocabulary.ts';
import type { Credentials } from './trace-credentials.ts';
import { seenOtherwise } from './trace-facts.ts';
import { type Message, mayMeet, type Parties, partiesOf, type Recorded, type Sent } from './trace-parties.ts';
import { keyOf, type Step } from './trace-replay.ts';

/** What was received, and what it was sent as: undefined where its sender has no record, or its peer answered by itself. */
export type Receipt = { sent: Sent | undefined } | { because: string; isMissing?: true };

/** Also received where no method was withdrawn: whoever has subscribed is notified of every update (TS 29.222 5.4.2.4). */
const toSubscribers = 'ServiceApiUpdateNotification';

/** Asked of every security context of the invoker at this AEF, or told to each service of it: one request for several machines. */
const toSeveral: readonly string[] = ['SecurityInformationRequest', 'AccessTokenRequest', 'RevokeAuthorizationRequest'];

export class Messages {
  readonly #recorded: Recorded;
  readonly #credentials: Credentials;
  readonly #sent = new Map<string, Sent[]>();
  /** Invocations of an invoker that go out with its next `ServiceApiInvocation`: one effect may send several. */
  readonly #waiting = new Map<string, { count: number; hasFailed: boolean }>();
  /** Instances of a machine that have had a step. */
  readonly #begun = new Map<MachineId, Map<string, Parties>>();

  constructor(recorded: Recorded, credentials: Credentials) {
    this.#recorded = recorded;
    this.#credentials = credentials;
  }

  /** Finds what the step has received, among what was sent; changes nothing. */
  receiptOf(step: Step): Receipt {
    const { event, machine, facts } = step;
    if (!isMessage(event) || event.type === toSubscribers) return { sent: undefined };
    const parties = partiesOf(step);
    const sender = senderOf(event.type, machine);
    if (!this.#recorded.has(sender, parties)) return { sent: undefined };
    const alike = this.#alike(step, parties);
    const sent = alike.find((one) => one.left > 0 && this.#isNew(one, step));
    if (sent) {
      const otherwise = sent.over && seenOtherwise(facts, sent.over);
      return otherwise ? { because: `received ${event.type}: ${otherwise}` } : { sent };
    }
    if (this.#isAnsweredWithoutMachine(step, parties)) return { sent: undefined };
    // The request of one service carries the others of its resource along.
    const isCarried = machine === 'publishedService' && this.#recorded.publishesSeveral(facts?.from);
    if (isCarried && alike.length > 0) return { sent: undefined };
    const how = alike.length > 0 ? 'again, which had been sent once and received before' : 'which no role had sent';
    return { because: `received ${event.type}${alike.length > 0 ? ' ' : ', '}${how}`, isMissing: true };
  }

  take(step: Step, receipt: { sent: Sent | undefined }): void {
    const { sent } = receipt;
    if (sent) {
      sent.receivers.push(keyOf(step));
      if (!toSeveral.includes(sent.message.type)) sent.left -= 1;
    }
    const begun = this.#begun.get(step.machine) ?? new Map<string, Parties>();
    this.#begun.set(step.machine, begun.set(keyOf(step), partiesOf({ ...step, facts: undefined })));
    this.#countInvocations(step);
  }

  /** What the step sends; `invocation` and `over` as it, or the machine that told it, has received them. */
  send(step: Step, message: Message, to: Role, about: Pick<Sent, 'invocation' | 'over'>): void {
    const left = message.type === 'ServiceApiInvocation' ? this.#outgoing(step) : 1;
    const key = keyOfMessage(message.type, to);
    const all = this.#sent.get(key) ?? [];
    // Of those that were all received, the latest few tell a second receipt from one of what was never sent.
    const open = all.length > 200 ? all.filter((one, n) => one.left > 0 || n > all.length - 50) : all;
    this.#sent.set(key, open);
    open.push({ ...about, by: step, parties: partiesOf(step), message, left, receivers: [] });
  }

  /** Sent to this machine, with this content, whether it has been received or not. */
  #alike(step: Step, parties: Parties): Sent[] {
    const { event, machine } = step;
    const all = this.#sent.get(keyOfMessage(event.type, roleOf[machine])) ?? [];
    return all.filter(
      (one) =>
        !one.by.isUndone &&
        mayMeet(one.parties, parties) &&
        isDeepStrictEqual(contentOf(one.message), contentOf(event)) &&
        this.#credentials.agree(one, step),
    );
  }

  /** Of a request that several machines receive, each receives its own; an AEF with several services at several interfaces. */
  #isNew({ message, receivers, parties }: Sent, step: Step): boolean {
    if (!toSeveral.includes(message.type)) return true;
    const before = receivers.filter((one) => one === keyOf(step)).length;
    if (message.type !== 'RevokeAuthorizationRequest') return before === 0;
    const services = [...(this.#begun.get('apiExposingFunction')?.values() ?? [])];
    return before < Math.max(1, services.filter(({ aef }) => aef === parties.aef).length);
  }

  /** A role answers some requests before any machine is asked, or where there is none yet: as the machine would. */
  #isAnsweredWithoutMachine({ event, facts }: Step, { invoker, aef }: Parties): boolean {
    switch (event.type) {
      case 'SecurityInformationNotFound':
      case 'SecurityMethodRefused':
      case 'AccessTokenRefused':
        return ![...(this.#begun.get('capifCoreFunction')?.values() ?? [])].some((one) =>
          mayMeet(one, { invoker, aef }),
        );
      case 'OffboardApiInvokerResponse':
        return facts?.status === 404;
      case 'ServiceApiInvocationResponse':
        return (facts?.status ?? 0) >= 400;
      default:
        return false;
    }
  }

  #countInvocations(step: Step): void {
    if (step.machine !== 'apiInvoker') return;
    const { count, hasFailed } = this.#waiting.get(keyOf(step)) ?? { count: 0, hasFailed: false };
    const isFailure = step.event.type === 'invocation.failed';
    const isWanted = step.event.type === 'serviceApi.wanted' && !hasFailed;
    const putBack = step.effects.filter(({ type }) => type === 'putBack').length;
    this.#waiting.set(keyOf(step), {
      count: count + (isFailure || isWanted ? 1 : 0) + putBack,
      // The invoker says that it is wanted again, if it can be repeated.
      hasFailed: isFailure,
    });
  }

  #outgoing(step: Step): number {
    const { count, hasFailed } = this.#waiting.get(keyOf(step)) ?? { count: 1, hasFailed: false };
    this.#waiting.set(keyOf(step), { count: 0, hasFailed });
    return Math.max(count, 1);
  }
}

/** Events of the environment are written `subject.pastParticiple`, messages of peers in PascalCase. */
const isMessage = ({ type }: { type: string }) => /^[A-Z]/.test(type);

/** A publication of several services is one request: what is the first one of a service may be an update of their resource. */
const keyOfMessage = (type: string, to: Role): string =>
  `${type === 'ServiceApiPublishRequest' ? 'ServiceApiUpdateRequest' : type} ${to}`;

/** Without its type and its credential, which each side may count for itself. */
function contentOf({ type: _, credential: __, ...rest }: { type: string; credential?: number }): object {
  return JSON.parse(JSON.stringify(rest));
}

const toCore: Readonly<Record<string, Role>> = {
  SecurityInformationRequest: 'apiExposingFunction',
  RevokeAuthorizationResponse: 'apiExposingFunction',
  ServiceApiPublishRequest: 'apiPublishingFunction',
  ServiceApiUpdateRequest: 'apiPublishingFunction',
};
const ofCore = /^(Onboard|Offboard|Security|NoCommon|AccessToken|Revoke)/;

/** Which role sends such a message to this machine. */
function senderOf(type: string, machine: MachineId): Role {
  const role = roleOf[machine];
  if (role === 'capifCoreFunction') return toCore[type] ?? 'apiInvoker';
  if (role === 'apiPublishingFunction') return 'capifCoreFunction';
  if (ofCore.test(type)) return 'capifCoreFunction';
  return role === 'apiInvoker' ? 'apiExposingFunction' : 'apiInvoker';
}
