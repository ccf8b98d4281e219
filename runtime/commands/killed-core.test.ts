/**
 * `capif core`, killed at random moments while invokers are onboarded, negotiate and are revoked, and AEFs are published and
 * change their methods: whatever it has acknowledged is there when it is started again. `CAPIF_KILLS=200` kills it 200 times.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, test } from 'vitest';
import { securityMethods } from '../../machines/vocabulary.ts';
import { control } from '../operating/control-socket.ts';
import { CoreStorm } from '../testing/core-storm.ts';
import { processFolder, type RoleProcess } from '../testing/role-processes.ts';

const kills = Number(process.env.CAPIF_KILLS ?? 3);
const { folder, start, close } = processFolder();
const coreFolder = join(folder, 'capif-core');
const inCore = (name: string) => readFileSync(join(coreFolder, name), 'utf8').trim();
let core: RoleProcess;
let port = 0;
const storm = new CoreStorm({
  address: () => ({ host: '127.0.0.1', port, ca: inCore('authority.certificate.pem') }),
  registrationSecret: () => inCore('registration-secret'),
  control: (command, argument) => control(coreFolder, command, argument),
});

async function startCore(): Promise<void> {
  core = start(`capif core --log-level silent --bind 127.0.0.1:${port}`);
  const said = await core.until(/capif invoke .*\n/);
  port = Number(/ready on \S+:(\d+)\./.exec(said)![1]);
}

beforeAll(async () => {
  await startCore();
  await storm.begin();
}, 60_000);
afterAll(async () => {
  await close();
  await storm.close();
});

async function killInStorm(lastsMs: number): Promise<void> {
  const killing = new AbortController();
  const raging = storm.rage(killing.signal);
  await Promise.race([delay(lastsMs), raging]);
  killing.abort();
  await core.kill();
  await raging;
}

test(
  `after each of ${kills} SIGKILLs, all that it has acknowledged is there, and everybody converges (6.1, 6.7, 6.8)`,
  async () => {
    for (let kill = 1; kill <= kills; kill += 1) {
      const method = securityMethods[kill % securityMethods.length]!;
      const changed = storm.changeMethod(method);
      await killInStorm(Math.random() * 1000);
      await startCore();
      await changed;
      await storm.check(method);
    }
    console.log(`${kills} kills: ${storm.acknowledged}: all there`);
  },
  60_000 + kills * 30_000,
);
