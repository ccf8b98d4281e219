/**
 * Shows: a core, an exposing function and an invoker in one process, over real TLS on loopback. The exposing function
 * changes its security method, and the invoker follows (6.7).
 * Run: node --import tsx examples/embed-the-roles.ts
 */
import { createCoreFunction } from '../runtime/core/core-function.ts';
import { createExposingFunction } from '../runtime/exposing/exposing-function.ts';
import { createInvoker } from '../runtime/invoker/invoker.ts';

const core = await createCoreFunction();
const address = { host: core.host, port: core.port, ca: core.ca };

const aef = await createExposingFunction({
  core: address,
  registrationSecret: core.registrationSecret,
  apiName: 'greetings',
  methods: ['PSK'],
  serve: ({ securityMethod }) => ({ status: 200, body: `hello, by ${securityMethod}` }),
});
await aef.settled();

const invoker = createInvoker({ core: address, onboardingToken: await core.onboardingToken('my invoker') });
const hello = async () => (await invoker.fetch('/greetings/v1/hello')).text();

console.log(await hello());
await aef.changeMethods(['PKI']);
console.log(await hello());

invoker.close();
await aef.close();
await core.close();
