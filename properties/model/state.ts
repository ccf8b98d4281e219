/**
 * The whole system as one value: where each machine stands, what is on its way between them, and what the
 * environment may still do. Each part is a slot of its own, so that a rule can say which of them it needs.
 */
import type { AnyStateMachine } from 'xstate';
import type { Message, ServiceApiInvocation } from '../../machines/messages.ts';
import type { MachineId } from '../../machines/roles.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { type MachineState, type MachineTable, machineTable } from './machine-table.ts';
import type { Configuration, Setting, Times } from './setting.ts';

/** The machines of a world of one invoker, one core, one AEF and its publisher. */
export type Part = Exclude<MachineId, 'apiInvokerEnrolment' | 'invokerProfile'>;
export const parts = [
  'apiInvoker',
  'capifCoreFunction',
  'publishedService',
  'apiExposingFunction',
  'invokerAdmission',
  'apiPublishingFunction',
] as const satisfies readonly Part[];

/** What the invoker is waiting for beside its invocations: it does one thing at a time. */
export type Control =
  | { at: 'nothing' }
  | { at: 'openingCore' }
  | { at: 'openingAef'; method: SecurityMethod; credential: number }
  | { at: 'asking'; to: 'capifCoreFunction' | 'apiExposingFunction'; message: Message }
  /** The AEF has the request, and waits for the core itself. */
  | { at: 'heldByAef' }
  | { at: 'answered'; message: Message };

export type Invocation = { at: 'asking'; message: ServiceApiInvocation } | { at: 'answered'; message: Message };
export type Fetch = { at: 'nothing' } | { at: 'asking' } | { at: 'answered'; message: Message };
export type Revocation = { at: 'nothing' } | { at: 'asking' } | { at: 'answered' };
/** The invoker is still to hear that it is offboarded. */
export type Offboarding = { at: 'nothing' } | { at: 'answered' };
/** `awaited`: somebody still waits for its answer. */
export type Publication =
  | {
      at: 'asking';
      message: Extract<Message, { type: 'ServiceApiPublishRequest' | 'ServiceApiUpdateRequest' }>;
      awaited: boolean;
    }
  | { at: 'answered'; revision: number };
/** More than this are not under way at once: two are enough for one to overtake the other. */
export const publicationsMax = 2;

/** What the environment may still do; those it may always do are not counted. */
export type Budget = {
  changes: number;
  cuts: number;
  repetitions: number;
  forgeries: number;
  expiries: number;
  restarts: number;
  revocations: number;
  offboardings: number;
};

export type State = {
  apiInvoker: MachineState;
  capifCoreFunction: MachineState;
  publishedService: MachineState;
  apiExposingFunction: MachineState;
  invokerAdmission: MachineState;
  apiPublishingFunction: MachineState;
  control: Control;
  /** A request to the core that may still arrive, although nobody waits for its answer. */
  late: { request: Message | 'none' };
  invocations: readonly Invocation[];
  fetch: Fetch;
  revocation: Revocation;
  offboarding: Offboarding;
  publications: readonly Publication[];
  /** The AEFPSK that the AEF holds, by the credential it belongs to. */
  aefPsk: { keyCredential: number };
  budget: Budget;
  /** The credential under which the invoker was last told of a mismatch: what S5 asks about. */
  told: { refusedCredential: number };
};
export type Variable = keyof State;
export const variables: readonly Variable[] = [
  ...parts,
  'control',
  'late',
  'invocations',
  'fetch',
  'revocation',
  'offboarding',
  'publications',
  'aefPsk',
  'budget',
  'told',
];

export type MachineTables = Record<Part, MachineTable>;
/** Mutants stand in for machines of the same id. */
export type Replacements = Partial<Record<Part, AnyStateMachine>>;

export function machineTablesOf(
  { supported, amendments, attemptsMax, first }: Configuration,
  replaced: Replacements = {},
): MachineTables {
  const make = (id: Part, input: object) => machineTable(id, input, replaced[id]);
  return {
    apiInvoker: make('apiInvoker', { supported, amendments, attemptsMax }),
    capifCoreFunction: make('capifCoreFunction', { amendments, offered: [] }),
    publishedService: make('publishedService', { amendments }),
    apiExposingFunction: make('apiExposingFunction', { amendments, methods: first }),
    invokerAdmission: make('invokerAdmission', { amendments }),
    apiPublishingFunction: make('apiPublishingFunction', { amendments }),
  };
}

const counted = (times: Times) => (times === 'always' ? 0 : times);

/** Before anything has been announced. What the machines ask for at once (an announcement) is performed by `begin`. */
export function stateBeforeAnnouncement(world: Setting, machines: MachineTables): State {
  return {
    ...(Object.fromEntries(parts.map((part) => [part, machines[part].first.state])) as Record<Part, MachineState>),
    control: { at: 'nothing' },
    late: { request: 'none' },
    invocations: [],
    fetch: { at: 'nothing' },
    revocation: { at: 'nothing' },
    offboarding: { at: 'nothing' },
    publications: [],
    aefPsk: { keyCredential: 0 },
    budget: {
      changes: counted(world.changes),
      cuts: counted(world.cuts),
      repetitions: counted(world.repetitions),
      forgeries: counted(world.forgeries),
      expiries: counted(world.expiries),
      restarts: counted(world.restarts),
      revocations: counted(world.revocations),
      offboardings: counted(world.offboardings),
    },
    told: { refusedCredential: 0 },
  };
}
