/** Who is at the ends of a recorded message: the parties that a machine's name tells, and the reference points between roles. */

import { type MachineId, roleOf } from '../../machines/roles.ts';
import type { TransportFacts } from '../../machines/steps/trace.ts';
import type { Role, SecurityMethod } from '../../machines/vocabulary.ts';
import { keyOf, type Step } from './trace-replay.ts';

/** Both ends of each reference point. */
export const ends: Readonly<Record<string, readonly [Role, Role]>> = {
  'CAPIF-1e': ['apiInvoker', 'capifCoreFunction'],
  'CAPIF-2e': ['apiInvoker', 'apiExposingFunction'],
  'CAPIF-3': ['capifCoreFunction', 'apiExposingFunction'],
  'CAPIF-4': ['capifCoreFunction', 'apiPublishingFunction'],
};

/** The API invoker ID and the AEF that a machine is about, as far as its name, or what the transport saw, tells. */
export type Parties = { invoker?: string | undefined; aef?: string | undefined };

type Named = Pick<Step, 'machine' | 'instance' | 'event' | 'facts'>;
export function partiesOf({ machine, instance, event, facts }: Named): Parties {
  const names = instance.split('/');
  switch (machine) {
    case 'apiInvokerEnrolment':
      return { invoker: facts && isOfInvoker(facts.from) ? facts.from : undefined };
    case 'invokerProfile':
      return { invoker: instance };
    case 'apiInvoker':
    case 'capifCoreFunction':
    case 'invokerAdmission':
      return { invoker: names[0], aef: names[1] };
    case 'apiExposingFunction':
      return { aef: names[0], invoker: event.type === 'ServiceApiInvocation' ? facts?.from : undefined };
    case 'publishedService':
    case 'apiPublishingFunction':
      return { aef: names[0] };
  }
}

/** Before it is onboarded, it has no ID. */
const isOfInvoker = (from: string) => from !== 'invoker' && from !== 'unknown';

const agree = (one: string | undefined, other: string | undefined) =>
  one === undefined || other === undefined || one === other;
/** What one of them sends may be for the other. */
export const mayMeet = (one: Parties, other: Parties): boolean =>
  agree(one.invoker, other.invoker) && agree(one.aef, other.aef);

/** The service of an AEF as its machines are named: one admission has the name of its invoker before it. */
export const serviceOf = ({ machine, instance }: Pick<Step, 'machine' | 'instance'>): string =>
  machine === 'invokerAdmission' ? instance.slice(instance.indexOf('/') + 1) : instance;

export type Message = { type: string; credential?: number; method?: SecurityMethod };
/** A message that has been sent. `invocation`: the one that it answers, by the number that its sender has for its credential. */
export type Sent = {
  by: Step;
  parties: Parties;
  message: Message;
  invocation?: { credential: number } | undefined;
  /** What the transport of its sender saw of the request that it answers. */
  over: TransportFacts | undefined;
  left: number;
  receivers: string[];
};

/** Of whom there is a record. */
export class Recorded {
  readonly #roles = new Set<Role>();
  readonly #names = new Map<Role, Set<string>>();
  readonly #machines = new Set<string>();
  /** By APF, the services that it publishes. */
  readonly #published = new Map<string, Set<string>>();
  readonly #lacking = new Set<string>();
  readonly #hasUnnamedInvoker: boolean;

  constructor(steps: readonly Step[]) {
    const named = new Set<string>();
    const enrolments = new Set<string>();
    for (const step of steps) {
      if (step.machine === 'publishedService' && step.facts) {
        const { from } = step.facts;
        this.#published.set(from, (this.#published.get(from) ?? new Set()).add(step.instance));
      }
      const role = roleOf[step.machine];
      const { invoker, aef } = partiesOf(step);
      this.#roles.add(role);
      this.#machines.add(step.machine).add(`${step.machine} ${step.trace}`);
      const name = role === 'apiInvoker' ? invoker : aef;
      if (name !== undefined) this.#names.set(role, (this.#names.get(role) ?? new Set()).add(name));
      if (step.machine !== 'apiInvokerEnrolment') continue;
      if (invoker !== undefined) named.add(`${step.trace} ${keyOf(step)}`);
      else if (step.effects.some(({ type }) => type === 'send')) enrolments.add(`${step.trace} ${keyOf(step)}`);
    }
    this.#hasUnnamedInvoker = [...enrolments].some((one) => !named.has(one));
  }

  hasRole = (role: Role): boolean => this.#roles.has(role);

  /** Whether what this party does would be in the traces. */
  has(role: Role, { invoker, aef }: Parties): boolean {
    if (!this.#roles.has(role) || role === 'capifCoreFunction') return this.#roles.has(role);
    const names = this.#names.get(role) ?? new Set();
    const name = role === 'apiInvoker' ? invoker : aef;
    if (name === undefined || names.has(name) || (role === 'apiInvoker' && this.#hasUnnamedInvoker)) return true;
    this.#lacking.add(`${role} ${name}`);
    return false;
  }

  /** Parties that others have received something from, of whose role there is a record, and of themselves none. */
  get lacking(): string[] {
    return [...this.#lacking];
  }

  /** Whether this APF publishes several services, which may be together in one request. */
  publishesSeveral = (apf: string | undefined): boolean => (this.#published.get(apf ?? '')?.size ?? 0) > 1;

  hasAny = (machine: MachineId): boolean => this.#machines.has(machine);

  /** Whether such machines are recorded in this trace. */
  hasMachine = (machine: MachineId, trace: number): boolean => this.#machines.has(`${machine} ${trace}`);
}
