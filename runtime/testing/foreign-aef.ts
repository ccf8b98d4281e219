/**
 * For the tests with a foreign AEF: `openssl s_server`, which indicates a mismatch only by TLS alerts (6.7). Its service
 * and all alerts are those of openssl. The test adds registration and publications, the answer to
 * check-authentication, which s_server cannot give, and the relay on the published port that leads to one of the two.
 */
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import type { CoreFunction } from '../core/core-function.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import type { Read } from '../wire/http-message.ts';
import { readRegisterApiProviderResponse, writeRegisterApiProviderRequest } from '../wire/provider-management-api.ts';
import { readSecurityInformationResponse, writeSecurityInformationRequest } from '../wire/security-information-api.ts';
import {
  readServiceApiPublishResponse,
  writeServiceApiPublishRequest,
  writeServiceApiUpdateRequest,
} from '../wire/services/publish-api.ts';
import { asked, connecting, file, hear, later, start } from './foreign-programs.ts';

type Address = { host: string; port: number };

function whole<T>(read: Read<T>): T {
  if (read.outcome === 'malformed') throw new Error(read.because);
  return read.value;
}

/** Two AEFs and their APF, registered by hand; the first AEF is the one that is published. */
export async function aProvider(core: CoreFunction) {
  const roles = ['AEF', 'AEF', 'APF'] as const;
  const keys = await Promise.all(roles.map(generateKeyPair));
  const functions = roles.map((role, n) => ({ role, publicKeyPem: keys[n]!.publicKeyPem }));
  const { registrationSecret } = core;
  const answer = await asked(connecting(core), writeRegisterApiProviderRequest({ registrationSecret, functions }));
  const registered = whole(readRegisterApiProviderResponse(answer)).functions.map((one, n) => ({
    id: one.apiProviderFunctionId,
    key: keys[n]!.privateKeyPem,
    cert: one.certificatePem,
  }));
  const [aef, other, apf] = [registered[0]!, registered[1]!, registered[2]!];
  let serviceApiId: string | undefined;

  return {
    aef,
    other,
    /** The first time, and every time its methods change; without a revision, as TS 29.222 has it. */
    async publish(at: Address, methods: readonly SecurityMethod[]): Promise<void> {
      const serviceApi = { apiName: 'greetings', aefs: [{ aefId: aef.id, ...at, apiVersion: 'v1', methods }] };
      const over = connecting(core, apf);
      if (serviceApiId) {
        const update = writeServiceApiUpdateRequest({ apfId: apf.id, serviceApiId, serviceApi });
        if ((await asked(over, update)).status !== 200) throw new Error('the update was not accepted');
      } else {
        const published = await asked(over, writeServiceApiPublishRequest({ apfId: apf.id, serviceApi }));
        serviceApiId = whole(readServiceApiPublishResponse(published)).serviceApiId;
      }
    },
    /** AEFPSK, if that is what the core selected for this invoker. */
    async keyOf(apiInvokerId: string): Promise<Buffer | undefined> {
      const answer = await asked(connecting(core, aef), writeSecurityInformationRequest({ apiInvokerId }));
      const [entry] = whole(readSecurityInformationResponse(answer));
      const { aefPsk } = JSON.parse(entry?.authenticationInfo ?? '{}') as { aefPsk?: string };
      return aefPsk === undefined ? undefined : Buffer.from(aefPsk, 'base64url');
    },
  };
}

export async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('connection', (socket) => later(() => socket.destroy()));
  later(() => server.close());
  return (server.address() as AddressInfo).port;
}

type Key = { identity: string; psk: string };
const nobodys: Key = { identity: 'nobody', psk: '07'.repeat(32) };
type ForeignAefOptions = {
  method: SecurityMethod;
  /** The options of s_server, which is started at first, and anew with the key after each check-authentication. */
  service(key: Key, own: string[]): string[] | Promise<string[]>;
  /** Awaited before the nth connection to the service is led there. */
  arrival?(n: number, publish: (methods: SecurityMethod[]) => Promise<void>): unknown;
};

/** TLS-PSK and no certificate. */
export const pskOnly = ({ identity, psk }: Key): string[] => ['-nocert', '-psk_identity', identity, '-psk', psk];

/** A certificate and no TLS-PSK; it requires one of this authority from its clients. */
export const certificatesOnly = async (own: string[], ca: string): Promise<string[]> => [
  ...[...own, '-Verify', '1', '-verify_return_error', '-CAfile'],
  await file('clients.pem', ca),
];

export async function foreignAef(core: CoreFunction, { method, service, arrival = () => {} }: ForeignAefOptions) {
  const { aef, publish, keyOf } = await aProvider(core);
  const own = ['-key', await file('aef.key.pem', aef.key), '-cert', await file('aef.cert.pem', aef.cert)];
  const said: (() => string)[] = [];
  let servicePort = 0;
  let arrivals = 0;
  let initiating = false;

  /** `-www` answers a GET with what openssl knows of the connection. */
  async function restart(key: Key): Promise<void> {
    const running = start('openssl', ['s_server', '-accept', '127.0.0.1:0', '-www', ...(await service(key, own))]);
    const [, port] = await hear(running, /ACCEPT \S+:(\d+)/);
    servicePort = Number(port);
    said.push(running.said);
  }

  const initiation = createHttpsServer({ key: aef.key, cert: aef.cert }, async (request, response) => {
    const body = (await request.setEncoding('utf8').toArray()).join('');
    const { apiInvokerId } = JSON.parse(body) as { apiInvokerId: string };
    const key = await keyOf(apiInvokerId);
    await restart(key ? { identity: apiInvokerId, psk: key.toString('hex') } : nobodys);
    response.setHeader('content-type', 'application/json').end('{"supportedFeatures":"0"}');
  });
  const initiationPort = await listening(initiation);

  const relay = createServer({ allowHalfOpen: true }, async (socket) => {
    const toInitiation = initiating;
    initiating = false;
    socket.on('error', () => {});
    if (!toInitiation) await arrival(++arrivals, (methods) => publish(address, methods));
    const beyond = connect({
      port: toInitiation ? initiationPort : servicePort,
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    later(() => beyond.destroy());
    beyond.on('error', () => socket.destroy());
    socket.pipe(beyond).pipe(socket);
  });
  const address = { host: '127.0.0.1', port: await listening(relay) };
  await publish(address, [method]);
  await restart(nobodys);

  return {
    aefId: aef.id,
    /** Everything that openssl has said of the connections to the service. */
    said: () => said.map((text) => text()).join('\n'),
    arrivals: () => arrivals,
    /** To be told the invoker's trace: the connection after this line of it is for check-authentication. */
    record({ effects }: TraceLine): void {
      if (JSON.stringify(effects).includes('"AuthenticationInitiationRequest"')) initiating = true;
    },
  };
}
