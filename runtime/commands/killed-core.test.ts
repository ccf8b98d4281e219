/**
 * `capif core`, killed at random moments while invokers are onboarded, negotiate and are revoked, and AEFs are published and
 * change their methods: whatever it has acknowledged is there when it is started again. `CAPIF_KILLS=200` kills it 200 times.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { securityMethods } from '../../machines/vocabulary.ts';
import { createExposingFunction, type ExposingFunction } from '../exposing/exposing-function.ts';
import { createInvoker, type Invoker } from '../invoker/invoker.ts';
import { control } from '../operating/control-socket.ts';
import { processFolder, type RoleProcess } from '../testing/role-processes.ts';

const kills = Number(process.env.CAPIF_KILLS ?? 3);
const pause = { firstMs: 10, longestMs: 50 };
const { folder, start, close } = processFolder();
const coreFolder = join(folder, 'capif-core');
const inCore = (name: string) => readFileSync(join(coreFolder, name), 'utf8').trim();
let core: RoleProcess;
let address: { host: string; port: number; ca: string } | undefined;
/** What was acknowledged to whoever asked. */
const invokers: Invoker[] = [];
const revoked: Invoker[] = [];
const aefs: ExposingFunction[] = [];
const tokens: string[] = [];

async function startCore(): Promise<void> {
  core = start(`capif core --log-level silent --bind 127.0.0.1:${address?.port ?? 0}`);
  const said = await core.until(/capif invoke .*\n/);
  const port = Number(/ready on \S+:(\d+)\./.exec(said)![1]);
  address = { host: '127.0.0.1', port, ca: inCore('authority.certificate.pem') };
}

beforeAll(async () => {
  await startCore();
  await publish();
  for (let n = 0; n < 3; n += 1) await onboard();
}, 60_000);
afterAll(async () => {
  for (const invoker of [...invokers, ...revoked]) invoker.close();
  await close();
  await Promise.all(aefs.map((aef) => aef.close()));
});

const issued = (subject: string) => control(coreFolder, 'issue', { subject, lifetimeSeconds: 3600 }) as Promise<string>;

async function issue(): Promise<void> {
  const [, claims = ''] = (await issued('of the storm')).split('.');
  tokens.push((JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string }).jti);
}

async function onboard(): Promise<void> {
  const invoker = createInvoker({ core: address!, onboardingToken: await issued('an invoker'), pause });
  await invoker.onboard();
  invokers.push(invoker);
}

async function publish(): Promise<void> {
  const registrationSecret = inCore('registration-secret');
  const aef = await createExposingFunction({
    ...{ core: address!, registrationSecret, apiName: 'greetings', methods: ['PKI'], pause },
    serve: ({ securityMethod }) => ({ status: 200, body: securityMethod }),
  });
  await aef.settled();
  aefs.push(aef);
}

/** One a storm: each is a listener of this process. */
function publishOnce(): () => Promise<void> {
  let published: Promise<void> | undefined;
  return () => (published ??= publish());
}

async function revoke(): Promise<void> {
  if (invokers.length < 3) return;
  const [invoker] = invokers.splice(0, 1) as [Invoker];
  await control(coreFolder, 'revoke', { apiInvokerId: await invoker.onboard(), aefId: aefs[0]!.aefId });
  revoked.push(invoker);
}

const answerTo = async (invoker: Invoker): Promise<string> =>
  (await invoker.fetch('/greetings/v1/hello', { aefId: aefs[0]!.aefId })).text();

async function negotiate(): Promise<void> {
  const invoker = invokers.at(-1)!;
  await answerTo(invoker).catch((error) => {
    if (invokers.includes(invoker)) throw error;
  });
}

/** Does it again and again until the core is killed. What fails before fails the test; what is under way then may fail. */
async function untilKilled(killed: AbortSignal, act: () => Promise<void>): Promise<void> {
  const aborted = once(killed, 'abort');
  while (!killed.aborted) {
    const done = act().catch((error) => {
      if (!killed.aborted) throw error;
    });
    await Promise.race([done, aborted]);
    await nextTurn();
  }
}

async function storm(lastsMs: number): Promise<void> {
  const killing = new AbortController();
  const acts = [issue, onboard, negotiate, revoke, publishOnce()];
  const storming = Promise.all(acts.map((act) => untilKilled(killing.signal, act)));
  await Promise.race([delay(lastsMs), storming]);
  killing.abort();
  await core.kill();
  await storming;
}

test(
  `after each of ${kills} SIGKILLs, all that it has acknowledged is there, and everybody converges (6.1, 6.7, 6.8)`,
  async () => {
    const checked = new Set<Invoker>();
    for (let kill = 1; kill <= kills; kill += 1) {
      const method = securityMethods[kill % securityMethods.length]!;
      const changed = aefs[0]!.changeMethods([method]);
      await storm(Math.random() * 1000);
      await startCore();
      await changed;

      for (const invoker of invokers.filter((one) => !checked.has(one)).concat(invokers.slice(0, 3))) {
        expect(await answerTo(invoker)).toBe(method);
        checked.add(invoker);
      }
      const discovered = (await invokers[0]!.discover()).flatMap((api) => api.aefs);
      for (const { aefId } of aefs.slice(1)) expect(discovered).toContainEqual(expect.objectContaining({ aefId }));
      expect(discovered.find(({ aefId }) => aefId === aefs[0]!.aefId)!.methods).toEqual([method]);
      const known = (await control(coreFolder, 'list', null)) as { tokenId: string }[];
      expect(known.map(({ tokenId }) => tokenId)).toEqual(expect.arrayContaining(tokens));
      for (const invoker of revoked.filter((one) => !checked.has(one) || Math.random() < 0.1)) {
        await expect.poll(() => answerTo(invoker).catch(() => 'refused'), { timeout: 30_000 }).toBe('refused');
        checked.add(invoker);
      }
    }
    console.log(
      `${kills} kills: ${invokers.length + revoked.length} invokers onboarded, ${revoked.length} revoked, ` +
        `${aefs.length} AEFs, ${tokens.length} tokens: all there`,
    );
  },
  60_000 + kills * 30_000,
);
