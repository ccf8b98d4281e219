/**
 * API publishing function: informs the core of the methods of its exposing function (6.7; TS 29.222 5.3.2.2, 5.3.2.5).
 * The standard asks for one update, and does not say what happens if it gets no answer.
 */
import { assign, emit, setup } from 'xstate';
import type { Effect, TimerExpired } from './effects.ts';
import type { SecurityMethodsChanged, ServiceApiUpdateResponse } from './messages.ts';
import type { Amendment, SecurityMethod, Source } from './vocabulary.ts';

export type ApiPublishingFunctionInput = { amendments: readonly Amendment[] };
type Context = ApiPublishingFunctionInput & {
  methods: readonly SecurityMethod[];
  revision: number;
  /** The core has acknowledged a publication, so that the next one is an update. */
  resourceKnown: boolean;
  /** How often it has paused since these methods were announced. */
  pauses: number;
};
type PublicationFailed = { type: 'publication.failed'; revision: number };
type Event =
  | SecurityMethodsChanged
  | ServiceApiUpdateResponse
  /** The publication of this revision got no answer, or a refusal (403, 429, 5xx). */
  | PublicationFailed
  | TimerExpired;

const role = setup({
  types: {} as {
    input: ApiPublishingFunctionInput;
    context: Context;
    events: Event;
    emitted: Effect;
    meta: Source;
    transitionMeta: Source;
  },
  guards: {
    isNewest: ({ context }, { revision }: ServiceApiUpdateResponse) => revision === context.revision,
    isOfEarlierRevision: ({ context }, { revision }: PublicationFailed) => revision < context.revision,
    publishesAgain: ({ context }) => context.amendments.includes('publish-until-acknowledged'),
  },
  actions: {
    rememberMethods: assign((_, { methods, revision }: SecurityMethodsChanged) => ({ methods, revision, pauses: 0 })),
    rememberResource: assign({ resourceKnown: true }),
    publish: emit(({ context: { methods, revision, resourceKnown } }) => ({
      type: 'send',
      to: 'capifCoreFunction',
      message: { type: resourceKnown ? 'ServiceApiUpdateRequest' : 'ServiceApiPublishRequest', methods, revision },
    })),
    tellExposingFunction: emit(({ context: { revision } }) => ({
      type: 'tell',
      to: 'apiExposingFunction',
      event: { type: 'SecurityMethodsPublished', revision },
    })),
    startPause: emit(({ context: { pauses } }) => ({ type: 'startTimer', timer: 'pause', attempt: pauses })),
    countPause: assign(({ context }) => ({ pauses: context.pauses + 1 })),
    stopPause: emit({ type: 'stopTimer', timer: 'pause' }),
  },
});

export const apiPublishingFunction = role.createMachine({
  id: 'apiPublishingFunction',
  context: ({ input }) => ({ ...input, methods: [], revision: 0, resourceKnown: false, pauses: 0 }),
  initial: 'idle',
  on: {
    SecurityMethodsChanged: {
      target: '.publishing',
      reenter: true,
      actions: { type: 'rememberMethods', params: ({ event }) => event },
      meta: { clause: '6.7' },
    },
    ServiceApiUpdateResponse: {
      actions: 'rememberResource',
      meta: { clause: 'TS 29.222 5.3.2.5', assumed: 'this is a late answer to an earlier revision' },
    },
    'publication.failed': {
      meta: { clause: 'TS 29.222 5.3.2.5', assumed: 'an earlier revision no longer matters' },
    },
  },
  states: {
    idle: { meta: { clause: 'TS 29.222 5.3.2.2' } },
    publishing: {
      meta: { clause: 'TS 29.222 5.3.2.5' },
      entry: 'publish',
      on: {
        ServiceApiUpdateResponse: {
          guard: { type: 'isNewest', params: ({ event }) => event },
          target: 'published',
          actions: ['rememberResource', 'tellExposingFunction'],
          meta: { clause: 'TS 29.222 5.3.2.5' },
        },
        'publication.failed': [
          {
            guard: { type: 'isOfEarlierRevision', params: ({ event }) => event },
            meta: { clause: 'TS 29.222 5.3.2.5', assumed: 'an earlier revision no longer matters' },
          },
          {
            guard: 'publishesAgain',
            target: 'pausing',
            meta: { clause: 'TS 29.222 5.3.2.5', amendment: 'publish-until-acknowledged' },
          },
          {
            target: 'unpublished',
            meta: {
              clause: 'TS 29.222 5.3.2.5',
              assumed: 'the text asks for no repetition',
              replacedBy: 'publish-until-acknowledged',
            },
          },
        ],
      },
    },
    pausing: {
      meta: { clause: 'TS 29.222 5.3.2.5', amendment: 'publish-until-acknowledged' },
      entry: ['startPause', 'countPause'],
      exit: 'stopPause',
      on: {
        'timer.expired': { target: 'publishing', meta: { clause: '6.7', amendment: 'publish-until-acknowledged' } },
      },
    },
    published: { meta: { clause: 'TS 29.222 5.3.2.5' } },
    unpublished: { meta: { clause: 'TS 29.222 5.3.2.5', assumed: 'the core keeps the methods that it had' } },
  },
});
