/** What a recorder sees of a transition: exchanges that are answered, or that nobody answers, at the side where it stands. */
import type { Effect } from '../../machines/effects.ts';
import type { Role, SecurityMethod } from '../../machines/vocabulary.ts';
import type { MachineStep } from '../model/macro-step.ts';
import type { Transition } from '../model/rule.ts';
import { mayHaveStatus } from '../traces/trace-facts.ts';
import type { Kind, Recorded } from './exchange-record.ts';

/** `answer`: the message; undefined if none came. */
type Observation = {
  kind: Kind;
  answer: string | undefined;
  isUpdate?: boolean | undefined;
  method?: SecurityMethod | undefined;
  methods?: readonly SecurityMethod[] | undefined;
  selected?: SecurityMethod | undefined;
};

const answers: Readonly<Record<string, Kind>> = {
  SecurityMethodResponse: 'negotiation',
  NoCommonMethod: 'negotiation',
  SecurityContextNotFound: 'negotiation',
  SecurityMethodRefused: 'negotiation',
  AccessTokenResponse: 'token',
  AccessTokenRefused: 'token',
  AuthenticationInitiationResponse: 'initiation',
  AuthenticationInitiationRefused: 'initiation',
  ServiceApiInvocationResponse: 'invocation',
  IncorrectMethodFailure: 'invocation',
  NotAuthenticatedFailure: 'invocation',
  NotAuthorizedFailure: 'invocation',
  SecurityInformationResponse: 'information',
  SecurityInformationNotFound: 'information',
  ServiceApiUpdateResponse: 'publication',
  RevokeAuthorizationResponse: 'revocation',
};
/** Who answers exchanges of a kind. */
const servers: Readonly<Record<Kind, Role>> = {
  negotiation: 'capifCoreFunction',
  token: 'capifCoreFunction',
  initiation: 'apiExposingFunction',
  invocation: 'apiExposingFunction',
  information: 'capifCoreFunction',
  publication: 'capifCoreFunction',
  revocation: 'apiExposingFunction',
};

/** In their order. `by`: the role that has recorded; what it answers itself it sees when it answers, all else when the answer is there. */
export function observationsOf({ action, steps }: Transition, by: Role | undefined): Observation[] {
  return steps.flatMap((step): Observation[] => {
    const received = receivedIn(step, action);
    const sent = step.effects.flatMap((effect) => sentIn(step, effect));
    return [
      ...(received && servers[received.kind] !== by ? [received] : []),
      ...sent.filter(({ kind }) => servers[kind] === by),
    ];
  });
}

type Content = { credential?: number; method?: SecurityMethod; methods?: SecurityMethod[]; selected?: SecurityMethod };

function receivedIn({ part, event, before }: MachineStep, action: string): Observation | undefined {
  const { credential, selected } = event as Content;
  const context = before.context as Content;
  const kind = answers[event.type] ?? unansweredIn(part, event.type, action);
  if (!kind) return undefined;
  return {
    kind,
    answer: answers[event.type] && event.type,
    isUpdate: kind === 'negotiation' ? JSON.stringify(before.value).includes('renegotiating') : undefined,
    method: kind === 'invocation' && credential === context.credential ? context.selected : undefined,
    methods: kind === 'publication' ? context.methods : undefined,
    selected,
  };
}

/** What was under way is in the name of the transition that breaks it. */
function unansweredIn(part: string, type: string, action: string): Kind | undefined {
  if (type === 'invocation.failed') return 'invocation';
  if (type === 'publication.failed') return 'publication';
  if (type !== 'exchange.failed') return undefined;
  if (part === 'invokerAdmission') return 'information';
  if (part === 'capifCoreFunction') return 'revocation';
  if (/AccessToken/.test(action)) return 'token';
  return /nitiation/.test(action) ? 'initiation' : 'negotiation';
}

function sentIn({ event }: MachineStep, effect: Effect): Observation[] {
  if (effect.type !== 'send') return [];
  const kind = answers[effect.message.type];
  if (!kind) return [];
  const { method, methods } = event as Content;
  const { selected } = effect.message as Content;
  const isUpdate = kind === 'negotiation' ? event.type === 'SecurityMethodUpdateRequest' : undefined;
  return [{ kind, answer: effect.message.type, isUpdate, method, methods, selected }];
}

/** Whether the line of a record may be about this. What it does not say may be anything. */
export function mayBe({ kind, isUpdate, status, cause, ...said }: Recorded, seen: Observation): boolean {
  if (kind !== seen.kind || (kind === 'negotiation' && isUpdate !== seen.isUpdate)) return false;
  const agree = (one: unknown, other: unknown) =>
    one === undefined || other === undefined || JSON.stringify(one) === JSON.stringify(other);
  if (!agree(said.securityMethod, seen.method) || !agree(said.selected, seen.selected)) return false;
  if (!agree(said.methods?.toSorted(), seen.methods?.toSorted())) return false;
  if (!status || seen.answer === undefined) return !status && seen.answer === undefined;
  return kind === 'invocation' ? mayAnswer(seen.answer, status, cause) : mayHaveStatus(seen.answer, status);
}

const causes: Readonly<Record<string, string>> = {
  SECURITY_METHOD_MISMATCH: 'IncorrectMethodFailure',
  NOT_AUTHENTICATED: 'NotAuthenticatedFailure',
  NOT_AUTHORIZED: 'NotAuthorizedFailure',
};

/** Clause 6.7 names no status for its indication, and a service may answer as it likes. */
function mayAnswer(answer: string, status: number, cause: string | undefined): boolean {
  const meant = cause === undefined ? undefined : causes[cause];
  if (meant) return answer === meant;
  if (answer === 'ServiceApiInvocationResponse') return status !== 401 && status !== 403;
  if (answer === 'NotAuthenticatedFailure') return status === 401;
  return status >= 400 && status < 500;
}
