/**
 * A state of the model: the machine states, the messages under way, and what the environment may still do. Each part is a
 * variable of its own, so that a rule can list those that it reads and writes.
 */
import type { AnyStateMachine } from 'xstate';
import type { Message, ServiceApiInvocation } from '../../machines/messages.ts';
import type { MachineId } from '../../machines/roles.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { type MachineState, type MachineTable, machineTable } from './machine-table.ts';
import type { Configuration, Setting, Times } from './setting.ts';

/** The machines of one invoker, one core, one AEF and its publisher. */
export type Part = Exclude<MachineId, 'apiInvokerEnrolment' | 'invokerProfile'>;
export const parts = [
  'apiInvoker',
  'capifCoreFunction',
  'publishedService',
  'apiExposingFunction',
  'invokerAdmission',
  'apiPublishingFunction',
] as const satisfies readonly Part[];

/** What the invoker waits for beside its invocations: it does one thing at a time. */
export type Control =
  | { at: 'nothing' }
  | { at: 'openingCore' }
  | { at: 'openingAef'; method: SecurityMethod; credential: number }
  | { at: 'asking'; to: 'capifCoreFunction' | 'apiExposingFunction'; message: Message }
  /** The AEF has the request, and waits for the core itself: for an answer, or (`later`) for the one after. */
  | { at: 'heldByAef'; later?: true }
  | { at: 'answered'; message: Message };

export type Invocation = { at: 'asking'; message: ServiceApiInvocation } | { at: 'answered'; message: Message };
export type Fetch = { at: 'nothing' } | { at: 'asking' } | { at: 'answered'; message: Message };
export type Revocation = { at: 'nothing' } | { at: 'asking' } | { at: 'answered' };
/** `answered`: the invoker has not heard yet that it is offboarded. */
export type Offboarding = { at: 'nothing' } | { at: 'answered' };
/** `awaited`: the publisher still waits for its answer. */
export type Publication =
  | {
      at: 'asking';
      message: Extract<Message, { type: 'ServiceApiPublishRequest' | 'ServiceApiUpdateRequest' }>;
      awaited: boolean;
    }
  | { at: 'answered'; revision: number };
/** At most so many are under way at once: two are enough for one to overtake the other. */
export const publicationsMax = 2;

/** What the environment may still do; those it may always do are not counted. */
export type Budget = {
  changes: number;
  otherServices: number;
  withdrawals: number;
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
  /** A request to the core that may still arrive, although its sender has given up. */
  late: { request: Message | 'none' };
  invocations: readonly Invocation[];
  fetch: Fetch;
  revocation: Revocation;
  offboarding: Offboarding;
  publications: readonly Publication[];
  /** How many the core has sent that must arrive in time. */
  notifications: { underWay: number };
  /** The AEFPSK that the AEF holds, by the credential it belongs to. */
  aefPsk: { keyCredential: number };
  budget: Budget;
  /** The credential under which the invoker was last told of a mismatch, for S5. */
  told: { refusedCredential: number };
};
export type Variable = keyof State;
/** In groups that together take fewer bits than apart; but the smaller the groups, the less a rule sees. */
export const variableGroups: readonly (readonly Variable[])[] = [
  ['apiInvoker', 'control', 'told'],
  ['capifCoreFunction', 'publishedService'],
  ['late', 'revocation', 'offboarding', 'notifications', 'budget'],
  ['apiExposingFunction', 'apiPublishingFunction'],
  ['publications'],
  ['invokerAdmission'],
  ['fetch', 'aefPsk'],
  ['invocations'],
];
export const variables: readonly Variable[] = [
  ...parts,
  'control',
  'late',
  'invocations',
  'fetch',
  'revocation',
  'offboarding',
  'publications',
  'notifications',
  'aefPsk',
  'budget',
  'told',
];

export type MachineTables = Record<Part, MachineTable>;
/** How often XState itself was called; everything else was a look-up. */
export const machineCalls = (machines: MachineTables): number =>
  Object.values(machines).reduce((sum, { calls }) => sum + calls(), 0);

/** Mutants replace machines of the same id. */
export type Replacements = Partial<Record<Part, AnyStateMachine>>;

/** The number of the service that the invoker invokes; another one of the same AEF is only published. */
export const modelledService = 1;
export const anotherService = 2;

export function machineTablesOf(
  { supported, amendments, attemptsMax, first }: Configuration,
  replaced: Replacements = {},
): MachineTables {
  const make = (id: Part, input: object) => machineTable(id, input, replaced[id]);
  return {
    apiInvoker: make('apiInvoker', { supported, amendments, attemptsMax }),
    capifCoreFunction: make('capifCoreFunction', { amendments, service: modelledService, offers: [] }),
    publishedService: make('publishedService', { amendments, service: modelledService }),
    apiExposingFunction: make('apiExposingFunction', { amendments, methods: first }),
    invokerAdmission: make('invokerAdmission', { amendments }),
    apiPublishingFunction: make('apiPublishingFunction', { amendments }),
  };
}

const counted = (times: Times) => (times === 'always' ? 0 : times);

/** Before the first announcement, which composition.ts performs. */
export function stateBeforeAnnouncement(setting: Setting, machines: MachineTables): State {
  return {
    ...(Object.fromEntries(parts.map((part) => [part, machines[part].first.state])) as Record<Part, MachineState>),
    control: { at: 'nothing' },
    late: { request: 'none' },
    invocations: [],
    fetch: { at: 'nothing' },
    revocation: { at: 'nothing' },
    offboarding: { at: 'nothing' },
    publications: [],
    notifications: { underWay: 0 },
    aefPsk: { keyCredential: 0 },
    budget: {
      changes: counted(setting.changes),
      otherServices: counted(setting.otherServices),
      withdrawals: counted(setting.withdrawals),
      cuts: counted(setting.cuts),
      repetitions: counted(setting.repetitions),
      forgeries: counted(setting.forgeries),
      expiries: counted(setting.expiries),
      restarts: counted(setting.restarts),
      revocations: counted(setting.revocations),
      offboardings: counted(setting.offboardings),
    },
    told: { refusedCredential: 0 },
  };
}
