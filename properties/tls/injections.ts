/** What is done to the roles and to the network so that a move happens to them: one deed for each rule of the world. */
import type { Effect } from '../../machines/effects.ts';
import type { Control, State } from '../model/state.ts';
import type { Observed } from './comparison.ts';
import type { Passage } from './middle-box.ts';
import type { PlannedTransition } from './plan.ts';
import { credentialLifetimeMs, type Parties, pauseMs, timeoutMs } from './roles-under-test.ts';

type Asked = { credential: number; at: 'asking' | 'answered'; passage: Passage };

/** Everything that is under way, by the connection that it goes over. */
export type Wire = {
  core?: Passage;
  /** A request to the core whose sender has given up. */
  late?: Passage;
  initiation?: Passage;
  aef?: Passage;
  invocations: Asked[];
  fetch?: Passage;
  /** The connection of the last fetch, which is kept for the next. */
  idle?: Passage;
  revocation?: Passage;
};

export type Playing = { parties: Parties; wire: Wire; seen: Observed };

/** `hear` compares the next steps of the move with what was recorded; the others are compared afterwards. */
type Deed = (playing: Playing, transition: PlannedTransition, hear: (steps: number) => Promise<void>) => unknown;

const pauses =
  (role: keyof Parties['clocks']): Deed =>
  ({ parties }) =>
    parties.clocks[role].expire(pauseMs);
const numberIn = ({ transition: { action } }: PlannedTransition): number => Number(/\b(\d+)\b/.exec(action)![1]);
const ask: Deed = (playing, { before }) => passageOf(playing.wire, before.control).deliverRequest();
const answer: Deed = (playing, { before }) => passageOf(playing.wire, before.control).deliverAnswer();
const openAef: Deed = async ({ parties, wire }, { withImpostor }) =>
  there(wire.aef).greet(withImpostor ? await parties.impostorPort() : undefined);

export const deeds: { [rule: string]: Deed } = {
  want: ({ parties }) => parties.invoker.want(),
  'pause of the invoker': pauses('invoker'),
  'pause of the publisher': pauses('aef'),
  'pause of the core': pauses('core'),

  'open CAPIF-1e': ({ wire }) => there(wire.core).greet(),
  'ask for a method': ask,
  'ask for a token': ask,
  'answer with a method': answer,
  'answer with a token': answer,
  'initiate authentication': ask,
  'answer with an accepted initiation': answer,
  'answer with a refused initiation': answer,
  'open CAPIF-2e': openAef,
  'fail CAPIF-2e': openAef,
  async invoke({ wire }, transition) {
    const asked = invocation(wire, numberIn(transition), 'asking');
    asked.at = 'answered';
    await asked.passage.deliverRequest();
  },
  'answer an invocation': ({ wire }, transition) =>
    taken(wire, numberIn(transition), 'answered').passage.deliverAnswer(),

  'ask for security information': ({ wire }) => there(wire.fetch).deliverRequest(),
  'answer the AEF'({ wire }) {
    const fetch = there(wire.fetch);
    wire.idle = fetch;
    delete wire.fetch;
    fetch.deliverAnswer();
  },
  'revoke at the AEF': ({ wire }) => there(wire.revocation).deliverRequest(),
  'acknowledge revocation': ({ wire }) => there(wire.revocation).deliverAnswer(),
  publish: ({ parties }, transition) => parties.publications.deliverRequest(numberIn(transition)),
  acknowledge: ({ parties }, transition) => parties.publications.deliverAnswer(numberIn(transition)),
  'change methods': ({ parties }, { after }) =>
    parties.aef.changeMethods(after.apiExposingFunction.context.methods as []),

  async 'cut what the invoker waits for'({ parties, wire }, transition) {
    const { before, after, action: words } = transition;
    const { control } = before;
    const [, at] = /^cut (asking|answered) /.exec(words) ?? [];
    if (at) return taken(wire, numberIn(transition), at as Asked['at']).passage.cut();
    if (control.at === 'openingCore' || control.at === 'openingAef') return parties.clocks.invoker.expire(timeoutMs);
    const passage = passageOf(wire, control);
    if (!words.startsWith('delay')) return passage.cut();
    if (after.late.request !== 'none') wire.late = passage;
    await passage.delay();
  },
  /** A kept connection that ends is tried once more by its client: that is cut as well. */
  async 'cut CAPIF-3'({ parties, wire }, _, hear) {
    parties.boxes.aefToCore.setCutting(true);
    there(wire.fetch).cut();
    delete wire.fetch;
    await hear(1);
    parties.boxes.aefToCore.setCutting(false);
  },
  'cut a withdrawal': ({ wire }) => there(wire.revocation).cut(),
  'cut a publication'({ parties: { publications } }, { before, transition, action: words }) {
    const [what] = words.split(' ');
    const revision = numberIn({ transition } as PlannedTransition);
    if (what === 'delay') return publications.delay(revision);
    const isAnswered = words.startsWith('lose ServiceApiUpdateResponse') && before.publications.length > 0;
    return isAnswered ? publications.loseAnswer(revision) : publications.loseRequest(revision);
  },
  async 'a late request'({ wire }) {
    await there(wire.late).deliverRequest();
    delete wire.late;
  },
  'a late publication': ({ parties }, transition) => parties.publications.deliverLate(numberIn(transition)),
  'a late request is lost'({ wire }) {
    there(wire.late).cut();
    delete wire.late;
  },
  'a late publication is lost': ({ parties }, transition) => parties.publications.loseLate(numberIn(transition)),

  async forge({ wire }, transition) {
    if (transition.action === 'forge alert') return there(wire.aef).forgeAlert();
    const { passage } = taken(wire, numberIn(transition), 'asking');
    await passage.deliverRequest();
    passage.deliverAnswer();
  },
  'expire at the invoker': ({ parties }) => parties.clocks.invoker.expire(credentialLifetimeMs),
  'expire at the AEF': ({ parties }) => parties.clocks.aef.expire(credentialLifetimeMs),
  async 'restart the invoker or the AEF'({ parties, wire, seen }, { before, action: words }, hear) {
    if (words === 'restart apiInvoker') {
      seen.forget('apiInvoker');
      parties.invoker.restart();
      wire.invocations = [];
      return;
    }
    const knew = seen.hasBegun('invokerAdmission');
    parties.aef.restart();
    if (knew) await hear(1);
    delete wire.fetch;
    for (const { passage } of wire.invocations.splice(0)) {
      passage.cut();
      await hear(1);
    }
    if (before.control.at === 'heldByAef') there(wire.initiation).cut();
  },
  revoke: ({ parties }) => parties.revoke(),
};

/** What a step asks for reaches a box soon, if it is done: here it gets the connection that it goes over. */
export async function follow({ parties: { boxes }, wire, seen }: Playing, part: string, effect: Effect) {
  const next = (box: keyof typeof boxes, what: string): Promise<Passage> =>
    seen.soon(`the runtime opens no connection ${what}`, boxes[box].next());
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
    wire.invocations.push({ credential: message.credential, at: 'asking', passage: there(wire.aef) });
  }
  if (message.type === 'SecurityInformationRequest') {
    const { idle } = wire;
    delete wire.idle;
    wire.fetch = idle ?? (await next('aefToCore', 'to ask for security information'));
    if (!idle) wire.fetch.greet();
  }
  if (message.type === 'RevokeAuthorizationRequest') {
    wire.revocation = await next('coreToAef', 'to revoke an authorization');
    wire.revocation.greet();
  }
}

function passageOf(wire: Wire, control: Control): Passage {
  switch (control.at) {
    case 'openingCore':
      return there(wire.core);
    case 'asking':
      return there(control.to === 'capifCoreFunction' ? wire.core : wire.initiation);
    case 'answered':
      return there(control.message.type.startsWith('AuthenticationInitiation') ? wire.initiation : wire.core);
    case 'heldByAef':
      return there(wire.initiation);
    default:
      throw new Error(`nothing of the invoker is under way: ${control.at}`);
  }
}

function invocation({ invocations }: Wire, credential: number, at: Asked['at']): Asked {
  const found = invocations.find((one) => one.credential === credential && one.at === at);
  if (!found) throw new Error(`no invocation under credential ${credential} is ${at}`);
  return found;
}

function taken(wire: Wire, credential: number, at: Asked['at']): Asked {
  const found = invocation(wire, credential, at);
  wire.invocations = wire.invocations.filter((one) => one !== found);
  return found;
}

function there(passage: Passage | undefined): Passage {
  if (!passage) throw new Error('what is under way in the model has no connection');
  return passage;
}

/** Whether a timer runs for each part that pauses, and for no other. */
export function pausing({ clocks }: Parties, { apiInvoker, capifCoreFunction, apiPublishingFunction }: State) {
  return [
    { part: 'apiInvoker', runs: clocks.invoker.isRunning(pauseMs), isToRun: apiInvoker.paused },
    { part: 'capifCoreFunction', runs: clocks.core.isRunning(pauseMs), isToRun: capifCoreFunction.paused },
    { part: 'apiPublishingFunction', runs: clocks.aef.isRunning(pauseMs), isToRun: apiPublishingFunction.paused },
  ] as const;
}
