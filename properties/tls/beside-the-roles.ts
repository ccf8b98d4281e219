/**
 * What a run does beside its roles, over connections without a middle box: it offboards the invoker (6.8), repeats what the invoker
 * has sent to the core, as a proxy may, and is an AEF that is none.
 */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { MessageToCore } from '../../machines/messages.ts';
import { generateKeyPair } from '../../runtime/credentials/key-pairs.ts';
import { coreIdentityCheck } from '../../runtime/credentials/peer-identity.ts';
import { CoreSide } from '../../runtime/invoker/core-side.ts';
import { connector } from '../../runtime/transport/connector.ts';
import { writeOffboardApiInvokerRequest } from '../../runtime/wire/invoker-management-api.ts';
import { securityMethodMismatch } from '../../runtime/wire/problem-details.ts';
import type { HostedRole } from './hosts/hosted-role.ts';
import { manualClock } from './hosts/manual-clock.ts';
import { host, toCoreOf } from './hosts/run-options.ts';

type Core = HostedRole<'core'>;
type Identity = HostedRole<'invoker'>['about']['identity'];

const addressOf = ({ about: { port, ca } }: Core) => ({ host, port, ca });

/** Resolves when the core has answered. */
export async function offboarded(core: Core, { onboardingId, certificate }: Identity): Promise<void> {
  const credential = { by: 'certificate', ...certificate } as const;
  const over = connector({ ...addressOf(core), credential, checkServerIdentity: coreIdentityCheck({}) });
  const outcome = await over.request(writeOffboardApiInvokerRequest({ onboardingId }));
  over.close();
  if (outcome.outcome !== 'answered') throw new Error(`the core cannot be reached: ${outcome.because}`);
}

type Service = Parameters<typeof toCoreOf>[1];

/** Another connection of the invoker, on which this request goes to the core; nobody hears the answer. */
export function repeatedRequest(
  message: MessageToCore,
  core: Core,
  { certificate, apiInvokerId }: Identity,
  at: Service,
) {
  const side = new CoreSide({
    ...toCoreOf(certificate, at),
    core: addressOf(core),
    apiInvokerId,
    clock: manualClock(),
    tell: () => {},
    onCredential: () => {},
    onPostponed: () => {},
  });
  return {
    async deliverRequest(): Promise<void> {
      await side.openConnection();
      await side.send(message);
    },
    /** As soon as it is delivered. */
    answered: async () => {},
    cut: () => side.close(),
  };
}

/** An impostor with a stolen certificate of the AEF, which refuses every method. */
export async function startImpostor(core: Core, aefId: string): Promise<{ port: number; close(): void }> {
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const cert = await core.give('certificateOf', aefId, publicKeyPem);
  const { status, headers, body } = securityMethodMismatch();
  const server: Server = createServer({ key: privateKeyPem, cert }, (request, response) => {
    request.resume().once('end', () => response.writeHead(status, headers).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
