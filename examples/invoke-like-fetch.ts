/**
 * Shows: an invoker as an application uses it. Its identity is kept in a folder, its `fetch` goes to code that knows nothing of
 * CAPIF, bodies stream, and it hears of a change of method (6.7).
 * Run: node --import tsx examples/invoke-like-fetch.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createCoreFunction } from '../runtime/core/core-function.ts';
import { createExposingFunction } from '../runtime/exposing/exposing-function.ts';
import { createInvoker, InvocationError, openInvokerFolder } from '../runtime/invoker/invoker.ts';

const core = await createCoreFunction();
const address = { host: core.host, port: core.port, ca: core.ca };
const aef = await createExposingFunction({
  core: address,
  registrationSecret: core.registrationSecret,
  apiName: 'letters',
  methods: ['PKI'],
  serve: async ({ body, securityMethod }) => ({ status: 200, body: `${await text(body)} by ${securityMethod}` }),
});
await aef.settled();

/** Knows nothing of CAPIF, as a generated client does. */
async function send(url: string, letters: ReadableStream, fetch: typeof globalThis.fetch): Promise<string> {
  const init = { method: 'POST', body: letters, duplex: 'half' };
  const response = await fetch(new Request(url, init));
  return response.text();
}

const folder = mkdtempSync(join(tmpdir(), 'invoker-'));
/** The first one onboards; the others are the same invoker. */
async function invoker() {
  const { keys, identity, save } = await openInvokerFolder(folder);
  const onboarding = identity ? { identity } : { keys, onboardingToken: await core.onboardingToken('my invoker') };
  const made = createInvoker({ core: address, ...onboarding });
  await save(await made.identity());
  return made;
}

const first = await invoker();
first.on('method-changed', ({ apiName, from, to }) => console.log(`${apiName}: ${from} → ${to}`));
const url = `https://${aef.host}:${aef.port}/letters/v1/inbox`;
console.log(await send(url, new Blob(['a', 'b']).stream(), first.fetch));
await aef.changeMethods(['OAUTH']);
console.log(await send(url, new Blob(['c', 'd']).stream(), first.fetch));
const apiInvokerId = await first.onboard();
first.close();

const again = await invoker();
console.log((await again.onboard()) === apiInvokerId);
await again.offboard();
await again.fetch(url).catch((error) => console.log(error instanceof InvocationError && error.code));

again.close();
await aef.close();
await core.close();
rmSync(folder, { recursive: true });
