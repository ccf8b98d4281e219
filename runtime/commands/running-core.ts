/** A core function that runs in a process: its options from the command line, its first token, its operator, its readiness. */
import { isIP } from 'node:net';
import type { Amendment } from '../../machines/vocabulary.ts';
import {
  type CoreFunction,
  type CoreFunctionOptions,
  type CoreLimits,
  createCoreFunction,
} from '../core/core-function.ts';
import { controlSocket } from '../operating/control-socket.ts';
import type { Observers, Running } from '../operating/role-process.ts';
import type { Store } from '../store/store.ts';
import { addressText, type HostAndPort } from './arguments.ts';
import { type ServerCertificate, writeTrusted } from './core-certificate.ts';
import type { CoreFolder } from './core-folder.ts';
import { coreControls } from './core-operator.ts';
import { policyControls } from './core-policy.ts';
import { capif } from './role-options.ts';

export type CoreSettings = {
  folder: string;
  bind: HostAndPort;
  published?: HostAndPort;
  names: readonly string[];
  amendments: readonly Amendment[];
  tokenLifetime: number;
  enrolmentLifetime?: number;
  invocationLogLimit: number;
  deferOnboarding?: boolean;
  connectionsMax?: number;
  limits?: Partial<CoreLimits>;
  stopWithin: number;
  serverCertificate: ServerCertificate | undefined;
  notifying: Pick<CoreFunctionOptions, 'notifications' | 'openDiscovery'>;
};

/** What it goes on from. `lacksToken`: whether it issues the first one. */
type Kept = CoreFolder & { store: Store; lacksToken: boolean };
export type RunningCore = Omit<Running, 'stop'> & { stop(withinMs: number): Promise<void> };

export async function startCore(settings: CoreSettings, kept: Kept, observers: Observers): Promise<RunningCore> {
  const { folder, bind, published, names, amendments, serverCertificate, notifying } = settings;
  const { store, authority, keys, registrationSecret } = kept;
  const ca = serverCertificate
    ? await writeTrusted(folder, serverCertificate, authority.certificatePem)
    : kept.files.ca;
  const running = await createCoreFunction({
    ...observers,
    ...bind,
    ...notifying,
    ...(settings.deferOnboarding && { deferOnboarding: true }),
    store,
    authority,
    serverCertificate,
    keys,
    registrationSecret,
    amendments,
    tokenLifetimeSeconds: settings.tokenLifetime,
    enrolmentLifetimeSeconds: settings.enrolmentLifetime,
    invocationLogLimitBytes: settings.invocationLogLimit,
    ...(settings.connectionsMax !== undefined && { connectionsMax: settings.connectionsMax }),
    ...(settings.limits && { limits: settings.limits }),
    names: certificateNames([...names, ...(published ? [published.host] : []), ...(serverCertificate?.names ?? [])]),
    ...(published ? { apiRoot: `https://${addressText(published)}` } : {}),
  });
  const token = kept.lacksToken ? await firstToken(running) : undefined;
  if (token !== undefined) await kept.writeOnboardingToken(token);
  const commands = await controlSocket(folder, { ...coreControls(running), ...policyControls(running) });
  return {
    ready: readyLines(published ?? { host: bind.host, port: running.port }, { ...kept, ca, serverCertificate }),
    async stop(withinMs) {
      commands.close();
      await running.close({ withinMs });
    },
  };
}

/**
 * Each start writes a new one into the folder, and ends the unused one that was there; undefined where somebody waits with that
 * one for the operator.
 */
async function firstToken(core: CoreFunction): Promise<string | undefined> {
  const subject = 'the first invoker';
  const unused = core.onboardingTokens().filter((one) => one.subject === subject && one.state === 'unused');
  const waiting = core.deferredOnboardings().map(({ tokenId }) => tokenId);
  if (unused.some(({ tokenId }) => waiting.includes(tokenId))) return undefined;
  for (const { tokenId } of unused) await core.revokeOnboardingToken(tokenId);
  return core.onboardingToken(subject);
}

const certificateNames = (names: readonly string[]) => ({
  dns: names.filter((name) => isIP(name) === 0),
  ip: names.filter((name) => isIP(name) !== 0),
});

type Ready = CoreFolder & { ca: string; serverCertificate: ServerCertificate | undefined };

/** Where it is, how it is known, and what to type into two other terminals. */
function readyLines(at: HostAndPort, { files, fingerprint, ca, serverCertificate }: Ready): string[] {
  const name =
    serverCertificate && !serverCertificate.isFor(at.host) ? ` --core-name ${serverCertificate.names[0]}` : '';
  const to = `--core ${addressText(at)} --ca ${ca}${name}`;
  return [
    `The core is ready on ${addressText(at)}.`,
    `Its authority: ${files.ca}, SHA-256 ${fingerprint}`,
    ...(serverCertificate ? [`With the root of its certificate: ${ca}`] : []),
    '',
    'To expose an HTTP service:',
    `  ${capif()} expose ${to} --registration-secret-file ${files.registrationSecret} --upstream http://127.0.0.1:8080 --methods PKI`,
    'To invoke it:',
    `  ${capif()} invoke ${to} --onboarding-token-file ${files.onboardingToken} GET /hello`,
  ];
}
