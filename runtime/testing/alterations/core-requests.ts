/** A valid request of every operation of the core, by the route that answers it. */
import { form, json, mergePatch, type Sent } from './altered-requests.ts';

export type Subjects = {
  invokerId: string;
  /** Of a domain with one AEF, one APF and one AMF. */
  domainId: string;
  functions: Record<'AEF' | 'APF' | 'AMF', string>;
  /** Published by the APF for the AEF under the name `greetings`. */
  serviceApiId: string;
  /** Of the invoker. */
  subscriptionId: string;
  publicKeyPem: string;
  registrationSecret: string;
  onboardingToken: string;
};
type Party = 'nobody' | 'invoker' | 'AEF' | 'APF' | 'AMF';
type Parts = Omit<Sent<Party>, 'method' | 'path'> & { query?: string };

/** What stands for each parameter of a path. */
const parametersOf = (of: Subjects): Record<string, string> => ({
  ...{ registrationId: of.domainId, onboardingId: of.invokerId, subscriberId: of.invokerId, securityId: of.invokerId },
  ...{ apiInvokerId: of.invokerId, apfId: of.functions.APF, aefId: of.functions.AEF, serviceApiId: of.serviceApiId },
  subscriptionId: of.subscriptionId,
});

/** Of each route (`GET /service-apis/v1/allServiceAPIs`) a request that is answered, by whom it is for. */
export function coreRequests(of: Subjects): Map<string, Sent<Party>> {
  const parameters = parametersOf(of);
  const parts: Record<string, Parts> = { ...ofProviders(of), ...ofInvokers(of) };
  return new Map(
    Object.entries(parts).map(([route, { query, ...part }]) => {
      const [method, pattern] = route.split(' ') as [string, string];
      const path = pattern.replaceAll(/:(\w+)/g, (_, name: string) => parameters[name]!);
      return [route, { ...part, method, path: query === undefined ? path : `${path}?${query}` }];
    }),
  );
}

function ofProviders(of: Subjects): Record<string, Parts> {
  const { functions, invokerId, publicKeyPem, registrationSecret, domainId } = of;
  const aefId = functions.AEF;
  const regInfo = { apiProvPubKey: publicKeyPem };
  const others = Object.keys(functions).map((apiProvFuncRole) => ({ apiProvFuncRole, regInfo }));
  const own = Object.entries(functions).map(([apiProvFuncRole, apiProvFuncId]) => ({
    ...{ apiProvFuncId, apiProvFuncRole, regInfo },
  }));
  const regSec = registrationSecret;
  const api = { apiName: 'greetings', aefProfiles: [aefProfile(aefId)] };
  const logged = { apiId: 'x', apiName: 'x', apiVersion: 'v1', resourceName: 'x', protocol: 'HTTP_1_1', result: '200' };
  const registration = '/api-provider-management/v1/registrations/:registrationId';
  const serviceApis = '/published-apis/v1/:apfId/service-apis';
  const query = `aef-id=${aefId}`;
  return {
    'POST /api-provider-management/v1/registrations': {
      by: 'nobody',
      type: json,
      body: { regSec, apiProvFuncs: others },
    },
    [`PUT ${registration}`]: { by: 'AMF', type: json, body: { regSec, apiProvFuncs: own, apiProvDomId: domainId } },
    [`PATCH ${registration}`]: { by: 'AMF', type: mergePatch, body: { apiProvDomInfo: 'x' } },
    [`POST ${serviceApis}`]: { by: 'APF', type: json, body: api },
    [`GET ${serviceApis}`]: { by: 'APF' },
    [`GET ${serviceApis}/:serviceApiId`]: { by: 'APF' },
    [`PUT ${serviceApis}/:serviceApiId`]: { by: 'APF', type: json, body: api },
    [`PATCH ${serviceApis}/:serviceApiId`]: { by: 'APF', type: mergePatch, body: { description: 'x' } },
    'POST /api-invocation-logs/v1/:aefId/logs': {
      by: 'AEF',
      type: json,
      body: { aefId, apiInvokerId: invokerId, logs: [logged] },
    },
    'GET /logs/v1/apiInvocationLogs': { by: 'AMF', query },
    'GET /access-control-policy/v1/accessControlPolicyList/:serviceApiId': { by: 'AEF', query },
    'GET /capif-routing-info/v1/service-apis/:serviceApiId': { by: 'AEF', query },
    [`DELETE ${serviceApis}/:serviceApiId`]: { by: 'APF' },
    [`DELETE ${registration}`]: { by: 'AMF' },
  };
}

const aefProfile = (aefId: string) => ({
  ...{ aefId, versions: [{ apiVersion: 'v1' }], securityMethods: ['PSK', 'OAUTH'] },
  interfaceDescriptions: [{ ipv4Addr: '127.0.0.1', port: 9 }],
});

function ofInvokers(of: Subjects): Record<string, Parts> {
  const { invokerId, publicKeyPem, onboardingToken, serviceApiId } = of;
  const aefId = of.functions.AEF;
  const notificationDestination = 'https://127.0.0.1:9/';
  const details = { onboardingInformation: { apiInvokerPublicKey: publicKeyPem }, notificationDestination };
  const preferring = (...prefSecurityMethods: string[]) => ({
    ...{ securityInfo: [{ aefId, prefSecurityMethods }], notificationDestination },
  });
  const subscription = { events: ['SERVICE_API_UPDATE'], notificationDestination };
  const claim = `grant_type=client_credentials&client_id=${invokerId}&scope=3gpp%23${aefId}:greetings`;
  const revocation = { apiInvokerId: invokerId, aefId, apiIds: [serviceApiId], cause: 'OVERLIMIT_USAGE' };
  const onboarded = '/api-invoker-management/v1/onboardedInvokers';
  const context = '/capif-security/v1/trustedInvokers/:apiInvokerId';
  const subscriptions = '/capif-events/v1/:subscriberId/subscriptions';
  const headers = { authorization: `Bearer ${onboardingToken}` };
  return {
    [`POST ${onboarded}`]: { by: 'nobody', type: json, body: details, headers },
    [`PUT ${onboarded}/:onboardingId`]: { by: 'invoker', type: json, body: details },
    [`PATCH ${onboarded}/:onboardingId`]: { by: 'invoker', type: mergePatch, body: { apiInvokerInformation: 'x' } },
    [`PUT ${context}`]: { by: 'invoker', type: json, body: preferring('PSK', 'OAUTH') },
    [`POST ${context}/update`]: { by: 'invoker', type: json, body: preferring('OAUTH') },
    [`GET ${context}`]: { by: 'AEF', query: 'authenticationInfo=true&authorizationInfo=true' },
    'POST /capif-security/v1/securities/:securityId/token': { by: 'invoker', type: form, raw: claim },
    'GET /.well-known/jwks.json': { by: 'nobody' },
    'GET /service-apis/v1/allServiceAPIs': { by: 'invoker', query: `api-invoker-id=${invokerId}` },
    'GET /open-api-disc/v1/service-apis': { by: 'invoker', query: 'api-names=greetings' },
    [`POST ${subscriptions}`]: { by: 'invoker', type: json, body: subscription },
    [`PUT ${subscriptions}/:subscriptionId`]: { by: 'invoker', type: json, body: subscription },
    [`PATCH ${subscriptions}/:subscriptionId`]: {
      by: 'invoker',
      type: mergePatch,
      body: { events: ['SERVICE_API_AVAILABLE'] },
    },
    [`POST ${context}/delete`]: { by: 'AEF', type: json, body: revocation },
    [`DELETE ${context}`]: { by: 'AEF' },
    [`DELETE ${subscriptions}/:subscriptionId`]: { by: 'invoker' },
    [`DELETE ${onboarded}/:onboardingId`]: { by: 'invoker' },
  };
}
