/** For each rule of the model, what must be done to the roles or to the network so that one of its transitions happens. */
import type { MessageToCore } from '../../machines/messages.ts';
import type { State } from '../model/state.ts';
import type { PlannedTransition } from './plan.ts';
import { brokenPublications, cutFetch, restartCore } from './restarts.ts';
import { credentialLifetimeMs, pauseMs, type RolesUnderTest, timeoutMs } from './roles-under-test.ts';
import { type InvocationUnderWay, invocation, passageOf, present, type Session, takeInvocation } from './under-way.ts';

/** `compareNext` compares the next steps of the transition with what the roles recorded; the rest is compared afterwards. */
type Injection = (
  session: Session,
  transition: PlannedTransition,
  compareNext: (steps: number) => Promise<void>,
) => unknown;

const pauses =
  (role: keyof RolesUnderTest['clocks']): Injection =>
  ({ roles }) =>
    roles.clocks[role].expire(pauseMs);
const numberIn = ({ transition: { action } }: PlannedTransition): number => Number(/\b(\d+)\b/.exec(action)![1]);
const deliverRequest: Injection = (session, { before }) => passageOf(session.wire, before.control).deliverRequest();
const deliverAnswer: Injection = (session, { before }) => passageOf(session.wire, before.control).deliverAnswer();
const openAef: Injection = async ({ roles, wire }, { withImpostor }) =>
  present(wire.aef).greet(withImpostor ? await roles.impostorPort() : undefined);

export const injections: { [rule: string]: Injection } = {
  want: ({ roles }) => roles.invoker.want(),
  'pause of the invoker': pauses('invoker'),
  'pause of the publisher': pauses('aef'),
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
  publish: ({ roles }, transition) => roles.publications.deliverRequest(numberIn(transition)),
  acknowledge: ({ roles }, transition) => roles.publications.deliverAnswer(numberIn(transition)),
  'change methods': ({ roles }, { after }) => roles.aef.changeMethods(after.apiExposingFunction.context.methods as []),

  'withdraw old methods': ({ roles }) => roles.aef.withdrawOldMethods(),

  async 'cut what the invoker waits for'({ roles, wire }, transition) {
    const { before, after, action } = transition;
    const { control } = before;
    const [, at] = /^cut (asking|answered) /.exec(action) ?? [];
    if (at) return takeInvocation(wire, numberIn(transition), at as InvocationUnderWay['at']).passage.cut();
    if (control.at === 'openingCore' || control.at === 'openingAef') return roles.clocks.invoker.expire(timeoutMs);
    const passage = passageOf(wire, control);
    if (!action.startsWith('delay')) return passage.cut();
    if (after.late.request !== 'none') wire.late = passage;
    await passage.delay();
  },
  'cut CAPIF-3': cutFetch,
  'cut a withdrawal'({ wire }, { action }) {
    if (action !== 'lose OffboardApiInvokerResponse') present(wire.revocation).cut();
  },
  'cut a publication'({ roles: { publications } }, { before, transition, action }) {
    const [what] = action.split(' ');
    const revision = numberIn({ transition } as PlannedTransition);
    if (what === 'delay') return publications.delay(revision);
    const isAnswered = action.startsWith('lose ServiceApiUpdateResponse') && before.publications.length > 0;
    return isAnswered ? publications.loseAnswer(revision) : publications.loseRequest(revision);
  },
  async 'a late request'({ wire }) {
    await present(wire.late).deliverRequest();
    delete wire.late;
  },
  'a late publication': ({ roles }, transition) => roles.publications.deliverLate(numberIn(transition)),
  'a late request is lost'({ wire }) {
    present(wire.late).cut();
    delete wire.late;
  },
  'a late publication is lost': ({ roles }, transition) => roles.publications.loseLate(numberIn(transition)),

  async forge({ wire }, transition) {
    if (transition.action === 'forge alert') return present(wire.aef).forgeAlert();
    const { passage } = takeInvocation(wire, numberIn(transition), 'asking');
    await passage.deliverRequest();
    passage.deliverAnswer();
  },
  'expire at the invoker': ({ roles }) => roles.clocks.invoker.expire(credentialLifetimeMs),
  'expire at the AEF': ({ roles }) => roles.clocks.aef.expire(credentialLifetimeMs),
  async 'restart the invoker or the AEF'({ roles, wire, comparison }, { before, action }, compareNext) {
    if (action === 'restart apiInvoker') {
      comparison.forget('apiInvoker');
      roles.invoker.restart();
      wire.invocations = [];
      return;
    }
    const knew = comparison.hasBegun('invokerAdmission');
    roles.aef.restart();
    if (knew) await compareNext(1);
    delete wire.fetch;
    for (const { passage } of wire.invocations.splice(0)) {
      passage.cut();
      await compareNext(1);
    }
    if (before.control.at === 'heldByAef') present(wire.initiation).cut();
  },
  async 'restart the core or its publisher'(session, planned, compareNext) {
    if (planned.action === 'restart capifCoreFunction') await restartCore(session, planned, compareNext);
    for (const { at, revision } of brokenPublications(planned.before)) {
      if (at === 'answered') session.roles.publications.loseAnswer(revision);
      else session.roles.publications.loseRequest(revision);
      await compareNext(1);
    }
  },
  revoke: ({ roles }) => roles.revoke(),
  async offboard(session) {
    await session.roles.core.offboard();
    session.isOffboarded = true;
  },
  'answer an offboarding': ({ roles }) => roles.invoker.hearOfOffboarding(),
  'repeat a request to the core'({ roles, wire }, { after }) {
    wire.late = roles.repeated(after.late.request as MessageToCore);
  },
  'repeat a publication': ({ roles }, transition) => roles.publications.repeat(numberIn(transition)),
  /** The invoker ends the connection on which it asks; what it asked may still be delivered. */
  async notify({ roles, wire }, { before, after }) {
    const isAsking = before.control.at === 'asking' && before.control.to === 'capifCoreFunction';
    if (isAsking && after.late.request !== before.late.request) {
      const delayed = present(wire.core);
      wire.late = delayed;
      await delayed.delay();
    }
    roles.invoker.hearOfUpdate();
  },
};

/** Whether the pause of each machine runs, and whether it must run. */
export function pausesOf({ clocks }: RolesUnderTest, { apiInvoker, capifCoreFunction, apiPublishingFunction }: State) {
  return [
    { part: 'apiInvoker', runs: clocks.invoker.isRunning(pauseMs), mustRun: apiInvoker.paused },
    { part: 'capifCoreFunction', runs: clocks.core.isRunning(pauseMs), mustRun: capifCoreFunction.paused },
    { part: 'apiPublishingFunction', runs: clocks.aef.isRunning(pauseMs), mustRun: apiPublishingFunction.paused },
  ] as const;
}
