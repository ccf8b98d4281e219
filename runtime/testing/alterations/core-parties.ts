/** Every kind of party that a core meets, for tests: those that its requests are about, others, those that are gone, and foreign ones. */
import { type IdSource, randomIds } from '../../core/parties/ids.ts';
import { createAuthority } from '../../credentials/certificates.ts';
import { generateKeyPair } from '../../credentials/key-pairs.ts';
import { ask, client, type Known, onboarded, registered, type Testbed } from '../roles.ts';
import { requestOf } from './altered-requests.ts';
import { coreRequests } from './core-requests.ts';

const own = ['invoker', 'AEF', 'APF', 'AMF'] as const;
const others = [
  ...(['another invoker', 'another AEF', 'another APF', 'another AMF'] as const),
  ...(['gone invoker', 'gone AEF', 'gone APF', 'gone AMF'] as const),
  ...(['foreign CA: invoker', 'foreign CA: AEF', 'foreign CA: APF', 'foreign CA: AMF'] as const),
];
export const kinds = ['nobody', ...own, ...others] as const;
export type Kind = (typeof kinds)[number];

/** For the core: ids that are remembered. */
export function rememberedIds() {
  const latest = new Map<string, string>();
  const ids: IdSource = (named) => {
    const id = randomIds(named);
    latest.set(named, id);
    return id;
  };
  return { ids, latest: (named: Parameters<IdSource>[0]): string => latest.get(named)! };
}

type Registered = [Known, Known, Known];
const domain = (at: Testbed) => registered(at, 'AEF', 'APF', 'AMF') as Promise<Registered>;

/** An invoker that has subscribed, a domain that has published, and requests of every operation about them. */
export async function ownParties(at: Testbed, { latest }: ReturnType<typeof rememberedIds>) {
  const [AEF, APF, AMF] = await domain(at);
  const domainId = latest('provider');
  const invoker = await onboarded(at);
  const subjects = {
    ...{ invokerId: invoker.id, domainId, functions: { AEF: AEF.id, APF: APF.id, AMF: AMF.id } },
    publicKeyPem: (await generateKeyPair()).publicKeyPem,
    registrationSecret: at.core.registrationSecret,
    onboardingToken: await at.core.onboardingToken('test'),
  };
  const before = coreRequests({ ...subjects, serviceApiId: 'none', subscriptionId: 'none' });
  const send = (by: Known, route: string) => answered(at, by, requestOf(before.get(route)!), 201);
  await send(APF, 'POST /published-apis/v1/:apfId/service-apis');
  await send(invoker, 'POST /capif-events/v1/:subscriberId/subscriptions');
  const made = { serviceApiId: latest('service-api'), subscriptionId: latest('subscription') };
  return { parties: { invoker, AEF, APF, AMF }, requests: coreRequests({ ...subjects, ...made }) };
}

/** The foreign ones have the ids of those that the requests are about. */
export async function otherParties(
  at: Testbed,
  { latest }: ReturnType<typeof rememberedIds>,
  about: Record<(typeof own)[number], Known>,
): Promise<Record<(typeof others)[number], Known>> {
  const [anotherDomain, goneDomain] = [await domain(at), await domain(at)];
  const [another, gone] = [await onboarded(at), await onboarded(at)];
  const [registrations, invokers] = [
    '/api-provider-management/v1/registrations',
    '/api-invoker-management/v1/onboardedInvokers',
  ];
  await answered(at, goneDomain[2], { method: 'DELETE', path: `${registrations}/${latest('provider')}` }, 204);
  await answered(at, gone, { method: 'DELETE', path: `${invokers}/${gone.id}` }, 204);
  const foreigners = await Promise.all(own.map((kind) => foreign(kind, about[kind].id)));
  const all = [another, ...anotherDomain, gone, ...goneDomain, ...foreigners];
  return Object.fromEntries(others.map((kind, n) => [kind, all[n]])) as Awaited<ReturnType<typeof otherParties>>;
}

const roles = {
  invoker: 'apiInvoker',
  AEF: 'apiExposingFunction',
  APF: 'apiPublishingFunction',
  AMF: 'apiManagementFunction',
} as const;

/** Of another authority that has the same name. */
async function foreign(kind: (typeof own)[number], id: string): Promise<Known> {
  const authority = await createAuthority({ name: 'capif-machines', now: Date.now() });
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const subject = { role: roles[kind], id };
  const cert = await authority.issue({ subject, publicKey: publicKeyPem, usages: ['client'], now: Date.now() });
  return { id, certificate: { key: privateKeyPem, cert } };
}

async function answered(at: Testbed, by: Known, request: Parameters<typeof ask>[1], wanted: number): Promise<void> {
  const over = client(at, by.certificate);
  const { status, text } = await ask(over, request);
  over.close();
  if (status !== wanted) throw new Error(`${request.method} ${request.path}: ${status} ${text}`);
}
