/**
 * CAPIF core function, its registry entry of one service, which is one service API at one interface of one exposing
 * function: the security methods that were published last on CAPIF-4 (TS 29.222 5.3.2.5, 8.2.4.2.4). Every negotiation
 * about it selects from them. A service that is no longer published offers none.
 */
import { assign, emit, setup } from 'xstate';
import type { Effect } from './effects.ts';
import type { ServiceApiPublishRequest, ServiceApiUpdateRequest } from './messages.ts';
import type { Amendment, SecurityMethod, Source } from './vocabulary.ts';

export type PublishedServiceInput = {
  amendments: readonly Amendment[];
  /** Its number among the services of the AEF, from 1. */
  service: number;
};
type Context = PublishedServiceInput & { methods: readonly SecurityMethod[]; revision: number };
type Event = ServiceApiPublishRequest | ServiceApiUpdateRequest;

const role = setup({
  types: {} as {
    input: PublishedServiceInput;
    context: Context;
    events: Event;
    emitted: Effect;
    meta: Source;
    transitionMeta: Source;
  },
  guards: {
    isOutdated: ({ context }, { revision }: Event) =>
      context.amendments.includes('newest-revision-wins') && revision < context.revision,
  },
  actions: {
    register: assign((_, { methods, revision }: Event) => ({ methods, revision })),
    acknowledge: emit((_, { revision }: Event) => ({
      type: 'send',
      to: 'apiPublishingFunction',
      message: { type: 'ServiceApiUpdateResponse', revision },
    })),
    tellContexts: emit(({ context: { service } }, { methods }: Event) => ({
      type: 'tell',
      to: 'capifCoreFunction',
      event: { type: 'securityMethods.published', service, methods },
    })),
  },
});

const onPublication = [
  {
    guard: { type: 'isOutdated', params: ({ event }: { event: Event }) => event },
    actions: { type: 'acknowledge', params: ({ event }: { event: Event }) => event },
    meta: { clause: 'TS 29.222 5.3.2.5', amendment: 'newest-revision-wins' },
  },
  {
    target: 'published',
    actions: [
      { type: 'register', params: ({ event }: { event: Event }) => event },
      { type: 'tellContexts', params: ({ event }: { event: Event }) => event },
      { type: 'acknowledge', params: ({ event }: { event: Event }) => event },
    ],
    meta: { clause: 'TS 29.222 5.3.2.5' },
  },
] as const;

export const publishedService = role.createMachine({
  id: 'publishedService',
  context: ({ input }) => ({ ...input, methods: [], revision: 0 }),
  initial: 'unpublished',
  states: {
    unpublished: {
      meta: { clause: 'TS 29.222 5.3.2.2' },
      on: {
        ServiceApiPublishRequest: onPublication[1],
        ServiceApiUpdateRequest: onPublication[1],
      },
    },
    published: {
      meta: { clause: 'TS 29.222 5.3.2.5' },
      on: {
        ServiceApiUpdateRequest: onPublication,
        ServiceApiPublishRequest: onPublication,
      },
    },
  },
});
