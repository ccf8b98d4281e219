/**
 * A core, an AEF with its publisher, and an invoker over real TLS, with a middle box between each pair and a manual clock for each
 * role: nothing happens to them but what a test lets through. Those that the run kills are in processes of their own.
 */
import type { MessageToCore } from '../../machines/messages.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { Configuration } from '../model/setting.ts';
import { offboarded, repeatedRequest, startImpostor } from './beside-the-roles.ts';
import { type HostedRole, hostedRole } from './hosts/hosted-role.ts';
import { host } from './hosts/run-options.ts';
import type { OptionsOf, RoleName } from './hosts/starters.ts';
import { type MiddleBox, middleBox } from './middle-box.ts';

export type RolesUnderTest = Awaited<ReturnType<typeof startRoles>>;
type Boxes = Awaited<ReturnType<typeof startBoxes>>;
type Wanted<R extends RoleName> = Omit<OptionsOf<R>, 'folder'>;
type Roles = { [R in RoleName]: HostedRole<R> };
/** What must be closed, the latest first. */
type Closing = (() => unknown)[];

/** Starts the roles in the initial state of the model: the first publication is acknowledged, the invoker is onboarded. */
export async function startRoles(
  configuration: Configuration,
  record: (line: TraceLine) => void,
  killed: ReadonlyMap<RoleName, unknown> = new Map(),
) {
  const closing: Closing = [];
  const close = async (): Promise<void> => {
    for (const one of closing) await one();
  };
  const errors: unknown[] = [];
  const telling = { record, onError: (error: unknown): unknown => errors.push(error) };
  const hosted = async <R extends RoleName>(role: R, options: Wanted<R>): Promise<HostedRole<R>> => {
    const made = await hostedRole(role, options, telling, killed.has(role));
    closing.unshift(made.close);
    return made;
  };

  try {
    const { amendments } = configuration;
    const core = await hosted('core', { amendments });
    const boxes = await startBoxes(closing);
    const ofProvider = providerOptions(configuration, core, boxes);
    leadTo(boxes, { core });
    boxes.aefToCore.setOpen(true);
    const provider = await hosted('provider', ofProvider);
    await provider.give('settled');
    boxes.aefToCore.setOpen(false);
    leadTo(boxes, { provider });
    const ofInvoker = invokerOptions(configuration, core, provider, boxes);
    const onboardingToken = await core.give('onboardingToken', 'capif play');
    const { port, ca } = core.about;
    const enrolment = { core: { host, port, ca }, onboardingToken };
    const invoker = await hosted('invoker', { ...ofInvoker, apiId: undefined, enrolment });
    const roles: Roles = { core, provider, invoker };
    const { apiId } = invoker.about;

    return {
      ...roles,
      boxes,
      errors,
      close,
      /** It goes on from its folder, and is reached where it was. */
      async startAgain(role: RoleName): Promise<void> {
        if (role === 'core') await core.startAgain({ amendments });
        else if (role === 'provider') await provider.startAgain(ofProvider);
        else await invoker.startAgain({ ...ofInvoker, apiId, enrolment: undefined });
        leadTo(boxes, roles);
      },
      ...beside(configuration, roles, boxes, closing),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startBoxes(closing: Closing) {
  const box = async (): Promise<MiddleBox> => {
    const made = await middleBox();
    closing.unshift(made.close);
    return made;
  };
  return { invokerToCore: await box(), aefToCore: await box(), invokerToAef: await box(), coreToAef: await box() };
}

function leadTo(boxes: Boxes, { core, provider }: Partial<Roles>): void {
  if (core) for (const box of [boxes.invokerToCore, boxes.aefToCore]) box.leadTo(core.about.port);
  if (provider) for (const box of [boxes.invokerToAef, boxes.coreToAef]) box.leadTo(provider.about.port);
}

const publishedAt = ({ coreToAef: { port } }: Boxes) => ({ host, port });

function providerOptions({ amendments, first }: Configuration, { about }: HostedRole<'core'>, boxes: Boxes) {
  const { ca, registrationSecret } = about;
  const core = { host, port: boxes.aefToCore.port, ca };
  return { core, registrationSecret, amendments, methods: first, published: publishedAt(boxes) };
}

function invokerOptions(
  { supported, amendments, attemptsMax }: Configuration,
  core: HostedRole<'core'>,
  { about: { aefId } }: HostedRole<'provider'>,
  boxes: Boxes,
) {
  return {
    ...{ supported, amendments, attemptsMax },
    core: { host, port: boxes.invokerToCore.port, ca: core.about.ca },
    aef: { aefId, host, port: boxes.invokerToAef.port },
    published: publishedAt(boxes),
  };
}

/** What a run does beside its roles. */
function beside({ amendments }: Configuration, { core, provider, invoker }: Roles, boxes: Boxes, closing: Closing) {
  const { aefId } = provider.about;
  const { identity, apiId } = invoker.about;
  const namesServiceApi = amendments.includes('name-the-service-api');
  let impostor: ReturnType<typeof startImpostor> | undefined;
  return {
    repeated(message: MessageToCore) {
      const request = repeatedRequest(message, core, identity, { aefId, apiId, published: publishedAt(boxes) });
      closing.unshift(request.cut);
      return request;
    },
    /** The core has the request of the invoker; its answer is another step. */
    offboard: () => offboarded(core, identity),
    /** What the invoker negotiates about. */
    revoke: () => core.give('revoke', identity.apiInvokerId, aefId, namesServiceApi && apiId ? [apiId] : undefined),
    async impostorPort(): Promise<number> {
      impostor ??= startImpostor(core, aefId);
      const { port, close } = await impostor;
      closing.unshift(close);
      return port;
    },
  };
}
