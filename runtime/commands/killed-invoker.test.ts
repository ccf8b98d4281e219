/**
 * `capif invoke`, killed at random moments of its first invocation: run again it is the same invoker, and is served. `CAPIF_KILLS=50`
 * kills it 50 times.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { securityMethods } from '../../machines/vocabulary.ts';
import type { ExposingFunction } from '../exposing/exposing-function.ts';
import { processFolder } from '../testing/role-processes.ts';
import { closeAll, exposing, type Testbed, testbed } from '../testing/roles.ts';

const kills = Number(process.env.CAPIF_KILLS ?? 3);
const { folder, start, run, close } = processFolder();
let at: Testbed;
let aef: ExposingFunction;

beforeAll(async () => {
  at = await testbed();
  aef = await exposing(at, { methods: ['PKI'] });
  writeFileSync(join(folder, 'ca.pem'), at.core.ca);
}, 60_000);
afterAll(async () => {
  await close();
  await closeAll();
});

const known = () => at.core.onboardingTokens().filter(({ state }) => state === 'used');

test(
  `after each of ${kills} SIGKILLs it is the invoker that it was, and is served by the method of the moment (6.1, 6.7)`,
  async () => {
    let whileKilled = 0;
    for (let kill = 1; kill <= kills; kill += 1) {
      writeFileSync(join(folder, 'token'), await at.core.onboardingToken(`invoker ${kill}`), { mode: 0o600 });
      const toCore = `--core ${at.core.host}:${at.core.port} --ca ca.pem --onboarding-token-file token`;
      const line = `capif invoke ${toCore} --folder invoker-${kill} GET /hello`;
      const killed = start(line);
      // Every other time when the core has heard of it.
      const { length } = at.lines;
      if (kill % 2 === 1)
        await expect.poll(() => at.lines.length, { timeout: 30_000, interval: 1 }).toBeGreaterThan(length);
      await delay(Math.random() * (kill % 2 === 1 ? 100 : 1500));
      await killed.kill();
      whileKilled += Number(known().length === kill);

      const method = securityMethods[kill % securityMethods.length]!;
      await aef.changeMethods([method]);
      expect(await run(line)).toMatchObject({ status: 0, stdout: method });
      const { apiInvokerId } = JSON.parse(readFileSync(join(folder, `invoker-${kill}/invoker.json`), 'utf8')) as {
        apiInvokerId: string;
      };
      expect(known().find(({ subject }) => subject === `invoker ${kill}`)!.apiInvokerId).toBe(apiInvokerId);
    }
    expect(known()).toHaveLength(kills);
    console.log(
      `${kills} kills of an invoker, ${whileKilled} after the core had onboarded it: each went on as who it was`,
    );
  },
  60_000 + kills * 30_000,
);
