/**
 * Requests of every operation of the core, by whoever, altered at random and in any order: none is answered 5xx, nothing goes
 * wrong inside, no answer, log, trace, metric or error has a secret, and the core goes on. `CAPIF_FUZZ=2000` sends 2,000 sequences.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { altered, requestOf, type Sent, sequences } from '../testing/alterations/altered-requests.ts';
import { type Kind, kinds, otherParties, ownParties, rememberedIds } from '../testing/alterations/core-parties.ts';
import { client, closeAll, type Known, type Testbed, testbed } from '../testing/roles.ts';
import { formsOfText } from '../testing/secrets/forms.ts';
import { telling } from '../testing/secrets/told.ts';
import type { Connector } from '../transport/connector.ts';

const { caught, caughtForms, ...catching } = await vi.hoisted(() => import('../testing/secrets/caught.ts'));
vi.mock('../credentials/aef-psk.ts', async (original) => catching.aefPsks(await original()));
vi.mock('../credentials/key-pairs.ts', async (original) => catching.privateKeys(await original()));
vi.mock('../credentials/access-token.ts', async (original) => catching.tokens(await original()));

const runs = Number(process.env.CAPIF_FUZZ ?? 100);

let at: Testbed;
let ofCore: Awaited<ReturnType<typeof telling>>;
let others: Awaited<ReturnType<typeof otherParties>>;
/** Of which secrets there have been some. */
const isCaught: Record<string, boolean> = {};
/** Of the core, for all its life. */
let lasting: string[];
const remembered = rememberedIds();

beforeAll(async () => {
  ofCore = await telling('core');
  const { observers } = ofCore;
  at = await testbed({
    ...{
      ids: remembered.ids,
      notifications: { hosts: ['127.0.0.1'] },
      pause: { firstMs: 600_000, longestMs: 600_000 },
    },
    ...observers,
    onError(error) {
      observers.onError(error);
      at.errors.push(error);
    },
  });
  lasting = ['PRIVATE KEY', ...caughtForms(), ...formsOfText(at.core.registrationSecret)];
  others = await otherParties(at, remembered, (await ownParties(at, remembered)).parties);
}, 60_000);
afterAll(async () => {
  await closeAll();
  ofCore.close();
});

/** What it is for: it gets those in its answers. */
const mayHear: Partial<Record<Kind, () => string[]>> = {
  invoker: () => caught.accessTokens.flat(),
  AEF: () => caught.aefPsks.flat(),
  AMF: () => formsOfText(at.core.registrationSecret),
};

type World = { valid: Sent<Kind>[]; over(kind: Kind): Connector; end(): Promise<void> };

/** A domain and an invoker of its own for each sequence, which may end them. */
async function world(): Promise<World> {
  for (const [of, some] of Object.entries(caught)) {
    isCaught[of] ||= some.length > 0;
    some.length = 0;
  }
  const { parties, requests } = await ownParties(at, remembered);
  const known: Partial<Record<Kind, Known>> = { ...others, ...parties };
  const clients = new Map<Kind, Connector>();
  const over = (kind: Kind) => {
    const opened = clients.get(kind) ?? client(at, known[kind]?.certificate);
    clients.set(kind, opened);
    return opened;
  };
  const ask = (kind: Kind, route: string) => over(kind).request(requestOf(requests.get(route)!));
  for (const route of negotiations) await ask('invoker', route);
  const end = async () => {
    await ask('invoker', 'DELETE /api-invoker-management/v1/onboardedInvokers/:onboardingId');
    await ask('AMF', 'DELETE /api-provider-management/v1/registrations/:registrationId');
    for (const one of clients.values()) one.close();
  };
  return { valid: [...requests.values()], over, end };
}

const context = '/capif-security/v1/trustedInvokers/:apiInvokerId';
const negotiations = [`PUT ${context}`, `POST ${context}/update`];

async function send({ valid, over }: World, step: Parameters<typeof altered<Kind>>[1]) {
  const { by, text, request } = altered(valid, step);
  const outcome = await over(by).request(request);
  const told = `${by}: ${request.method} ${request.path.slice(0, 200)} ${text.slice(0, 500)}`;
  if (outcome.outcome !== 'answered') throw new Error(`${outcome.outcome}, ${outcome.because}: ${told}`);
  const answer = JSON.stringify(outcome.headers) + outcome.body;
  expect(outcome.status, `${told}\n${answer}`).toBeLessThan(500);
  const heard = [...lasting, ...caughtForms()].filter((form) => answer.includes(form) && !text.includes(form));
  const own = mayHear[by]?.() ?? [];
  expect([told, heard.filter((form) => !own.includes(form))]).toEqual([told, []]);
}

/** Nobody listens where AEFs and invokers say that they are. */
const ofPeers = /a notification to https:\/\/127.0.0.1:9 is given up/;

test(`${runs} sequences of altered requests are answered, nothing goes wrong inside, and no secret is told`, async () => {
  await fc.assert(
    fc.asyncProperty(sequences(kinds), async (steps) => {
      const one = await world();
      try {
        for (const step of steps) await send(one, step);
      } finally {
        await one.end();
      }
      expect(at.errors.splice(0).filter((error) => !ofPeers.test(String(error)))).toEqual([]);
      const told = await ofCore.told();
      expect([...lasting, ...caughtForms()].filter((form) => told.includes(form))).toEqual([]);
    }),
    // To read a sequence takes less time than to shrink it.
    { numRuns: runs, endOnFailure: true },
  );
  expect(isCaught).toEqual({ aefPsks: true, privateKeys: true, accessTokens: true, onboardingTokens: true });
}, 3_600_000);
