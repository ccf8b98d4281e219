/** The processes of the benchmark of growth: one is a core, one an AEF, one has all invokers. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { type CoreFunction, createCoreFunction } from '../core/core-function.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { coreIdentityCheck } from '../credentials/peer-identity.ts';
import { createExposingFunction } from '../exposing/exposing-function.ts';
import { createInvoker, type Invoker, type InvokerIdentity } from '../invoker/invoker.ts';
import { type Connector, connector } from '../transport/connector.ts';
import { readOnboardApiInvokerResponse, writeOnboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { inParallel } from './figure.ts';
import { serving } from './served.ts';

export type Address = Pick<CoreFunction, 'host' | 'port' | 'ca'>;
export type Own =
  | { role: 'core' }
  | { role: 'aef'; core: Address; registrationSecret: string }
  | { role: 'invokers'; core: Address };
export type Watched = { p99Ms: number; longestMs: number; refused: number; questions: number };

const delays = monitorEventLoopDelay({ resolution: 5 });
delays.enable();
let refused = 0;
let questions = 0;
const onHandshakeFailure = () => {
  refused += 1;
};

/** Bytes of the heap, once what nobody needs has gone. */
function memory(): number {
  for (let n = 0; n < 3; n += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function watch(): void {
  delays.reset();
  refused = 0;
  questions = 0;
}

const watched = (): Watched => ({
  p99Ms: delays.percentile(99) / 1e6,
  longestMs: delays.max / 1e6,
  refused,
  questions,
});

const common = { memory, watch, watched };
/** All invokers come from one address here, which they do not do elsewhere. */
const ofOneAddress = {
  onHandshakeFailure,
  connectionsMax: 100_000,
  limits: { connectionsPerPeer: 100_000, handshakesPerSecond: 100_000 },
};

async function core() {
  const made = await createCoreFunction({
    ...ofOneAddress,
    record({ event: { type } }) {
      if (type === 'SecurityMethodRequest' || type === 'SecurityMethodUpdateRequest') questions += 1;
    },
  });
  const { host, port, ca, registrationSecret } = made;
  return serving(
    { host, port, ca, registrationSecret },
    {
      ...common,
      tokens: (count: number) => Promise.all(Array.from({ length: count }, () => made.onboardingToken('bench'))),
    },
  );
}

async function aef({ core, registrationSecret }: Own & { role: 'aef' }) {
  const made = await createExposingFunction({
    ...{ core, registrationSecret, apiName: 'greetings', methods: ['PKI'], ...ofOneAddress },
    serve: ({ securityMethod }) => ({ status: 200, body: securityMethod }),
  });
  await made.settled();
  return serving(
    { aefId: made.aefId },
    { ...common, change: (method: SecurityMethod) => made.changeMethods([method]) },
  );
}

function invokers({ core }: Own & { role: 'invokers' }) {
  const all: Invoker[] = [];
  async function invoke(invoker: Invoker, method: SecurityMethod): Promise<void> {
    const said = await (await invoker.fetch('/greetings/v1/hello')).text();
    if (said !== method) throw new Error(`served under ${said}, not ${method}`);
  }
  serving(null, {
    ...common,
    /** More invokers, each with an association. Their onboardings, which are not measured, share connections. */
    async add({ tokens, method }: { tokens: string[]; method: SecurityMethod }) {
      const over = connector({ ...core, credential: { by: 'nothing' }, checkServerIdentity: coreIdentityCheck({}) });
      const waiting = [...tokens];
      await inParallel(8, tokens.length, async () => {
        const onboardingToken = waiting.pop()!;
        const invoker = createInvoker({ core, onboardingToken, identity: await onboarded(over, onboardingToken) });
        await invoke(invoker, method);
        all.push(invoker);
      });
      over.close();
    },
    /** All invoke at once; who gives up invokes again. Seconds until all are served under this method. */
    async converge(method: SecurityMethod): Promise<{ seconds: number; gaveUp: number }> {
      const started = performance.now();
      let gaveUp = 0;
      const isServed = (invoker: Invoker) =>
        invoke(invoker, method).then(
          () => true,
          () => false,
        );
      const converge = async (invoker: Invoker) => {
        while (!(await isServed(invoker))) gaveUp += 1;
      };
      await Promise.all(all.map(converge));
      return { seconds: (performance.now() - started) / 1000, gaveUp };
    },
  });
}

async function onboarded(over: Connector, onboardingToken: string): Promise<InvokerIdentity> {
  const { publicKeyPem, privateKeyPem: key } = await generateKeyPair();
  const notificationDestination = 'https://invoker.invalid/notifications';
  const request = writeOnboardApiInvokerRequest({ publicKeyPem, notificationDestination });
  const headers = { ...request.headers, authorization: `Bearer ${onboardingToken}` };
  const answer = await over.request({ ...request, headers });
  const read = answer.outcome === 'answered' ? readOnboardApiInvokerResponse(answer) : undefined;
  if (read?.outcome !== 'read') throw new Error('an invoker was not onboarded');
  const { apiInvokerId, onboardingId, certificatePem: cert } = read.value;
  return { apiInvokerId, onboardingId, certificate: { key, cert } };
}

const own = JSON.parse(process.argv[2]!) as Own;
if (own.role === 'core') await core();
else if (own.role === 'aef') await aef(own);
else invokers(own);
