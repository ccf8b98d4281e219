/** A soak that is short: nothing but what is bounded grows, and growth is found where there is some. */
import { afterEach, expect, test } from 'vitest';
import { growth, type Point, soak } from './soak.ts';
import { type Soaked, soakedRoles } from './soaked-roles.ts';

let roles: Soaked | undefined;
afterEach(() => roles?.close());

test('records and handles of core and AEF are as before, when methods have changed and invokers have come and gone', async () => {
  roles = await soakedRoles();
  const { place, commands } = roles;
  const points = await soak({ place, ...commands, held: async () => commands.held() }, 15);
  expect(points.map(({ done }) => done)).toEqual([3, 6, 9, 12, 15]);
  expect(growth(points).filter((grown) => !grown.startsWith('heap'))).toEqual([]);
  const { records } = points.at(-1)!.roles;
  // The invoker that stays, and what is bounded.
  expect(records).toMatchObject({ 'core enrolment-details': 1, 'core service-apis': 1, 'core event-subscriptions': 0 });
  expect(commands.errors()).toEqual([]);
}, 120_000);

const mebibyte = 2 ** 20;
const at = (done: number, heapBytes: number, handles: number, contexts: number): Point => {
  const held = { heapBytes, rssBytes: 0, handles };
  return { done, roles: { ...held, records: { 'core security-contexts': contexts } }, invokers: held };
};

test.each([
  ['heap of roles', at(5, 100 * mebibyte, 10, 1)],
  ['handles of invokers', at(5, 20 * mebibyte, 100, 1)],
  ['records of core security-contexts', at(5, 20 * mebibyte, 10, 100)],
])('%s that grow are said to', (what, last) => {
  const first = at(1, 20 * mebibyte, 10, 1);
  expect(growth([first, first])).toEqual([]);
  expect(growth([first, last]).some((grown) => grown.startsWith(what))).toBe(true);
});
