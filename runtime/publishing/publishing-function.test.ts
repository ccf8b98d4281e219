/** Publications that are late, lost or out of order on their way to the core, as amended and as written (6.7, R2, R24). */
import { afterEach, expect, test } from 'vitest';
import type { Amendment } from '../../machines/vocabulary.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import {
  ask,
  client,
  closeAll,
  exposing,
  invoking,
  onboarded,
  saying,
  type Testbed,
  testbed,
} from '../testing/roles.ts';
import type { ExchangeOutcome } from '../transport/connector.ts';
import type { PublicationNetwork } from './service-api-resource.ts';

afterEach(closeAll);

const lost: ExchangeOutcome = { outcome: 'cut', because: 'lost on its way', mayHaveBeenExecuted: true };

/** A network that holds some publications back, until they are delivered by hand. */
function holding(...revisions: number[]) {
  const seen: number[] = [];
  const held = new Map<number, () => Promise<ExchangeOutcome>>();
  const network: PublicationNetwork = (revision, send) => {
    seen.push(revision);
    if (!revisions.includes(revision)) return send();
    return new Promise((resolve) => {
      held.set(revision, async () => {
        held.delete(revision);
        const outcome = await send();
        resolve(outcome);
        return outcome;
      });
    });
  };
  const deliver = async (revision: number) => {
    await expect.poll(() => held.has(revision)).toBe(true);
    return held.get(revision)!();
  };
  return { network, seen, deliver };
}

const settledAt = (at: Testbed) =>
  at.lines
    .filter(({ role, event, state }) => role === 'apiExposingFunction' && event.type !== 'begin' && state === 'settled')
    .flatMap(({ event }) =>
      event.type === 'SecurityMethodsPublished' ? [(event as { revision?: number }).revision] : [],
    );
const discovered = async (at: Testbed) => {
  const { id, certificate } = await onboarded(at);
  const path = `/service-apis/v1/allServiceAPIs?api-invoker-id=${id}`;
  const { body } = await ask(client(at, certificate), { method: 'GET', path });
  const { serviceAPIDescriptions } = body as {
    serviceAPIDescriptions: { aefProfiles: { securityMethods: string[] }[] }[];
  };
  return serviceAPIDescriptions.map(({ aefProfiles }) => aefProfiles[0]?.securityMethods);
};

test('a publication that fails is repeated until it is acknowledged, and every copy has its revision (TS 29.222 5.3.2.5)', async () => {
  const at = await testbed();
  const seen: number[] = [];
  const network: PublicationNetwork = (revision, send) => {
    seen.push(revision);
    return seen.filter((one) => one === revision).length < 3 ? Promise.resolve(lost) : send();
  };
  const aef = await exposing(at, { network });
  await aef.settled();
  await aef.changeMethods(['PKI']);
  await aef.changeMethods(['PKI', 'OAUTH']);
  expect(seen).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
  expect([at.core.methodsOf(aef.aefId), settledAt(at)]).toEqual([
    ['PKI', 'OAUTH'],
    [1, 2, 3],
  ]);
});

test('a publication whose answer is lost is repeated, and makes only one service API (TS 29.222 5.3.2.2)', async () => {
  const at = await testbed();
  const seen: number[] = [];
  const network: PublicationNetwork = async (revision, send) => {
    seen.push(revision);
    const outcome = await send();
    return seen.filter((one) => one === revision).length < 2 ? lost : outcome;
  };
  const aef = await exposing(at, { network });
  await aef.settled();
  await aef.changeMethods(['PKI']);
  expect(seen).toEqual([1, 1, 2, 2]);
  expect([await discovered(at), settledAt(at)]).toEqual([[['PKI']], [1, 2]]);
});

test('as written, a publication that fails is not repeated, and the core keeps what it had (6.7)', async () => {
  const at = await testbed({ amendments: [] });
  const seen: number[] = [];
  const network: PublicationNetwork = (revision, send) => {
    seen.push(revision);
    return revision === 2 ? Promise.resolve(lost) : send();
  };
  const aef = await exposing(at, { network, amendments: [] });
  await aef.settled();
  const changed = aef.changeMethods(['PKI']);
  const publisher = () => at.lines.findLast(({ role }) => role === 'apiPublishingFunction');
  await expect.poll(() => publisher()?.event.type).toBe('publication.failed');
  expect(publisher()?.state).toBe('unpublished');
  expect([seen, at.core.methodsOf(aef.aefId), aef.snapshot().value]).toEqual([[1, 2], ['PSK'], 'announcing']);
  await Promise.all([changed, aef.changeMethods(['OAUTH'])]);
  expect([seen, at.core.methodsOf(aef.aefId)]).toEqual([[1, 2, 3], ['OAUTH']]);
});

/** PSK, then PKI, then OAUTH, while the publication of PKI is held back; it is delivered at last. */
async function overtaken(amendments: readonly Amendment[]) {
  const at = await testbed({ amendments });
  const { network, seen, deliver } = holding(2);
  const aef = await exposing(at, { network, amendments });
  await aef.settled();
  const invoker = await invoking(at, { amendments });
  expect(await saying(invoker, aef)).toBe('PSK');
  await Promise.all([aef.changeMethods(['PKI']), aef.changeMethods(['OAUTH'])]);
  expect([seen, at.core.methodsOf(aef.aefId), settledAt(at)]).toEqual([[1, 2, 3], ['OAUTH'], [1, 3]]);
  expect(aef.snapshot().context).toMatchObject({ methods: ['OAUTH'], accepted: ['OAUTH'] });
  expect(await saying(invoker, aef)).toBe('OAUTH');
  const late = await deliver(2);
  expect(late).toMatchObject({
    outcome: 'answered',
    status: 200,
    headers: { 'capif-machines-revision': 'greetings=2' },
  });
  return { at, aef, invoker };
}

test('of three methods the newest wins, and a late publication of the second is not applied (6.7)', async () => {
  const { at, aef, invoker } = await overtaken(allAmendments);
  expect([at.core.methodsOf(aef.aefId), await discovered(at)]).toEqual([['OAUTH'], [['OAUTH']]]);
  expect([aef.snapshot().value, settledAt(at)]).toEqual(['settled', [1, 3]]);
  expect([await saying(invoker, aef), await saying(await invoking(at), aef)]).toEqual(['OAUTH', 'OAUTH']);
});

test('as written, the core then has the late publication of a method that is no longer used (6.7)', async () => {
  const { at, aef, invoker } = await overtaken([]);
  expect([at.core.methodsOf(aef.aefId), await discovered(at)]).toEqual([['PKI'], [['PKI']]]);
  expect([aef.snapshot().value, aef.snapshot().context.accepted]).toEqual(['settled', ['OAUTH']]);
  expect(await saying(invoker, aef)).toBe('OAUTH');
});

test('a first publication that arrives after its successor leaves nothing behind (TS 29.222 5.3.2.2)', async () => {
  const at = await testbed();
  const seen: number[] = [];
  const late: (() => Promise<ExchangeOutcome>)[] = [];
  const lose: (() => void)[] = [];
  const network: PublicationNetwork = (revision, send) => {
    seen.push(revision);
    if (revision > 1) return send();
    late.push(send);
    return new Promise((resolve) => lose.push(() => resolve(lost)));
  };
  const aef = await exposing(at, { network });
  const changed = aef.changeMethods(['PKI']);
  await expect.poll(() => lose.length).toBe(1);
  // While the first is under way, its successor waits: a core that knows no keys would make two service APIs.
  expect(seen).toEqual([1]);
  lose[0]!();
  await changed;
  await late[0]!();
  await aef.changeMethods(['OAUTH']);
  expect([seen, at.core.methodsOf(aef.aefId), await discovered(at)]).toEqual([[1, 2, 3], ['OAUTH'], [['OAUTH']]]);
  expect(await saying(await invoking(at), aef)).toBe('OAUTH');
});

test('the publisher repeats its request to a core that is gone until the AEF is closed (TS 29.222 5.3.2.5)', async () => {
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PSK'] });
  await at.core.close();
  const changed = aef.changeMethods(['PKI']);
  const failed = () => at.lines.filter(({ event }) => event.type === 'publication.failed').length;
  await expect.poll(failed).toBeGreaterThan(3);
  expect(aef.snapshot().context).toMatchObject({ methods: ['PKI'], accepted: ['PSK', 'PKI'] });
  await aef.close();
  await expect(changed).rejects.toThrow('the exposing function is closed');
  const after = at.lines.length;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(at.lines.length).toBe(after);
});
