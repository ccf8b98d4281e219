/** Invocations that are not idempotent, under load, while the security method keeps changing (6.7, R13). */
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { createCoreFunction } from '../core/core-function.ts';
import { createExposingFunction } from '../exposing/exposing-function.ts';
import { createInvoker, type Invoker } from '../invoker/invoker.ts';
import { allPairs } from './method-changes.ts';

const clients = 16;
const changes = 50;

test('of 16 keep-alive clients over 50 changes, no invocation is lost, executed twice, or served under a withdrawn method (6.7)', async () => {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const core = await createCoreFunction({ onError });
  const at = { host: core.host, port: core.port, ca: core.ca };

  const executions = new Map<string, number>();
  const servedUnderWithdrawn: string[] = [];
  let allowed: readonly SecurityMethod[] = ['PSK'];
  const aef = await createExposingFunction({
    core: at,
    registrationSecret: core.registrationSecret,
    apiName: 'orders',
    methods: ['PSK'],
    onError,
    serve: async ({ body, securityMethod }) => {
      const order = await text(body);
      executions.set(order, (executions.get(order) ?? 0) + 1);
      if (!allowed.includes(securityMethod)) servedUnderWithdrawn.push(`${order} under ${securityMethod}`);
      return { status: 201, body: order };
    },
  });
  await aef.settled();

  let running = true;
  /** Those who have been served since the last change; resolves once all have. */
  let served = new Set<number>();
  let allServed = () => {};
  const onceAllServed = () =>
    new Promise<void>((resolve) => {
      served = new Set();
      allServed = resolve;
    });

  const answered: string[] = [];
  async function keepOrdering(invoker: Invoker, client: number): Promise<void> {
    for (let n = 0; running; n++) {
      const order = `order ${n} of client ${client}`;
      const response = await invoker.fetch('/orders/v1', { aefId: aef.aefId, method: 'POST', body: order });
      expect(response.status).toBe(201);
      expect(await response.text()).toBe(order);
      answered.push(order);
      served.add(client);
      if (served.size === clients) allServed();
    }
  }

  const invokers = await Promise.all(
    Array.from({ length: clients }, async (_, n) =>
      createInvoker({ core: at, onboardingToken: await core.onboardingToken(`client ${n}`) }),
    ),
  );
  const first = onceAllServed();
  const ordering = Promise.all(invokers.map(keepOrdering));
  await Promise.race([first, ordering]);

  for (let n = 1; n <= changes; n++) {
    const next = allPairs[n % 6]!;
    allowed = [...allowed, next];
    await aef.changeMethods([next]);
    allowed = [next];
    await Promise.race([onceAllServed(), ordering]);
  }
  running = false;
  await ordering;

  expect(servedUnderWithdrawn).toEqual([]);
  expect([...executions].filter(([, times]) => times !== 1)).toEqual([]);
  expect(executions.size).toBe(answered.length);
  expect(answered.length).toBeGreaterThanOrEqual(clients * changes);
  expect(errors).toEqual([]);

  for (const invoker of invokers) invoker.close();
  await aef.close();
  await core.close();
}, 240_000);
