/** The enrolment of the invoker, which is not part of a run: over connections without a middle box (6.1, 6.8). */
import type { CoreFunction } from '../../runtime/core/core-function.ts';
import type { OwnCertificate } from '../../runtime/credentials/core-contact.ts';
import { generateKeyPair } from '../../runtime/credentials/key-pairs.ts';
import { coreIdentityCheck } from '../../runtime/credentials/peer-identity.ts';
import type { ClientCredential } from '../../runtime/transport/client-connection.ts';
import { connector } from '../../runtime/transport/connector.ts';
import { readDiscoverServiceApiResponse, writeDiscoverServiceApiRequest } from '../../runtime/wire/discover-api.ts';
import type { HttpRequest } from '../../runtime/wire/http-message.ts';
import {
  readOnboardApiInvokerResponse,
  writeOffboardApiInvokerRequest,
  writeOnboardApiInvokerRequest,
} from '../../runtime/wire/invoker-management-api.ts';

export const notificationDestination = 'https://invoker.invalid/notifications';

/** Onboards the invoker and finds the API that it invokes. */
export async function onboarded(core: CoreFunction) {
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const onboarding = writeOnboardApiInvokerRequest({ publicKeyPem, notificationDestination });
  const authorization = `Bearer ${await core.onboardingToken('capif play')}`;
  const headers = { ...onboarding.headers, authorization };
  const read = readOnboardApiInvokerResponse(await asked(core, { ...onboarding, headers }, { by: 'nothing' }));
  if (read.outcome === 'malformed') throw new Error(`the core does not onboard the invoker: ${read.because}`);
  const { apiInvokerId, certificatePem } = read.value;
  const certificate = { key: privateKeyPem, cert: certificatePem };
  const discovery = writeDiscoverServiceApiRequest({ apiInvokerId, apiName: 'greetings' });
  const found = readDiscoverServiceApiResponse(await asked(core, discovery, { by: 'certificate', ...certificate }));
  return { apiInvokerId, certificate, apiId: found.outcome === 'read' ? found.value[0]?.apiId : undefined };
}

/** Resolves when the core has answered. */
export async function offboarded(core: CoreFunction, onboardingId: string, by: OwnCertificate): Promise<void> {
  await asked(core, writeOffboardApiInvokerRequest({ onboardingId }), { by: 'certificate', ...by });
}

async function asked({ host, port, ca }: CoreFunction, request: HttpRequest, credential: ClientCredential) {
  const over = connector({ host, port, ca, credential, checkServerIdentity: coreIdentityCheck({}) });
  const outcome = await over.request(request);
  over.close();
  if (outcome.outcome !== 'answered') throw new Error(`the core cannot be reached: ${outcome.because}`);
  return outcome;
}
