/**
 * `capif expose`, killed at random moments while its methods change, invokers are served and others are revoked: started again it
 * has the methods that it acknowledged, and serves nobody whose revocation it acknowledged. `CAPIF_KILLS=50` kills it 50 times.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import type { Invoker } from '../invoker/invoker.ts';
import { control } from '../operating/control-socket.ts';
import { processFolder, type RoleProcess } from '../testing/role-processes.ts';
import { closeAll, invoking, type Testbed, testbed } from '../testing/roles.ts';

const kills = Number(process.env.CAPIF_KILLS ?? 3);
const { folder, start, close } = processFolder();
const service = createServer((_, response) => response.end('served'));
let at: Testbed;
let aef: RoleProcess;
let aefId: string;
let bind = '127.0.0.1:0';
/** The methods that the core was last told of, as the AEF has acknowledged to its operator. */
let methods: string;

/** Resolves with the methods that the AEF has. */
async function startAef(): Promise<string> {
  const { port } = service.address() as AddressInfo;
  const { host, port: corePort, ca, registrationSecret } = at.core;
  writeFileSync(join(folder, 'ca.pem'), ca);
  writeFileSync(join(folder, 'secret'), registrationSecret, { mode: 0o600 });
  const toCore = `--core ${host}:${corePort} --ca ca.pem --registration-secret-file secret`;
  const line = `capif expose ${toCore} --upstream http://127.0.0.1:${port} --bind ${bind} --methods PKI --log-level silent`;
  aef = start(line);
  const said = await aef.until(/known to the core.*\n/);
  const [, id, address, has] = /^(\S+) is ready on (\S+): \S+ with (.*), known/.exec(said)!;
  [aefId, bind] = [id!, address!];
  return has!.replaceAll(' ', '');
}

beforeAll(async () => {
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  at = await testbed();
  methods = await startAef();
}, 60_000);
afterAll(async () => {
  await close();
  await closeAll();
  service.close();
});

const answerTo = async (invoker: Invoker) => (await invoker.fetch('/api/v1/hello', { aefId })).text();
const isInformed = (apiInvokerId: string) =>
  at.lines.some(
    ({ event, instance }) => event.type === 'RevokeAuthorizationResponse' && instance.startsWith(`${apiInvokerId}/`),
  );

/** What is under way when the AEF is killed may fail, and nothing before. */
async function storm(revoked: Invoker, lastsMs: number): Promise<void> {
  let isOver = false;
  const before = (error: unknown) => {
    if (!isOver) throw error;
  };
  const changing = (async () => {
    for (let n = 0; !isOver; n += 1) {
      const wanted: SecurityMethod = securityMethods[n % securityMethods.length]!;
      await control(join(folder, 'capif-aef'), 'methods', wanted);
      methods = wanted;
    }
  })();
  const revoking = revoked.onboard().then((id) => at.core.revoke(id, aefId));
  await Promise.race([delay(lastsMs), changing]);
  isOver = true;
  await aef.kill();
  await Promise.all([changing.catch(before), revoking]);
}

test(
  `after each of ${kills} SIGKILLs it goes on with the methods and the revocations that it has acknowledged (6.7, 6.8)`,
  async () => {
    let informed = 0;
    const steady = await invoking(at);
    for (let kill = 1; kill <= kills; kill += 1) {
      const revoked = await invoking(at);
      expect(await answerTo(revoked)).toBe('served');
      await storm(revoked, Math.random() * 150);
      const wasInformed = isInformed(await revoked.onboard());
      const acknowledged = methods;
      const has = await startAef();
      // A change that was under way may be done, and is then the next one.
      const next = securityMethods[(securityMethods.indexOf(acknowledged as SecurityMethod) + 1) % 3];
      expect([acknowledged, next, 'PSK']).toContain(has);
      expect(at.core.methodsOf(aefId).join()).toBe(has);
      methods = has;
      if (wasInformed) expect(await answerTo(revoked).catch(() => 'refused')).toBe('refused');
      await expect.poll(() => answerTo(revoked).catch(() => 'refused'), { timeout: 30_000 }).toBe('refused');
      expect(await answerTo(steady)).toBe('served');
      informed += Number(wasInformed);
    }
    console.log(
      `${kills} kills of an AEF: ${kills} revocations, ${informed} of them acknowledged before; none was served`,
    );
  },
  60_000 + kills * 30_000,
);
