/**
 * A story that is to be played over TLS: its moves in a world whose credentials and revisions are counted, not renamed,
 * as the runtime counts them, and what in it the runtime cannot do.
 */
import type { Effect } from '../../machines/effects.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Rule, Transition } from '../model/rule.ts';
import { type CapifSystem, compose } from '../model/rules/composition.ts';
import type { Configuration } from '../model/setting.ts';
import type { State } from '../model/state.ts';
import { canonical } from '../model/symmetry.ts';
import { impossible, impossibleRules } from './not-over-tls.ts';

export type PlannedTransition = {
  /** As in a scenario. */
  action: string;
  rule: string;
  transition: Transition;
  before: State;
  after: State;
  /** The handshake is with somebody who has a certificate in the AEF's name: the next answer is forged. */
  withImpostor: boolean;
};
export type Plan = {
  transitions: PlannedTransition[];
  /** The move that the runtime cannot make, and why; the plan ends before it. */
  unsupported?: { action: string; because: string };
};

/** A connection towards the AEF, by the move that opened it. */
type Connection = { method: SecurityMethod; opened?: PlannedTransition; isUsed: boolean; wasAnswered: boolean };
type Outstanding = { credential: number; at: 'asking' | 'answered'; isFirst: boolean; connection: Connection };

/** Adds one move after another; says why one cannot be made, and then is as it was before. */
export type Planner = {
  /** The world as scenarios have it, and what can happen there. */
  canonicalWorld(): State;
  offers(): { transition: Transition; rule: Rule }[];
  /** Undefined, or why the runtime cannot do it. */
  refusal(enumerate: { transition: Transition; rule: Rule }): string | undefined;
  add(enumerate: { transition: Transition; rule: Rule }): void;
  transitions: PlannedTransition[];
};

export function planner({ initial: [initial], rules }: CapifSystem): Planner {
  const transitions: PlannedTransition[] = [];
  let counted = initial;
  let renamed = canonical(initial);
  let connection: Connection | undefined;
  let outstanding: Outstanding[] = [];

  /** The same move where numbers are counted. */
  function countedMove(rule: Rule, transition: Transition): Transition {
    const after = written(canonical({ ...renamed, ...transition.after }));
    const same = rule.enabled(counted).find((one) => written(canonical({ ...counted, ...one.after })) === after);
    if (!same) throw new Error(`"${transition.action}" cannot happen where numbers are counted`);
    return same;
  }

  const concerned = (transition: Transition, at: Outstanding['at']): Outstanding => {
    const credential = Number(/\b(\d+)\b/.exec(transition.action)?.[1]);
    const found = outstanding.find((one) => one.credential === credential && one.at === at);
    if (!found) throw new Error(`no invocation that is ${at} is meant by "${transition.action}"`);
    return found;
  };
  const cutOf = (transition: Transition) =>
    concerned(transition, transition.action.startsWith('cut asking') ? 'asking' : 'answered');

  function refusal({ rule, transition: canonicalMove }: { transition: Transition; rule: Rule }): string | undefined {
    if (impossibleRules[rule.name]) return impossibleRules[rule.name];
    const transition = countedMove(rule, canonicalMove);
    if (isCutOfInvocation(transition)) {
      const { wasAnswered } = cutOf(transition).connection;
      if (transition.action.endsWith(wasAnswered ? 'cut' : 'handshake')) return undefined;
      return wasAnswered ? impossible.refusalAfterAnswer : impossible.noRefusalBeforeAnswer;
    }
    if (transition.action === 'restart invokerAdmission' && outstanding.some((one) => !one.connection.wasAnswered)) {
      return impossible.restartBeforeAnswer;
    }
    if (transition.action.startsWith('forge IncorrectMethodFailure')) {
      const { isFirst, connection } = concerned(transition, 'asking');
      if (connection.method === 'PSK') return impossible.forgeryWithoutKey;
      if (!isFirst) return impossible.forgeryAfterAnswer;
    } else if (transition.action.startsWith('forge') && transition.action !== 'forge alert')
      return impossible.otherForgery;
    const isUnderWay = outstanding.some(({ credential }) =>
      transition.after.invocations?.some(ofCredential(credential)),
    );
    if (
      transition.steps.some(({ effects }) => effects.some(isInvocation)) &&
      isUnderWay &&
      transition.after.invocations!.length > 1
    ) {
      return impossible.secondInvocation;
    }
    return undefined;
  }

  /** What becomes of connections and of the invocations on them. */
  function follow(planned: PlannedTransition): void {
    const { rule, transition } = planned;
    const leave = (one: Outstanding) => {
      outstanding = outstanding.filter((other) => other !== one);
    };
    if (rule === 'open CAPIF-2e' && connection) connection.opened = planned;
    if (rule === 'invoke') {
      const credential = Number(/\d+$/.exec(transition.action)![0]);
      const asked = outstanding.find((one) => one.credential === credential && one.at === 'asking')!;
      asked.at = 'answered';
    }
    if (rule === 'answer an invocation') {
      const answered = concerned(transition, 'answered');
      answered.connection.wasAnswered = true;
      leave(answered);
    }
    if (isCutOfInvocation(transition)) leave(cutOf(transition));
    if (transition.action.startsWith('forge IncorrectMethodFailure')) {
      const forged = concerned(transition, 'asking');
      forged.connection.wasAnswered = true;
      forged.connection.opened!.withImpostor = true;
      leave(forged);
    }
    if (rule === 'restart the invoker or the AEF') outstanding = [];
    for (const { part, effects } of transition.steps) {
      for (const effect of effects) {
        if (part !== 'apiInvoker') continue;
        if (effect.type === 'openTls' && effect.to === 'apiExposingFunction') {
          connection = { method: effect.method, isUsed: false, wasAnswered: false };
        }
        if (isInvocation(effect) && connection) {
          const { credential } = (effect as { message: { credential: number } }).message;
          outstanding.push({ credential, at: 'asking', isFirst: !connection.isUsed, connection });
          connection.isUsed = true;
        }
      }
    }
  }

  return {
    transitions,
    canonicalWorld: () => renamed,
    offers: () => rules.flatMap((rule) => rule.enabled(renamed).map((transition) => ({ rule, transition }))),
    refusal,
    add({ rule, transition: canonicalMove }) {
      const transition = countedMove(rule, canonicalMove);
      const after = { ...counted, ...transition.after };
      const { action } = canonicalMove;
      const planned = { action, rule: rule.name, transition, before: counted, after, withImpostor: false };
      follow(planned);
      transitions.push(planned);
      counted = after;
      renamed = canonical({ ...renamed, ...canonicalMove.after });
    },
  };
}

/** The plan of these moves, in the words of a scenario. */
export function planOf(configuration: Configuration, story: readonly string[]): Plan {
  const planned = planner(compose(configuration));
  for (const words of story) {
    const enumerate = planned.offers().find(({ transition }) => transition.action === words);
    if (!enumerate) throw new Error(`"${words}" cannot happen here`);
    const because = planned.refusal(enumerate);
    if (because) return { transitions: planned.transitions, unsupported: { action: words, because } };
    planned.add(enumerate);
  }
  return { transitions: planned.transitions };
}

const isInvocation = (effect: Effect): boolean =>
  effect.type === 'send' && effect.message.type === 'ServiceApiInvocation';
const isCutOfInvocation = ({ action }: Transition): boolean => /^cut (asking|answered) /.test(action);
const ofCredential =
  (credential: number) =>
  ({ message }: { message: { type: string } }): boolean =>
    (message as { credential?: number }).credential === credential;
const written = (state: State): string => JSON.stringify(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
