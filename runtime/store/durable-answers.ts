/** A role acknowledges nothing before it is durable: no answer of a route leaves before all that it may tell of is. */
import type { Route } from '../transport/http-service.ts';
import { problemAnswer } from '../wire/problem-details.ts';
import { type Store, StoreError } from './store.ts';

/** While nothing can be made durable, every answer is 503; what was asked for may happen all the same, once it can. */
export const withDurableAnswers = (
  routes: readonly Route[],
  store: Store,
  onError: (error: unknown) => void,
): Route[] =>
  routes.map((route) => ({
    ...route,
    answer: async (call) => {
      const answer = await route.answer(call);
      try {
        await store.committed();
        return answer;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        onError(error);
        return problemAnswer('UNAVAILABLE', 'nothing can be made durable here at present', { 'retry-after': '5' });
      }
    },
  }));
