/** The connections to the AEF in a plan, and the invocations on them: they decide what the runtime can do over TLS. */
import type { Effect } from '../../machines/effects.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { Transition } from '../model/rule.ts';
import { impossible } from './not-over-tls.ts';

/** A transition of the plan; it is with an impostor if an answer on the connection that it opens is forged later. */
type Planned = { rule: string; transition: Transition; withImpostor: boolean };
/** `opened`: the transition that established it. `hasEnded`: with the process of the AEF. */
type Connection = {
  method: SecurityMethod;
  opened?: Planned;
  isUsed: boolean;
  wasAnswered: boolean;
  hasEnded: boolean;
};
/** `isFirst`: no earlier invocation went over its connection. */
type Outstanding = { credential: number; at: 'asking' | 'answered'; isFirst: boolean; connection: Connection };

export function connectionsToAef() {
  let latest: Connection | undefined;
  let outstanding: Outstanding[] = [];

  const find = (transition: Transition, at: Outstanding['at']): Outstanding => {
    const credential = Number(/\b(\d+)\b/.exec(transition.action)?.[1]);
    const found = outstanding.find((one) => one.credential === credential && one.at === at);
    if (!found) throw new Error(`"${transition.action}" needs an invocation that is ${at}`);
    return found;
  };
  const cutBy = (transition: Transition) =>
    find(transition, transition.action.startsWith('cut asking') ? 'asking' : 'answered');
  const remove = (one: Outstanding) => {
    outstanding = outstanding.filter((other) => other !== one);
  };

  return {
    /** Why the runtime cannot do this, or undefined. */
    refusal(transition: Transition): string | undefined {
      const { action } = transition;
      if (isCutOfInvocation(transition)) {
        const { wasAnswered } = cutBy(transition).connection;
        if (action.endsWith(wasAnswered ? 'cut' : 'handshake')) return undefined;
        return wasAnswered ? impossible.refusalAfterAnswer : impossible.noRefusalBeforeAnswer;
      }
      if (action === 'restart invokerAdmission' && outstanding.some((one) => !one.connection.wasAnswered)) {
        return impossible.restartBeforeAnswer;
      }
      if (action.startsWith('forge IncorrectMethodFailure')) {
        const { isFirst, connection } = find(transition, 'asking');
        if (connection.method === 'PSK') return impossible.forgeryWithoutKey;
        if (!isFirst) return impossible.forgeryAfterAnswer;
      } else if (action.startsWith('forge') && action !== 'forge alert') return impossible.otherForgery;
      const { invocations = [] } = transition.after;
      const isUnderWay = outstanding.some(({ credential }) => invocations.some(isOfCredential(credential)));
      const invokes = transition.steps.some(({ effects }) => effects.some(isInvocation));
      if (invokes && latest?.hasEnded && latest.method === 'PSK') return impossible.keyIsGone;
      return invokes && isUnderWay && invocations.length > 1 ? impossible.secondInvocation : undefined;
    },

    follow(planned: Planned): void {
      const { rule, transition } = planned;
      if (rule === 'open CAPIF-2e' && latest) latest.opened = planned;
      if (rule === 'invoke') find(transition, 'asking').at = 'answered';
      if (rule === 'answer an invocation') {
        const answered = find(transition, 'answered');
        answered.connection.wasAnswered = true;
        remove(answered);
      }
      if (isCutOfInvocation(transition)) remove(cutBy(transition));
      if (transition.action.startsWith('forge IncorrectMethodFailure')) {
        const forged = find(transition, 'asking');
        forged.connection.wasAnswered = true;
        forged.connection.opened!.withImpostor = true;
        remove(forged);
      }
      if (rule === 'restart the invoker or the AEF') outstanding = [];
      if (latest && transition.action === 'restart invokerAdmission') latest.hasEnded = true;
      const ofInvoker = transition.steps.filter(({ part }) => part === 'apiInvoker');
      for (const effect of ofInvoker.flatMap(({ effects }) => effects)) {
        if (effect.type === 'openTls' && effect.to === 'apiExposingFunction') {
          latest = { method: effect.method, isUsed: false, wasAnswered: false, hasEnded: false };
        }
        if (isInvocation(effect) && latest) {
          const { credential } = (effect as { message: { credential: number } }).message;
          outstanding.push({ credential, at: 'asking', isFirst: !latest.isUsed, connection: latest });
          latest.isUsed = true;
          latest.hasEnded = false;
        }
      }
    },
  };
}

const isInvocation = (effect: Effect): boolean =>
  effect.type === 'send' && effect.message.type === 'ServiceApiInvocation';
const isCutOfInvocation = ({ action }: Transition): boolean => /^cut (asking|answered) /.test(action);
const isOfCredential =
  (credential: number) =>
  ({ message }: { message: { type: string } }): boolean =>
    (message as { credential?: number }).credential === credential;
