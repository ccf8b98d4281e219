/**
 * Shows: the checker without CAPIF. Peterson's mutual exclusion holds if a process gives way to the other when it asks, and
 * fails if it does not.
 * Run: node --import tsx examples/mutual-exclusion.ts
 */
import { actionsOf } from '../properties/checker/actions-of-run.ts';
import type { Model, Property } from '../properties/checker/model.ts';
import type { Fairness, Rule, Transition } from '../properties/checker/search/transition-system.ts';
import { verify } from '../properties/checker/verify.ts';

type Process = 'a' | 'b';
type State = Record<Process, 'idle' | 'waiting' | 'critical'> & { turn: Process };
const otherThan = { a: 'b', b: 'a' } as const;

const rule = (
  action: string,
  fairness: Fairness,
  guard: (s: State) => boolean,
  after: Partial<State>,
): Rule<State> => ({
  name: action,
  fairness,
  isFault: false,
  variables: ['a', 'b', 'turn'],
  enabled: (s) => (guard(s as State) ? [{ action, after }] : []),
});

/** A process asks and gives way, enters if the other is idle or has given way since, and leaves. */
const rulesOf = (p: Process, other: Process, givesWay: boolean): Rule<State>[] => [
  rule(`${p} asks`, 'none', (s) => s[p] === 'idle', { [p]: 'waiting', ...(givesWay && { turn: other }) }),
  rule(`${p} enters`, 'weak', (s) => s[p] === 'waiting' && (s[other] === 'idle' || s.turn === p), { [p]: 'critical' }),
  rule(`${p} leaves`, 'weak', (s) => s[p] === 'critical', { [p]: 'idle' }),
];

const properties: readonly Property<State, Transition<State>>[] = [
  {
    kind: 'always',
    statement: 'the processes are never in the critical section together',
    variables: ['a', 'b'],
    holds: ({ a, b }) => a !== 'critical' || b !== 'critical',
  },
  {
    kind: 'againAndAgain',
    statement: 'a process that waits enters',
    variables: ['b'],
    while: ({ b }) => b === 'waiting',
    reaches: ({ action }) => action === 'b enters',
  },
];

export const peterson = (givesWay: boolean): Model => ({
  initial: [{ a: 'idle', b: 'idle', turn: 'a' }],
  rules: (['a', 'b'] as const).flatMap((p) => rulesOf(p, otherThan[p], givesWay)),
  variables: [['a'], ['b'], ['turn']],
  properties,
});

for (const givesWay of [true, false]) {
  const verification = verify(peterson(givesWay));
  console.log(`${givesWay ? 'giving way' : 'insisting'}: ${verification.states} states`);
  for (const { property, holds, run } of verification.verdicts) {
    console.log(`  ${holds ? 'holds' : 'FAILS'}  ${property.statement}`);
    if (holds || !run) continue;
    const [stem, loop] = [run.stem, run.loop].map((part) => actionsOf(verification, part).join(' / '));
    console.log(`         ${stem}${loop ? `, then for ever: ${loop}` : ''}`);
  }
}
