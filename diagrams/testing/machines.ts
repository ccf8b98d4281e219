/** For tests: a machine with everything that a state diagram may show. */
import { assign, setup } from 'xstate';
import type { Source } from '../../machines/vocabulary.ts';

const role = setup({
  types: {} as {
    context: { heard: boolean };
    events: { type: 'go' } | { type: 'back' } | { type: 'hear' } | { type: 'end' };
    meta: Source;
    transitionMeta: Source;
  },
  guards: { wasHeard: ({ context }) => context.heard },
  actions: { hear: assign({ heard: true }), forget: assign({ heard: false }) },
  delays: { patience: 500 },
});

export const everySign = role.createMachine({
  id: 'everySign',
  context: { heard: false },
  initial: 'both',
  states: {
    both: {
      type: 'parallel',
      entry: 'forget',
      exit: 'forget',
      on: { go: { target: 'away', meta: { clause: '6.7' } }, hear: { actions: 'hear', meta: { clause: '6.7' } } },
      states: {
        left: {
          initial: 'one',
          states: {
            one: { always: { guard: 'wasHeard', target: 'two', meta: { clause: '6.3' } } },
            two: { on: { back: { target: 'one', meta: { clause: '6.3', assumed: 'no timer is named' } } } },
            last: { type: 'history' },
          },
        },
        right: {
          initial: 'three',
          states: {
            three: { after: { patience: { target: 'four', meta: { clause: '6.3' } } } },
            four: { type: 'final' },
            deepest: { type: 'history', history: 'deep' },
          },
        },
      },
    },
    away: {
      on: {
        back: { target: ['both.left.last', 'both.right.deepest'], meta: { clause: '6.7' } },
        go: { target: 'away', reenter: true, meta: { clause: '6.7', amendment: 'bounded-attempts' } },
        end: { target: 'gone', meta: { clause: '6.8' } },
      },
    },
    gone: { type: 'final', entry: 'forget' },
  },
});
