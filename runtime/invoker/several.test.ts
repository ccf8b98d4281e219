/** An invoker with several AEFs, or several invocations at once, over a change of method (6.7). */
import { afterEach, expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { closeAll, exposing, hello, invoking, saying, type Testbed, testbed } from '../testing/roles.ts';

afterEach(closeAll);

const of = (at: Testbed, aefId: string) =>
  at.lines.filter(({ role, instance }) => role === 'apiInvoker' && instance.endsWith(`/${aefId}`));
const asking = ({ effects }: TraceLine) =>
  (effects as { message?: { type: string } }[]).some(({ message }) => message?.type === 'SecurityMethodUpdateRequest');

test('of two AEFs with their own methods, the change of one does not disturb the other (6.3.1, 6.7)', async () => {
  const at = await testbed();
  const [one, two] = [await exposing(at, { methods: ['PSK'] }), await exposing(at, { methods: ['PKI'] })];
  const invoker = await invoking(at);
  expect([await saying(invoker, one), await saying(invoker, two)]).toEqual(['PSK', 'PKI']);
  const before = of(at, one.aefId).length;
  await two.changeMethods(['OAUTH']);
  expect(await Promise.all([saying(invoker, one), saying(invoker, two), saying(invoker, one)])).toEqual([
    'PSK',
    'OAUTH',
    'PSK',
  ]);
  const since = of(at, one.aefId).slice(before);
  expect(new Set(since.map(({ event }) => event.type))).toEqual(
    new Set(['serviceApi.wanted', 'ServiceApiInvocationResponse']),
  );
  expect(
    since.flatMap(({ effects }) => effects).filter((effect) => /Tls/.test((effect as { type: string }).type)),
  ).toEqual([]);
});

for (const [first, next] of [
  ['PSK', 'OAUTH'],
  ['OAUTH', 'PKI'],
  ['PKI', 'PSK'],
] as const) {
  test(`20 invocations at once over a change from ${first} to ${next} are all answered, after one renegotiation (6.7)`, async () => {
    const at = await testbed();
    const aef = await exposing(at, { methods: [first] });
    const invoker = await invoking(at);
    const twenty = () => Promise.all(Array.from({ length: 20 }, () => saying(invoker, aef)));
    expect(await twenty()).toEqual(Array(20).fill(first));
    await aef.changeMethods([next]);
    expect(await twenty()).toEqual(Array(20).fill(next));
    expect(of(at, aef.aefId).filter(asking)).toHaveLength(1);
    expect(at.lines.filter(({ unexpected }) => unexpected)).toEqual([]);
  });
}

test('invocations that are made while the method changes are all answered, by one method or the other (6.7)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PSK'] });
  const invoker = await invoking(at);
  const some = () => Array.from({ length: 5 }, () => saying(invoker, aef));
  const early = some();
  await Promise.all(early);
  const changed = aef.changeMethods(['PKI']);
  const during = some();
  await changed;
  const late = [...some(), ...some()];
  for (const said of await Promise.all(during)) expect(['PSK', 'PKI']).toContain(said);
  expect(await Promise.all(late)).toEqual(Array(10).fill('PKI'));
});

test('two invokers in one process share no connections, keys or outcomes (6.3.1)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PSK'] });
  const [one, two] = [await invoking(at), await invoking(at)];
  expect(await Promise.all([saying(one, aef), saying(two, aef)])).toEqual(['PSK', 'PSK']);
  await one.offboard();
  await expect(one.fetch(hello, { aefId: aef.aefId })).rejects.toMatchObject({ code: 'offboarded' });
  expect(await saying(two, aef)).toBe('PSK');
});
