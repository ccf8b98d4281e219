/**
 * A core and an AEF that are not ours, for tests of the invoker: they answer each operation as TS 29.222 has it, unless the
 * test answers in their place. The core numbers no negotiation, and the AEF says nothing that only ours says.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { createAuthority } from '../credentials/certificates.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { createInvoker, type InvokerOptions } from '../invoker/invoker.ts';
import { closeLater, quick } from './roles.ts';
import { listening } from './servers.ts';

type OfInvoker = 'onboard' | 'offboard' | 'subscribe' | 'unsubscribe';
export type Operation = OfInvoker | 'discover' | 'negotiate' | 'update' | 'token' | 'initiate' | 'invoke';
export type Request = {
  operation: Operation;
  method: string;
  nth: number;
  headers: IncomingMessage['headers'];
  path: string;
  body: string;
};
/** True if it has answered, or ended the connection. */
type Answering = (request: Request, response: ServerResponse) => boolean | Promise<boolean>;

const operations: [RegExp, Operation][] = [
  [/^POST .*\/onboardedInvokers/, 'onboard'],
  [/^DELETE .*\/onboardedInvokers\//, 'offboard'],
  [/^(POST|PUT) .*\/capif-events\//, 'subscribe'],
  [/^DELETE .*\/capif-events\//, 'unsubscribe'],
  [/^GET .*\/allServiceAPIs/, 'discover'],
  [/^PUT .*\/trustedInvokers\//, 'negotiate'],
  [/^POST .*\/trustedInvokers\/[^/]+\/update/, 'update'],
  [/^POST .*\/token/, 'token'],
  [/^POST .*\/check-authentication/, 'initiate'],
  [/^/, 'invoke'],
];

export const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  return true;
};

/** An AEF profile of the AEF here, at this port. */
export const aefProfile = (port: number, method: SecurityMethod) => ({
  aefId: 'aef1',
  versions: [{ apiVersion: 'v1' }],
  securityMethods: [method],
  interfaceDescriptions: [{ ipv4Addr: '127.0.0.1', port, securityMethods: [method] }],
});

type ForeignPeersOptions = {
  method?: SecurityMethod;
  answering?: Answering;
  /** The ServiceAPIDescriptions of a discovery, for the port of the AEF. */
  discovered?(port: number): unknown[];
  /** Seconds. */
  expiresIn?: number;
  /** Whose certificate the core issues, if it is not that of the invoker. */
  onboardedKey?: string;
  invoker?: Partial<InvokerOptions>;
};

export async function foreignPeers({ method = 'PKI', expiresIn = 3600, ...options }: ForeignPeersOptions = {}) {
  const now = Date.now();
  const authority = await createAuthority({ name: 'foreign', now });
  const asked: Request[] = [];
  const count = (operation: Operation) => asked.filter((one) => one.operation === operation).length;
  let tokens = 0;
  let aefPort = 0;

  async function identity(role: 'capifCoreFunction' | 'apiExposingFunction', id: string) {
    const { privateKeyPem, publicKeyPem } = await generateKeyPair();
    const names = { dns: ['localhost'], ip: ['127.0.0.1'] };
    const cert = await authority.issue({
      subject: { role, id },
      publicKey: publicKeyPem,
      names,
      usages: ['server'],
      now,
    });
    return { key: privateKeyPem, cert };
  }

  async function answer({ operation, headers, body }: Request, response: ServerResponse): Promise<unknown> {
    const at = `https://${headers.host}`;
    switch (operation) {
      case 'onboard': {
        const details = JSON.parse(body);
        const publicKey = options.onboardedKey ?? details.onboardingInformation.apiInvokerPublicKey;
        const subject = { role: 'apiInvoker', id: 'inv1' } as const;
        const certificate = await authority.issue({ subject, publicKey, usages: ['client'], now });
        details.onboardingInformation.apiInvokerCertificate = certificate;
        const location = `${at}/api-invoker-management/v1/onboardedInvokers/x1`;
        return json(response, 201, { ...details, apiInvokerId: 'inv1' }, { location });
      }
      case 'offboard':
      case 'unsubscribe':
        return response.writeHead(204).end();
      case 'subscribe':
        return json(response, 201, JSON.parse(body), { location: `${at}/capif-events/v1/inv1/subscriptions/s1` });
      case 'discover': {
        const usual = [{ apiName: 'greetings', apiId: 'a1', aefProfiles: [aefProfile(aefPort, method)] }];
        return json(response, 200, { serviceAPIDescriptions: options.discovered?.(aefPort) ?? usual });
      }
      case 'negotiate':
      case 'update': {
        const security = JSON.parse(body);
        for (const entry of security.securityInfo) entry.selSecurityMethod = method;
        const location = `${at}/capif-security/v1/trustedInvokers/inv1`;
        return json(response, operation === 'negotiate' ? 201 : 200, security, { location });
      }
      case 'token':
        tokens += 1;
        return json(response, 200, { access_token: `a.b.c${tokens}`, token_type: 'Bearer', expires_in: expiresIn });
      case 'initiate':
        return json(response, 200, { supportedFeatures: '0' });
      case 'invoke':
        return response.end('served');
    }
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${message.method} ${message.url}`;
    const [, operation] = operations.find(([pattern]) => pattern.test(line))!;
    const body = (await message.setEncoding('utf8').toArray()).join('');
    const { method = '', url: path = '', headers } = message;
    const request = { operation, nth: count(operation) + 1, method, headers, path, body };
    asked.push(request);
    if (!(await options.answering?.(request, response))) await answer(request, response);
  }

  const server = async (credentials: { key: string; cert: string }) =>
    listening(
      createServer(
        { ...credentials, ca: authority.certificatePem, requestCert: true, rejectUnauthorized: false },
        (message, response) => void serve(message, response),
      ),
    );
  const corePort = await server(await identity('capifCoreFunction', 'ccf'));
  aefPort = await server(await identity('apiExposingFunction', 'aef1'));
  const invoker = createInvoker({
    core: { host: '127.0.0.1', port: corePort, ca: authority.certificatePem },
    onboardingToken: 'token',
    pause: quick,
    attemptsMax: 4,
    ...options.invoker,
  });
  closeLater(invoker.close);
  const invoke = (init?: Parameters<typeof invoker.fetch>[1], path = '/greetings/v1/hello') =>
    invoker.fetch(path, { aefId: 'aef1', ...init });
  return { authority, invoker, invoke, asked, count, corePort, aefPort, identity, server };
}
