/**
 * For tests: the inputs of every machine, all that it may be told, over sorts small enough to try everything,
 * and everywhere that leads, as @xstate/graph explores it.
 */
import { type AdjacencyValue, adjacencyMapToArray, getAdjacencyMap } from '@xstate/graph';
import type { AnyMachineSnapshot, AnyStateMachine, ContextFrom, EventFrom, EventObject, InputFrom } from 'xstate';
import { type MachineId, machines } from '../roles.ts';
import { type Amendment, allAmendments, asWritten, type SecurityMethod } from '../vocabulary.ts';

type Machine<Id extends MachineId> = (typeof machines)[Id];

type Trial<Id extends MachineId> = {
  inputs: InputFrom<Machine<Id>>[];
  /** Numbers are relative to where the machine stands: an earlier one, its own, and the next. */
  events: (context: ContextFrom<Machine<Id>>) => EventFrom<Machine<Id>>[];
  /** Explored no further from here: counters only grow. */
  isFarEnough?: (context: ContextFrom<Machine<Id>>) => boolean;
};

const methods: SecurityMethod[] = ['PSK', 'PKI', 'OAUTH'];
const sets: SecurityMethod[][] = [['PSK'], ['OAUTH'], ['OAUTH', 'PKI']];
const pause = { type: 'timer.expired', timer: 'pause' } as const;
const withAndWithout = [asWritten, allAmendments];
const allBut = (amendment: Amendment) => allAmendments.filter((other) => other !== amendment);

/** The number before this one (0 stands for none), and this one. */
const upTo = (number: number) => [...new Set([Math.max(0, number - 1), number])];
const each = <T, U>(values: readonly T[], make: (value: T) => U) => values.map(make);

const trials: { [Id in MachineId]: Trial<Id> } = {
  apiInvokerEnrolment: {
    inputs: [{ attemptsMax: 0 }, { attemptsMax: 2 }],
    events: () => [
      { type: 'onboarding.wanted' },
      { type: 'enrolment.kept' },
      { type: 'offboarding.wanted' },
      { type: 'OnboardApiInvokerResponse' },
      { type: 'OnboardingRefused' },
      { type: 'OnboardingDeferred' },
      { type: 'OffboardApiInvokerResponse' },
      { type: 'OffboardingRefused' },
      { type: 'tls.failed', because: 'untrusted' },
      { type: 'tls.failed', because: 'handshake' },
      { type: 'tls.failed', because: 'unreachable' },
      { type: 'exchange.failed' },
      { type: 'exchange.postponed' },
      pause,
    ],
  },
  apiInvoker: {
    inputs: [
      { supported: methods, amendments: asWritten, attemptsMax: 0 },
      { supported: ['PKI', 'PSK'], amendments: allBut('bounded-attempts'), attemptsMax: 2 },
      { supported: ['OAUTH', 'PSK'], amendments: allAmendments, attemptsMax: 2 },
    ],
    events: ({ credential }) => [
      { type: 'serviceApi.wanted' },
      { type: 'aefPsk.derived' },
      { type: 'aefPsk.failed' },
      { type: 'credential.expired' },
      { type: 'invoker.offboarded' },
      { type: 'tls.established' },
      { type: 'tls.failed', because: 'untrusted' },
      { type: 'tls.failed', because: 'handshake' },
      { type: 'tls.failed', because: 'unreachable' },
      { type: 'exchange.failed' },
      pause,
      { type: 'NoCommonMethod' },
      { type: 'SecurityContextNotFound' },
      { type: 'SecurityMethodRefused' },
      { type: 'ServiceApiUpdateNotification' },
      { type: 'AuthenticationInitiationResponse' },
      { type: 'AuthenticationInitiationRefused' },
      ...each(
        methods,
        (selected) => ({ type: 'SecurityMethodResponse', selected, credential: credential + 1 }) as const,
      ),
      { type: 'AccessTokenResponse' },
      { type: 'AccessTokenRefused' },
      ...each(upTo(credential), (credential) => ({ type: 'ServiceApiInvocationResponse', credential }) as const),
      ...each(upTo(credential), (credential) => ({ type: 'IncorrectMethodFailure', credential }) as const),
      ...each(upTo(credential), (credential) => ({ type: 'NotAuthenticatedFailure', credential }) as const),
      ...each(upTo(credential), (credential) => ({ type: 'NotAuthorizedFailure', credential }) as const),
      ...each(upTo(credential), (credential) => ({ type: 'invocation.failed', credential, because: 'cut' }) as const),
      { type: 'invocation.failed', credential, because: 'handshake' },
    ],
    isFarEnough: ({ credential }) => credential > 2,
  },
  invokerProfile: {
    inputs: [undefined],
    events: () => [
      { type: 'OnboardApiInvokerRequest' },
      { type: 'OffboardApiInvokerRequest' },
      { type: 'onboarding.unauthenticated' },
      { type: 'onboarding.expired' },
      { type: 'tls.established' },
      { type: 'tls.closed' },
    ],
  },
  capifCoreFunction: {
    inputs: withAndWithout.map((amendments) => ({
      amendments,
      service: 1,
      offers: [{ service: 1, methods: ['PSK', 'OAUTH'] as const }],
    })),
    events: () => [
      ...each(sets, (supported) => ({ type: 'SecurityMethodRequest', supported, names: 'serviceApi' }) as const),
      ...each(
        sets,
        (supported) => ({ type: 'SecurityMethodUpdateRequest', supported, names: 'exposingFunction' }) as const,
      ),
      ...each(sets, (methods) => ({ type: 'securityMethods.published', service: 1, methods }) as const),
      { type: 'securityMethods.published', service: 2, methods: ['PKI'] },
      { type: 'AccessTokenRequest' },
      { type: 'SecurityInformationRequest' },
      { type: 'RevokeAuthorizationResponse' },
      { type: 'authorization.revoked' },
      { type: 'exposingFunction.gone' },
      { type: 'invoker.offboarded' },
      { type: 'exchange.failed' },
      pause,
    ],
    isFarEnough: ({ credential, pauses }) => credential > 2 || pauses > 1,
  },
  publishedService: {
    inputs: withAndWithout.map((amendments) => ({ amendments, service: 1 })),
    events: ({ revision }) =>
      [...upTo(revision), revision + 1]
        .filter((revision) => revision > 0)
        .flatMap((revision) =>
          sets.flatMap((methods) => [
            { type: 'ServiceApiPublishRequest', methods, revision },
            { type: 'ServiceApiUpdateRequest', methods, revision },
          ]),
        ),
    isFarEnough: ({ revision }) => revision > 3,
  },
  apiExposingFunction: {
    inputs: withAndWithout.map((amendments) => ({ amendments, methods: ['PSK'] })),
    events: ({ revision }) => [
      ...each(sets, (methods) => ({ type: 'securityMethods.changed', methods }) as const),
      ...each(upTo(revision), (revision) => ({ type: 'SecurityMethodsPublished', revision }) as const),
      ...each(methods, (method) => ({ type: 'ServiceApiInvocation', method, credential: 1 }) as const),
      ...each([0, 1], (credential) => ({ type: 'invocation.unauthenticated', credential }) as const),
      { type: 'invocation.unauthorized', credential: 1 },
      { type: 'oldMethods.withdrawn' },
    ],
    isFarEnough: ({ revision }) => revision > 3,
  },
  invokerAdmission: {
    inputs: withAndWithout.map((amendments) => ({ amendments })),
    events: ({ credential }) => [
      { type: 'AuthenticationInitiationRequest' },
      ...each([undefined, ...methods], (selected) => {
        const message = { type: 'SecurityInformationResponse', credential: credential + 1 } as const;
        return { ...message, ...(selected && { selected }), hasAefPsk: selected === 'PSK' };
      }),
      { type: 'SecurityInformationNotFound' },
      { type: 'RevokeAuthorizationRequest' },
      ...each([...upTo(credential), credential + 1], (credential) =>
        each(methods, (method) => ({ type: 'ServiceApiInvocation', method, credential }) as const),
      ).flat(),
      { type: 'credential.expired' },
      { type: 'role.restarted' },
      { type: 'exchange.failed' },
    ],
    isFarEnough: ({ credential }) => credential > 2,
  },
  apiPublishingFunction: {
    inputs: withAndWithout.map((amendments) => ({ amendments })),
    events: ({ revision }) => [
      ...each(sets, (methods) => ({ type: 'SecurityMethodsChanged', methods, revision: revision + 1 }) as const),
      ...each(upTo(revision), (revision) => ({ type: 'ServiceApiUpdateResponse', revision }) as const),
      ...each(upTo(revision), (revision) => ({ type: 'publication.failed', revision }) as const),
      pause,
    ],
    isFarEnough: ({ revision, pauses }) => revision > 3 || pauses > 1,
  },
};

/** A machine under one of its inputs, in the terms that are common to all machines. */
type Setting = {
  id: MachineId;
  machine: AnyStateMachine;
  input: unknown;
  /** None at the end of a machine, where step() takes none. */
  events: (at: AnyMachineSnapshot) => EventObject[];
  stopWhen: (at: AnyMachineSnapshot) => boolean;
  /** Four times what is needed: a counter that escapes its bound is an error, not an exploration without end. */
  limit: number;
};

export const ids = Object.keys(machines) as MachineId[];

const settings: Setting[] = ids.flatMap((id) => {
  const { inputs, events, isFarEnough = () => false } = trials[id] as unknown as Trial<MachineId>;
  return inputs.map((input) => ({
    id,
    machine: machines[id],
    input,
    events: (at) => (at.status === 'done' ? [] : events(at.context)),
    stopWhen: (at) => isFarEnough(at.context),
    limit: 100_000,
  }));
});

export const settingsOf = (id: MachineId) => settings.filter((setting) => setting.id === id);

export type Edge = { state: AnyMachineSnapshot; event: EventObject; nextState: AnyMachineSnapshot };
type Explored = Setting & { states: AnyMachineSnapshot[]; edges: Edge[] };

const explore = (setting: Setting): Explored => {
  const map = getAdjacencyMap(setting.machine, setting);
  const places: AdjacencyValue<AnyMachineSnapshot, EventObject>[] = Object.values(map);
  return { ...setting, states: places.map(({ state }) => state), edges: adjacencyMapToArray(map) as Edge[] };
};

const explored = new Map<MachineId, Explored[]>();

/** Everywhere a machine can get, under each of its inputs. */
export const exploredOf = (id: MachineId): Explored[] => {
  const known = explored.get(id) ?? settingsOf(id).map(explore);
  explored.set(id, known);
  return known;
};
