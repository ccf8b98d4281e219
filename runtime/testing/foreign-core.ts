/**
 * For tests: a core that is nobody's. It has an ordinary certificate, gives ordinary certificates, answers with what TS
 * 29.222 asks for and nothing else, and knows neither revisions nor numbers of negotiations.
 */
import { constants, createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SignJWT } from 'jose';
import { deriveAefPsk, serviceApiInterface } from '../credentials/aef-psk.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { testAuthority } from './pki.ts';

type Asked = { method: string; path: string; query: URLSearchParams; body: string; socket: TLSSocket };
type Answer = { status: number; body?: object; location?: string };
type Entry = {
  aefId: string;
  prefSecurityMethods: string[];
  selSecurityMethod?: string;
  authenticationInfo?: string | undefined;
};
type Interface = { ipv4Addr: string; port: number; securityMethods: string[] };
type Api = { apiName: string; aefProfiles: { aefId: string; interfaceDescriptions: [Interface] }[] };

export type ForeignCore = Awaited<ReturnType<typeof foreignCore>>;

export async function foreignCore() {
  const authority = await testAuthority('nobody in particular');
  const { privateKeyPem: key, publicKeyPem } = await generateKeyPair();
  const cert = await authority.certify('core', publicKeyPem);
  const asked: string[] = [];
  const apis = new Map<string, Api>();
  const contexts = new Map<string, Entry[]>();
  let invokers = 0;

  /** The first method of the list that the AEF has published; for TLS-PSK the key of this connection, in hexadecimal. */
  function negotiate(socket: TLSSocket, entry: Entry): Entry {
    const profiles = [...apis.values()].flatMap(({ aefProfiles }) => aefProfiles);
    const { interfaceDescriptions } = profiles.find(({ aefId }) => aefId === entry.aefId)!;
    const [{ ipv4Addr, port, securityMethods }] = interfaceDescriptions;
    const selSecurityMethod = entry.prefSecurityMethods.find((method) => securityMethods.includes(method));
    const { key: aefPsk } = deriveAefPsk(socket, serviceApiInterface({ host: ipv4Addr, port }));
    const authenticationInfo = selSecurityMethod === 'PSK' ? aefPsk.toString('hex') : undefined;
    return { ...entry, ...(selSecurityMethod && { selSecurityMethod }), authenticationInfo };
  }

  const operations: [method: string, path: RegExp, answer: (asked: Asked, id: string) => Answer | Promise<Answer>][] = [
    [
      'POST',
      /^\/api-provider-management\/v1\/registrations$/,
      async ({ body }) => {
        const wanted = JSON.parse(body) as {
          apiProvFuncs: { apiProvFuncRole: string; regInfo: Record<string, string> }[];
        };
        for (const one of wanted.apiProvFuncs) {
          const apiProvFuncId = `${one.apiProvFuncRole}-of-nobody`;
          one.regInfo.apiProvCert = await authority.certify(apiProvFuncId, one.regInfo.apiProvPubKey!);
          Object.assign(one, { apiProvFuncId });
        }
        return {
          status: 201,
          body: { apiProvDomId: 'domain', ...wanted },
          location: '/api-provider-management/v1/registrations/1',
        };
      },
    ],
    ['POST', /^\/published-apis\/v1\/[^/]+\/service-apis$/, ({ body }) => publish(body, 'api-1', 201)],
    ['PUT', /^\/published-apis\/v1\/[^/]+\/service-apis\/([^/]+)$/, ({ body }, id) => publish(body, id, 200)],
    [
      'POST',
      /^\/api-invoker-management\/v1\/onboardedInvokers$/,
      async ({ body }) => {
        const wanted = JSON.parse(body) as { onboardingInformation: Record<string, string> };
        const apiInvokerId = `invoker-of-nobody-${++invokers}`;
        const { onboardingInformation: keys } = wanted;
        keys.apiInvokerCertificate = await authority.certify(apiInvokerId, keys.apiInvokerPublicKey!);
        return {
          status: 201,
          body: { ...wanted, apiInvokerId },
          location: `/api-invoker-management/v1/onboardedInvokers/${apiInvokerId}`,
        };
      },
    ],
    [
      'GET',
      /^\/service-apis\/v1\/allServiceAPIs$/,
      () => ({ status: 200, body: { serviceAPIDescriptions: [...apis.values()] } }),
    ],
    ['PUT', /^\/capif-security\/v1\/trustedInvokers\/([^/]+)$/, (asked, id) => negotiated(asked, id, 201)],
    ['POST', /^\/capif-security\/v1\/trustedInvokers\/([^/]+)\/update$/, (asked, id) => negotiated(asked, id, 200)],
    [
      'GET',
      /^\/capif-security\/v1\/trustedInvokers\/([^/]+)$/,
      (_, id) =>
        contexts.has(id)
          ? { status: 200, body: { securityInfo: contexts.get(id), notificationDestination: 'https://nobody.example' } }
          : { status: 404 },
    ],
    [
      'POST',
      /^\/capif-security\/v1\/securities\/([^/]+)\/token$/,
      async ({ body }, id) => {
        const scope = new URLSearchParams(body).get('scope') ?? '';
        const token = await new SignJWT({ iss: id, scope })
          .setProtectedHeader({ alg: 'ES256' })
          .setExpirationTime('10m')
          .sign(createPrivateKey(key));
        return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: 600 } };
      },
    ],
  ];

  function publish(body: string, apiId: string, status: number): Answer {
    const api = JSON.parse(body) as Api;
    apis.set(apiId, api);
    return { status, body: { ...api, apiId }, location: `/published-apis/v1/apf/service-apis/${apiId}` };
  }

  function negotiated({ body, socket }: Asked, id: string, status: number): Answer {
    const wanted = JSON.parse(body) as { securityInfo: Entry[] };
    const securityInfo = wanted.securityInfo.map((entry) => negotiate(socket, entry));
    contexts.set(id, securityInfo);
    const told = securityInfo.map(({ authenticationInfo: _, ...entry }) => entry);
    return { status, body: { ...wanted, securityInfo: told }, location: `/capif-security/v1/trustedInvokers/${id}` };
  }

  async function answerTo(incoming: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(incoming.url!, 'https://core');
    const body = (await incoming.setEncoding('utf8').toArray()).join('');
    asked.push(`${incoming.method} ${pathname}`);
    for (const [method, path, answer] of operations) {
      const [, id = ''] = (method === incoming.method && path.exec(pathname)) || [];
      if (method !== incoming.method || !path.test(pathname)) continue;
      const socket = incoming.socket as TLSSocket;
      return answer({ method, path: pathname, query: searchParams, body, socket }, id);
    }
    return { status: 404 };
  }

  // Annex A needs the session ID of TLS 1.2, which a server with tickets does not know.
  const annexA = { maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } as const;
  const clients = { ca: authority.ca, requestCert: true, rejectUnauthorized: false };
  const server = createServer({ key, cert, ...clients, ...annexA }, async (incoming, response) => {
    const { status, body, location } = await answerTo(incoming);
    const origin = `https://${incoming.headers.host}`;
    response.writeHead(status, {
      ...(body && { 'content-type': 'application/json' }),
      ...(location && { location: origin + location }),
    });
    response.end(body && JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port, ca: authority.ca },
    /** Method and path of every request, in order. */
    asked,
    /** POST revoke-authorization, with the ordinary certificate; resolves with the status. */
    async revoke(apiInvokerId: string, { host, port }: { host: string; port: number }): Promise<number> {
      contexts.delete(apiInvokerId);
      const sent = request({ host, port, key, cert, ca: authority.ca, agent: false, method: 'POST', path: revokePath });
      sent.setHeader('content-type', 'application/json');
      const revokeInfo = { apiInvokerId, apiIds: ['api-1'], cause: 'OTHER_REASON' };
      sent.end(JSON.stringify({ revokeInfo, supportedFeatures: '0' }));
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      answer.resume();
      return answer.statusCode!;
    },
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}

const revokePath = '/aef-security/v1/revoke-authorization';
