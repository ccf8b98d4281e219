/**
 * A story that is to be played over TLS: its moves in a world whose credentials and revisions are counted, not renamed,
 * as the runtime counts them, and what in it the runtime cannot do.
 */
import type { Effect } from '../../machines/effects.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { canonical } from '../checker/kernel/value-numbers.ts';
import { type Composition, compose, type Move, type Rule } from '../model/composition.ts';
import type { World } from '../model/setting.ts';
import type { Slots } from '../model/state.ts';
import { impossible, impossibleRules } from './not-over-tls.ts';

export type PlannedMove = {
  /** As in a scenario. */
  words: string;
  rule: string;
  move: Move;
  before: Slots;
  after: Slots;
  /** The handshake is with somebody who has a certificate in the AEF's name: the next answer is forged. */
  withImpostor: boolean;
};
export type Plan = {
  moves: PlannedMove[];
  /** The move that the runtime cannot make, and why; the plan ends before it. */
  unsupported?: { words: string; because: string };
};

/** A connection towards the AEF, by the move that opened it. */
type Connection = { method: SecurityMethod; opened?: PlannedMove; isUsed: boolean; wasAnswered: boolean };
type Outstanding = { credential: number; at: 'asking' | 'answered'; isFirst: boolean; connection: Connection };

/** Adds one move after another; says why one cannot be made, and then is as it was before. */
export type Planner = {
  /** The world as scenarios have it, and what can happen there. */
  canonicalWorld(): Slots;
  offers(): { move: Move; rule: Rule }[];
  /** Undefined, or why the runtime cannot do it. */
  refusal(offer: { move: Move; rule: Rule }): string | undefined;
  add(offer: { move: Move; rule: Rule }): void;
  moves: PlannedMove[];
};

export function planner({ first, rules }: Composition): Planner {
  const moves: PlannedMove[] = [];
  let counted = first;
  let renamed = canonical(first);
  let connection: Connection | undefined;
  let outstanding: Outstanding[] = [];

  /** The same move where numbers are counted. */
  function countedMove(rule: Rule, move: Move): Move {
    const after = written(canonical({ ...renamed, ...move.after }));
    const same = rule.moves(counted).find((one) => written(canonical({ ...counted, ...one.after })) === after);
    if (!same) throw new Error(`"${move.words}" cannot happen where numbers are counted`);
    return same;
  }

  const concerned = (move: Move, at: Outstanding['at']): Outstanding => {
    const credential = Number(/\b(\d+)\b/.exec(move.words)?.[1]);
    const found = outstanding.find((one) => one.credential === credential && one.at === at);
    if (!found) throw new Error(`no invocation that is ${at} is meant by "${move.words}"`);
    return found;
  };
  const cutOf = (move: Move) => concerned(move, move.words.startsWith('cut asking') ? 'asking' : 'answered');

  function refusal({ rule, move: canonicalMove }: { move: Move; rule: Rule }): string | undefined {
    if (impossibleRules[rule.name]) return impossibleRules[rule.name];
    const move = countedMove(rule, canonicalMove);
    if (isCutOfInvocation(move)) {
      const { wasAnswered } = cutOf(move).connection;
      if (move.words.endsWith(wasAnswered ? 'cut' : 'handshake')) return undefined;
      return wasAnswered ? impossible.refusalAfterAnswer : impossible.noRefusalBeforeAnswer;
    }
    if (move.words === 'restart invokerAdmission' && outstanding.some((one) => !one.connection.wasAnswered)) {
      return impossible.restartBeforeAnswer;
    }
    if (move.words.startsWith('forge IncorrectMethodFailure')) {
      const { isFirst, connection } = concerned(move, 'asking');
      if (connection.method === 'PSK') return impossible.forgeryWithoutKey;
      if (!isFirst) return impossible.forgeryAfterAnswer;
    } else if (move.words.startsWith('forge') && move.words !== 'forge alert') return impossible.otherForgery;
    const isUnderWay = outstanding.some(({ credential }) => move.after.invocations?.some(ofCredential(credential)));
    if (
      move.steps.some(({ effects }) => effects.some(isInvocation)) &&
      isUnderWay &&
      move.after.invocations!.length > 1
    ) {
      return impossible.secondInvocation;
    }
    return undefined;
  }

  /** What becomes of connections and of the invocations on them. */
  function follow(planned: PlannedMove): void {
    const { rule, move } = planned;
    const leave = (one: Outstanding) => {
      outstanding = outstanding.filter((other) => other !== one);
    };
    if (rule === 'open CAPIF-2e' && connection) connection.opened = planned;
    if (rule === 'invoke') {
      const credential = Number(/\d+$/.exec(move.words)![0]);
      const asked = outstanding.find((one) => one.credential === credential && one.at === 'asking')!;
      asked.at = 'answered';
    }
    if (rule === 'answer an invocation') {
      const answered = concerned(move, 'answered');
      answered.connection.wasAnswered = true;
      leave(answered);
    }
    if (isCutOfInvocation(move)) leave(cutOf(move));
    if (move.words.startsWith('forge IncorrectMethodFailure')) {
      const forged = concerned(move, 'asking');
      forged.connection.wasAnswered = true;
      forged.connection.opened!.withImpostor = true;
      leave(forged);
    }
    if (rule === 'restart the invoker or the AEF') outstanding = [];
    for (const { part, effects } of move.steps) {
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
    moves,
    canonicalWorld: () => renamed,
    offers: () => rules.flatMap((rule) => rule.moves(renamed).map((move) => ({ rule, move }))),
    refusal,
    add({ rule, move: canonicalMove }) {
      const move = countedMove(rule, canonicalMove);
      const after = { ...counted, ...move.after };
      const { words } = canonicalMove;
      const planned = { words, rule: rule.name, move, before: counted, after, withImpostor: false };
      follow(planned);
      moves.push(planned);
      counted = after;
      renamed = canonical({ ...renamed, ...canonicalMove.after });
    },
  };
}

/** The plan of these moves, in the words of a scenario. */
export function planOf(world: World, story: readonly string[]): Plan {
  const planned = planner(compose(world));
  for (const words of story) {
    const offer = planned.offers().find(({ move }) => move.words === words);
    if (!offer) throw new Error(`"${words}" cannot happen here`);
    const because = planned.refusal(offer);
    if (because) return { moves: planned.moves, unsupported: { words, because } };
    planned.add(offer);
  }
  return { moves: planned.moves };
}

const isInvocation = (effect: Effect): boolean =>
  effect.type === 'send' && effect.message.type === 'ServiceApiInvocation';
const isCutOfInvocation = ({ words }: Move): boolean => /^cut (asking|answered) /.test(words);
const ofCredential =
  (credential: number) =>
  ({ message }: { message: { type: string } }): boolean =>
    (message as { credential?: number }).credential === credential;
const written = (world: Slots): string => JSON.stringify(Object.entries(world).sort(([a], [b]) => (a < b ? -1 : 1)));
