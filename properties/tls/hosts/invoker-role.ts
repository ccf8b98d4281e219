/** The invoker of a run: with a folder, it keeps there who it is, as `capif invoke` does. It negotiates with one service. */
import type { Amendment, SecurityMethod } from '../../../machines/vocabulary.ts';
import { generateKeyPair } from '../../../runtime/credentials/key-pairs.ts';
import { Association } from '../../../runtime/invoker/association.ts';
import { wantedInvocation } from '../../../runtime/invoker/fetch/wanted-invocation.ts';
import { createInvoker, type InvokerIdentity, openInvokerFolder } from '../../../runtime/invoker/invoker.ts';
import { manualClock } from './manual-clock.ts';
import { commonOrders, type Telling } from './role.ts';
import { type Address, apiName, credentialLifetimeMs, pause, serviceOf, timeoutMs, toCoreOf } from './run-options.ts';

export type InvokerRoleOptions = {
  folder: string | undefined;
  /** Where it is onboarded and discovers, which is not part of a run; without it, it must be onboarded. */
  enrolment: { core: Address & { ca: string }; onboardingToken: string } | undefined;
  /** Where it reaches core and AEF from then on. */
  core: Address & { ca: string };
  aef: Address & { aefId: string };
  /** Where the AEF is published. */
  published: Address;
  apiId: string | undefined;
  supported: readonly SecurityMethod[];
  amendments: readonly Amendment[];
  attemptsMax: number;
};

export async function startInvoker(options: InvokerRoleOptions, { record, onError }: Telling) {
  const { folder, enrolment, core, supported, amendments, attemptsMax } = options;
  const kept = folder === undefined ? undefined : await openInvokerFolder(folder);
  const { identity, apiId } = enrolment
    ? await enrolled(enrolment, kept)
    : { identity: kept?.identity, apiId: options.apiId };
  if (!identity) throw new Error('the invoker does not know who it is any more');
  const { apiInvokerId, certificate } = identity;
  const { aefId, ...address } = options.aef;
  const clock = manualClock();
  const association = new Association({
    ...{ apiInvokerId, supported, amendments, attemptsMax, pause, credentialLifetimeMs, clock, record, onError },
    instance: `${apiInvokerId}/${aefId}`,
    observe: () => {},
    isMismatch: undefined,
    coreSide: { ...toCoreOf(certificate, { aefId, apiId, published: options.published }), core },
    aefSide: {
      ...{ certificate, timeoutMs, connectionsMax: 32, ca: core.ca, tls: {} },
      service: { ...serviceOf({ aefId, apiId }), ...address },
    },
  });
  return {
    about: { identity, apiId },
    orders: {
      ...commonOrders(clock),
      context: () => association.snapshot().context,
      /** POST is not idempotent, so one invocation is one request; the machines say what becomes of it. */
      want(): void {
        association.fetch(wantedInvocation(`/${apiName}/v1/hello`, { method: 'POST' })).catch(() => {});
      },
      hearOfUpdate: () => association.serviceApiUpdated(),
      hearOfOffboarding: () => association.offboard(),
      close: () => association.close(),
    },
  };
}

/** Onboards the invoker, and finds the API that it invokes. */
async function enrolled(
  { core, onboardingToken }: NonNullable<InvokerRoleOptions['enrolment']>,
  folder: Awaited<ReturnType<typeof openInvokerFolder>> | undefined,
): Promise<{ identity: InvokerIdentity; apiId: string | undefined }> {
  const keys = folder?.keys ?? (await generateKeyPair());
  const invoker = createInvoker({ core, keys, onboardingToken });
  try {
    const identity = await invoker.identity();
    await folder?.save(identity);
    const [found] = await invoker.discover({ apiName });
    return { identity, apiId: found?.apiId };
  } finally {
    invoker.close();
  }
}
