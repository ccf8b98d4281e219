/** For each rule of the model, what must be done to the roles or to the network so that one of its transitions happens. */
import type { MessageToCore } from '../../machines/messages.ts';
import type { State } from '../model/state.ts';
import { credentialLifetimeMs, pauseMs, timeoutMs } from './hosts/run-options.ts';
import type { RoleName } from './hosts/starters.ts';
import type { PlannedTransition } from './plan.ts';
import { cutFetch, killedBy, restartCore, restartInvoker, restartProvider } from './restarts.ts';
import type { RolesUnderTest } from './roles-under-test.ts';
import {
  type InvocationUnderWay,
  invocation,
  passageOf,
  present,
  type Session,
  takeInvocation,
  takePublication,
} from './under-way.ts';

/** `compareNext` compares the next steps of the transition with what the roles recorded; the rest is compared afterwards. */
type Injection = (
  session: Session,
  transition: PlannedTransition,
  compareNext: (steps: number) => Promise<void>,
) => unknown;

const pauses =
  (role: RoleName): Injection =>
  ({ roles }) =>
    roles[role].expire(pauseMs);
const numberIn = ({ transition: { action } }: PlannedTransition): number => Number(/\b(\d+)\b/.exec(action)![1]);
const deliverRequest: Injection = (session, { before }) => passageOf(session.wire, before.control).deliverRequest();
const deliverAnswer: Injection = (session, { before }) => passageOf(session.wire, before.control).deliverAnswer();
const openAef: Injection = async ({ roles, wire }, { withImpostor }) =>
  present(wire.aef).greet(withImpostor ? await roles.impostorPort() : undefined);

function restarts(...[session, planned, compareNext]: Parameters<Injection>): Promise<void> {
  switch (killedBy[planned.action]) {
    case 'core':
      return restartCore(session, planned, compareNext);
    case 'provider':
      return restartProvider(session, planned, compareNext);
    default:
      return restartInvoker(session);
  }
}

export const injections: { [rule: string]: Injection } = {
  want: ({ roles }) => roles.invoker.give('want'),
  'pause of the invoker': pauses('invoker'),
  'pause of the publisher': pauses('provider'),
  'pause of the core': pauses('core'),

  'open CAPIF-1e': ({ wire }) => present(wire.core).greet(),
  'ask for a method': deliverRequest,
  'ask for a token': deliverRequest,
  'answer with a method': deliverAnswer,
  'answer with a token': deliverAnswer,
  'initiate authentication': deliverRequest,
  'answer with an accepted initiation': deliverAnswer,
  'answer with a refused initiation': deliverAnswer,
  'open CAPIF-2e': openAef,
  'fail CAPIF-2e': openAef,
  async invoke({ wire }, transition) {
    const underWay = invocation(wire, numberIn(transition), 'asking');
    underWay.at = 'answered';
    await underWay.passage.deliverRequest();
  },
  'answer an invocation': ({ wire }, transition) =>
    takeInvocation(wire, numberIn(transition), 'answered').passage.deliverAnswer(),

  'ask for security information': ({ wire }) => present(wire.fetch).deliverRequest(),
  'answer the AEF'({ wire }) {
    const fetch = present(wire.fetch);
    wire.idle = fetch;
    delete wire.fetch;
    fetch.deliverAnswer();
  },
  'revoke at the AEF': ({ wire }) => present(wire.revocation).deliverRequest(),
  'acknowledge revocation': ({ wire }) => present(wire.revocation).deliverAnswer(),
  async publish({ wire }, transition) {
    const publication = takePublication(wire, { revision: numberIn(transition), at: 'asking', awaited: true });
    wire.publications.push({ ...publication, at: 'answered' });
    await publication.passage.deliverRequest();
  },
  acknowledge: ({ wire }, transition) =>
    takePublication(wire, { revision: numberIn(transition), at: 'answered', awaited: true }).passage.deliverAnswer(),
  'change methods': ({ roles }, { after }) =>
    roles.provider.give('changeMethods', after.apiExposingFunction.context.methods as []),

  'withdraw old methods': ({ roles }) => roles.provider.give('withdrawOldMethods'),

  async 'cut what the invoker waits for'({ roles, wire }, transition) {
    const { before, after, action } = transition;
    const { control } = before;
    const [, at] = /^cut (asking|answered) /.exec(action) ?? [];
    if (at) return takeInvocation(wire, numberIn(transition), at as InvocationUnderWay['at']).passage.cut();
    if (control.at === 'openingCore' || control.at === 'openingAef') return roles.invoker.expire(timeoutMs);
    const passage = passageOf(wire, control);
    if (!action.startsWith('delay')) return passage.cut();
    if (after.late.request !== 'none') wire.late = passage;
    await passage.delay();
  },
  'cut CAPIF-3': cutFetch,
  'cut a withdrawal'({ wire }, { action }) {
    if (action !== 'lose OffboardApiInvokerResponse') present(wire.revocation).cut();
  },
  async 'cut a publication'({ wire }, transition) {
    const { action } = transition;
    const at = action.startsWith('lose ServiceApiUpdateResponse') ? 'answered' : 'asking';
    const publication = takePublication(wire, { revision: numberIn(transition), at, awaited: true });
    if (!action.startsWith('delay')) return publication.passage.cut();
    wire.publications.push({ ...publication, awaited: false });
    await publication.passage.delay();
  },
  async 'a late request'({ wire }) {
    const late = present(wire.late);
    delete wire.late;
    wire.overdue = late;
    await late.deliverRequest();
  },
  async 'a late publication'({ wire }, transition) {
    const { passage } = takePublication(wire, { revision: numberIn(transition), at: 'asking', awaited: false });
    wire.overdue = passage;
    await passage.deliverRequest();
  },
  'a late request is lost'({ wire }) {
    present(wire.late).cut();
    delete wire.late;
  },
  'a late publication is lost': ({ wire }, transition) =>
    takePublication(wire, { revision: numberIn(transition), at: 'asking', awaited: false }).passage.cut(),

  async forge({ wire }, transition) {
    if (transition.action === 'forge alert') return present(wire.aef).forgeAlert();
    const { passage } = takeInvocation(wire, numberIn(transition), 'asking');
    await passage.deliverRequest();
    passage.deliverAnswer();
  },
  'expire at the invoker': ({ roles }) => roles.invoker.expire(credentialLifetimeMs),
  'expire at the AEF': ({ roles }) => roles.provider.expire(credentialLifetimeMs),
  'restart the invoker or the AEF': restarts,
  'restart the core or its publisher': restarts,
  revoke: ({ roles }) => roles.revoke(),
  async offboard(session) {
    await session.roles.offboard();
    session.isOffboarded = true;
  },
  'answer an offboarding': ({ roles }) => roles.invoker.give('hearOfOffboarding'),
  'repeat a request to the core'({ roles, wire }, { after }) {
    wire.late = roles.repeated(after.late.request as MessageToCore);
  },
  async 'repeat a publication'({ roles, wire }, transition) {
    const revision = numberIn(transition);
    await roles.provider.give('repeatPublication', revision);
    const passage = await roles.boxes.aefToCore.next();
    wire.publications.push({ revision, at: 'asking', awaited: false, passage });
    await passage.delay();
  },
  /** The invoker ends the connection on which it asks; what it asked may still be delivered. */
  async notify({ roles, wire }, { before, after }) {
    const isAsking = before.control.at === 'asking' && before.control.to === 'capifCoreFunction';
    if (isAsking && after.late.request !== before.late.request) {
      const delayed = present(wire.core);
      wire.late = delayed;
      await delayed.outlast();
    }
    await roles.invoker.give('hearOfUpdate');
  },
};

/** Whether the pause of each machine runs, and whether it must run. */
export async function pausesOf(
  { invoker, core, provider }: RolesUnderTest,
  { apiInvoker, capifCoreFunction, apiPublishingFunction }: State,
) {
  return [
    { part: 'apiInvoker', runs: await invoker.isRunning(pauseMs), mustRun: apiInvoker.paused },
    { part: 'capifCoreFunction', runs: await core.isRunning(pauseMs), mustRun: capifCoreFunction.paused },
    { part: 'apiPublishingFunction', runs: await provider.isRunning(pauseMs), mustRun: apiPublishingFunction.paused },
  ] as const;
}
