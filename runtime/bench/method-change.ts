/** A method change at the invoker, from the refusal to the answer, beside a client written by hand that makes the same requests. */
import { Agent, type AgentOptions, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { deriveAefPsk, serviceApiInterface } from '../credentials/aef-psk.ts';
import { createInvoker } from '../invoker/invoker.ts';
import type { Known } from '../testing/roles.ts';
import { clientProfile } from '../transport/tls-profile.ts';
import { writeAuthenticationInitiationRequest } from '../wire/aef-security-api.ts';
import type { HttpRequest } from '../wire/http-message.ts';
import { writeSecurityMethodRequest, writeSecurityMethodUpdateRequest } from '../wire/security-api.ts';
import type { Changing } from './changing-process.ts';
import { type Bench, compared } from './figure.ts';
import { served } from './served.ts';

const path = '/greetings/v1/hello';

/** One invoker after another; the method is PSK and PKI in turns. */
export async function methodChange(runs: number): Promise<Bench[]> {
  const { place, ask, close } = await served<Changing>('changing-process');
  const { core, aef, onboardingTokens, known } = place;
  const invokers = onboardingTokens.map((onboardingToken) => createInvoker({ core, onboardingToken }));
  const clients = known.map((one) => new HandWritten(place, one));
  let method: SecurityMethod = 'PKI';
  const ours = async () => {
    for (const invoker of invokers) await (await invoker.fetch(path, { aefId: aef.aefId })).text();
  };
  const theirs = async () => {
    for (const one of clients) await one.invoke();
  };
  try {
    await ours();
    for (const one of clients) await one.begin();
    const measured = await compared({
      rounds: 4 * runs,
      times: invokers.length,
      async before() {
        method = method === 'PSK' ? 'PKI' : 'PSK';
        await ask('change', method);
      },
      task: (own) => (own ? ours() : theirs()),
    });
    const figure = { name: 'method change', runs };
    const { ours: cpu, ratio, perSecond, speed } = measured;
    return [
      { ...figure, median: cpu, unit: 'µs of CPU', ratios: { https: ratio } },
      { ...figure, median: 1000 / perSecond, unit: 'ms', ratios: { https: speed } },
    ];
  } finally {
    for (const invoker of invokers) invoker.close();
    for (const one of clients) one.close();
    await close();
  }
}

type Answer = { status: number; body: string; socket: TLSSocket };

/** Knows nothing but these requests: a GET that is refused, POST update, POST check-authentication, and the GET again. */
class HandWritten {
  readonly #place: Changing;
  readonly #known: Known;
  readonly #byCertificate: AgentOptions;
  #over = new Agent();

  constructor(place: Changing, known: Known) {
    this.#place = place;
    this.#known = known;
    this.#byCertificate = { ...clientProfile({ psk: false }), ...known.certificate, ca: place.core.ca };
  }

  async begin(): Promise<void> {
    await this.#negotiate(writeSecurityMethodRequest);
  }

  async invoke(): Promise<void> {
    const refused = await this.#get();
    if (refused.status !== 403) throw new Error(`the answer is ${refused.status}`);
    this.#over.destroy();
    await this.#negotiate(writeSecurityMethodUpdateRequest);
    const served = await this.#get();
    if (served.status !== 200) throw new Error(`the answer is ${served.status}`);
  }

  close(): void {
    this.#over.destroy();
  }

  #get(): Promise<Answer> {
    return asked(this.#over, this.#place.aef, { method: 'GET', path });
  }

  async #negotiate(write: typeof writeSecurityMethodRequest): Promise<void> {
    const { core, aef } = this.#place;
    const { id } = this.#known;
    const wanted = write({
      apiInvokerId: id,
      entries: [{ aefId: aef.aefId, supported: ['PSK', 'PKI', 'OAUTH'] }],
      notificationDestination: 'https://invoker.invalid/notifications',
    });
    const own = { ...this.#byCertificate, ...clientProfile({ psk: false, maxVersion: 'TLSv1.2' }) };
    const toCore = new Agent({ ...own, keepAlive: true, maxCachedSessions: 0 });
    const { body, socket } = await asked(toCore, core, wanted);
    const { securityInfo } = JSON.parse(body) as { securityInfo: { selSecurityMethod: SecurityMethod }[] };
    const isPsk = securityInfo[0]!.selSecurityMethod === 'PSK';
    const psk = isPsk ? deriveAefPsk(socket, serviceApiInterface(aef)).key : undefined;
    toCore.destroy();
    const initiating = new Agent({
      ...this.#byCertificate,
      maxCachedSessions: 0,
      checkServerIdentity: () => undefined,
    });
    await asked(initiating, aef, writeAuthenticationInitiationRequest({ apiInvokerId: id, supportedFeatures: '0' }));
    initiating.destroy();
    this.#over = new Agent({
      ...(psk ? { ...clientProfile({ psk: true }), pskCallback: () => ({ identity: id, psk }) } : this.#byCertificate),
      checkServerIdentity: () => undefined,
      keepAlive: true,
      maxCachedSessions: 0,
    });
  }
}

function asked(
  agent: Agent,
  { host, port }: { host: string; port: number },
  { method, path, headers = {}, body }: HttpRequest,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const asking = request({ agent, host, port, method, path, headers: { ...headers, ...length } });
    asking.on('response', (response) => {
      const chunks: Buffer[] = [];
      const { statusCode: status = 0 } = response;
      const socket = response.socket as TLSSocket;
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status, body: Buffer.concat(chunks).toString(), socket }));
    });
    asking.on('error', reject).end(body);
  });
}
