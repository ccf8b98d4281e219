/** All operations of the core over HTTP, and who is let in before a body is read. */
import type { TLSSocket } from 'node:tls';
import type { TransportFacts } from '../../machines/steps/trace.ts';
import type { CallHead, Route } from '../transport/http-service.ts';
import { describeTestNotification } from '../wire/events/notifications.ts';
import { problemAnswer } from '../wire/problem-details.ts';
import type { Contexts } from './contexts/contexts.ts';
import { negotiationRoutes } from './contexts/negotiation-routes.ts';
import { securityInformationRoutes } from './contexts/security-information-routes.ts';
import { tokenRoutes } from './contexts/token-routes.ts';
import type { CoreEvents } from './core-events.ts';
import type { identityOfCore } from './core-identity.ts';
import type { Settled } from './core-options.ts';
import { subscriptionRoutes } from './events/subscription-routes.ts';
import type { AccessControlPolicies } from './invocations/access-control-policies.ts';
import type { InvocationLogs } from './invocations/invocation-logs.ts';
import { loggingRoutes } from './invocations/logging-routes.ts';
import { policyRoutes } from './invocations/policy-routes.ts';
import type { DeferredOnboardings } from './parties/deferred-onboardings.ts';
import type { Enrolment } from './parties/enrolment.ts';
import type { EnrolmentDetails } from './parties/enrolment-details.ts';
import type { KeptLimit } from './parties/kept-limits.ts';
import { onboardingRoutes } from './parties/onboarding-routes.ts';
import type { OnboardingTokens } from './parties/onboarding-tokens.ts';
import type { ProviderDomains, ProviderFunction } from './parties/provider-domains.ts';
import { registrationRoutes } from './parties/registration-routes.ts';
import { openDiscoveryRoute, routingInfoRoute } from './services/open-discovery.ts';
import { discoveryRoutes, publicationRoutes } from './services/publication-routes.ts';
import type { Registry } from './services/registry.ts';

type Core = CoreEvents & {
  settled: Settled;
  registrationSecret: string;
  identity: Awaited<ReturnType<typeof identityOfCore>> & { ca: string };
  enrolment: Enrolment;
  details: EnrolmentDetails;
  tokens: OnboardingTokens;
  deferred: DeferredOnboardings;
  providers: ProviderDomains;
  registry: Registry;
  contexts: Contexts;
  logs: InvocationLogs;
  policies: AccessControlPolicies;
  kept: KeptLimit;
  apiRoot(): string;
};

export function coreRoutes(core: Core): Route[] {
  const { settled, registrationSecret, identity, enrolment } = core;
  const { bodyLimitBytes, clock, tokenLifetimeSeconds } = settled;
  const { issuer, ca: trustAnchorPem, tokenKeyPem } = identity;
  const onEnded = (one: ProviderFunction, facts: TransportFacts) => endFunction(one, facts, core);
  const provenSubscriber = (socket: TLSSocket) => provenParty(socket, core);
  const refuseStrangers = ({ socket }: CallHead) =>
    provenParty(socket, core) === undefined
      ? problemAnswer('NOT_AUTHENTICATED', 'only who is onboarded or registered discovers openly here')
      : undefined;
  const test = (recipient: string, destination: string, resource: string) =>
    core.notifications.add({ recipient, destination, body: describeTestNotification(core.apiRoot() + resource) });
  return [
    ...registrationRoutes({ ...core, registrationSecret, bodyLimitBytes, onEnded }),
    ...onboardingRoutes({
      ...core,
      clock,
      deferred: settled.deferOnboarding ? core.deferred : undefined,
      onUpdated: (id) => core.events.apiInvoker('API_INVOKER_UPDATED', id),
      test,
    }),
    ...forEnrolled(
      [
        ...publicationRoutes(core),
        ...discoveryRoutes(core),
        ...(settled.openDiscovery ? [] : [{ ...openDiscoveryRoute(core), refuse: refuseStrangers }]),
        routingInfoRoute(core),
        ...negotiationRoutes({ ...core, test }),
        ...subscriptionRoutes({ ...core, provenSubscriber }),
        ...loggingRoutes(core),
        ...policyRoutes(core),
        ...securityInformationRoutes({ ...core, trustAnchorPem, tokenKeyPem }),
      ],
      enrolment,
    ),
    ...(settled.openDiscovery ? [openDiscoveryRoute(core)] : []),
    ...tokenRoutes({ ...core, issuer, clock, tokenLifetimeSeconds }),
  ];
}

/** A client without a certificate of this core is answered before it sends a body. */
const forEnrolled = (routes: Route[], enrolment: Enrolment): Route[] =>
  routes.map((route) => ({
    ...route,
    refuse: (head) =>
      enrolment.isEnrolled(head.socket)
        ? route.refuse?.(head)
        : problemAnswer('NOT_AUTHENTICATED', 'only with a certificate that this core has issued'),
  }));

function endFunction(
  { id, role, domainId }: ProviderFunction,
  facts: TransportFacts,
  { registry, contexts, subscriptions, providers, logs, policies }: Core,
) {
  if (providers.functionsOf(domainId).length === 0) logs.forget(domainId);
  subscriptions.endAllOf(id);
  if (role === 'APF') registry.withdrawAllOf(id, facts);
  if (role !== 'AEF') return;
  registry.takeOut(id, facts);
  contexts.giveUpOn(id);
  policies.endAllOf(id);
}

/** The id of an onboarded API invoker, or of a registered function. */
function provenParty(socket: TLSSocket, { enrolment, providers }: Pick<Core, 'enrolment' | 'providers'>) {
  const apiInvokerId = enrolment.provenInvoker(socket);
  if (apiInvokerId !== undefined) return enrolment.isOnboarded(apiInvokerId) ? apiInvokerId : undefined;
  return providers.proven(socket)?.id;
}
