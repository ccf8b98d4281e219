/** An AEF and its publisher whose core says for each operation that it is to be asked elsewhere (TS 29.222 7.3). */
import { afterEach, expect, test } from 'vitest';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { closeAll, exposing, invoking, saying, testbed } from '../testing/roles.ts';
import { closeAll as closeServers, serving } from '../testing/servers.ts';

afterEach(async () => {
  await closeAll();
  closeServers();
});

test('307 and 308 are followed in registration, publication and the questions about invokers, to the core alone', async () => {
  const authority = await createAuthority({ name: 'redirecting', now: Date.now() });
  const at = await testbed({ authority });
  const { publicKeyPem, privateKeyPem } = await generateKeyPair();
  const cert = await authority.issue({
    subject: { role: 'capifCoreFunction', id: 'front' },
    publicKey: publicKeyPem,
    names: { ip: ['127.0.0.1'] },
    usages: ['server'],
    now: Date.now(),
  });
  const moved: string[] = [];
  let to = at.core.port;
  const front = await serving(
    (request, response) => {
      moved.push(`${request.method} ${request.url?.split('/')[1]}`);
      const location = `https://127.0.0.1:${to}${request.url}`;
      response.writeHead(moved.length % 2 ? 307 : 308, { location }).end();
    },
    { key: privateKeyPem, cert },
  );
  const core = { host: '127.0.0.1', port: front.port, ca: at.core.ca };
  const aef = await exposing(at, { core, methods: ['PSK'] });
  const invoker = await invoking(at);
  expect(await saying(invoker, aef)).toBe('PSK');
  await aef.changeMethods(['PKI']);
  expect(await saying(invoker, aef)).toBe('PKI');
  expect(new Set(moved)).toEqual(
    new Set(['POST api-provider-management', 'POST published-apis', 'PUT published-apis', 'GET capif-security']),
  );

  // Another server has no certificate of this authority.
  const asked: unknown[] = [];
  const stranger = await serving((request, response) => {
    asked.push(request.url);
    response.end();
  });
  to = stranger.port;
  const before = at.core.methodsOf(aef.aefId);
  aef.changeMethods(['PSK']).catch(() => {});
  await expect.poll(() => moved.filter((one) => one.startsWith('PUT')).length).toBeGreaterThan(3);
  expect([at.core.methodsOf(aef.aefId), asked]).toEqual([before, []]);
});
