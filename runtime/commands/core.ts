/** `capif core`: a CAPIF core function as a process. */
import { isIP } from 'node:net';
import type { Command } from 'commander';
import type { Amendment } from '../../machines/vocabulary.ts';
import { systemClock } from '../clock.ts';
import { type CoreFunction, createCoreFunction } from '../core/core-function.ts';
import { controlSocket } from '../operating/control-socket.ts';
import { type OperatingOptions, runRole } from '../operating/role-process.ts';
import { addressText, countUpTo, type HostAndPort, oneDayMs, readAddress, readNames } from './arguments.ts';
import { configurable } from './configuration.ts';
import {
  addCertificateOptions,
  type CertificateFlags,
  type ServerCertificate,
  serverCertificateOf,
  writeTrusted,
} from './core-certificate.ts';
import { type CoreFolder, openCoreFolder } from './core-folder.ts';
import { addNotificationOptions, type NotificationFlags, notificationsOf } from './core-notifications.ts';
import { addOperatorCommands, coreControls } from './core-operator.ts';
import { addPolicyCommands, policyControls } from './core-policy.ts';
import {
  addOperatingOptions,
  amendmentsOption,
  bindOption,
  capif,
  operatingOf,
  storeKeyOption,
} from './role-options.ts';

const examples = `
The first start makes the folder: an authority, the key of the core, a secret with which providers register, and a token
with which one invoker is onboarded. What the core acknowledges is in the store there before it answers; a core that was
killed goes on when it is started again. To use an authority of your own, put authority.certificate.pem and
authority.key.pem (P-256) into the folder first. With --certificate the core is reached under a certificate of another
authority; --ca of the other roles is then a file that has both, which the core writes and prints.

Examples:
  capif core                                      on 127.0.0.1:8443, in ./capif-core
  capif core --bind 0.0.0.0:8443 --names core.example --published core.example:8443
                                                  reached from elsewhere, under a name
  capif core --published core.example:8443 --certificate core.pem --certificate-key-file core.key
                                                  the same, with a certificate of your own
  capif core --print-config --config core.json    what would be in force
  capif core token issue "the billing app"        a token for one more invoker, while the core runs

Exit codes: 0 stopped by a signal, or it has done what a command asked; 1 it refuses; 2 wrong usage; 3 it cannot start.
`;

type Options = OperatingOptions &
  CertificateFlags &
  NotificationFlags & {
    folder: string;
    storeKeyFile?: string;
    bind: HostAndPort;
    published?: HostAndPort;
    names: readonly string[];
    amendments: readonly Amendment[];
    tokenLifetime: number;
    invocationLogLimit: number;
    deferOnboarding?: boolean;
    stopWithin: number;
  };

export function addCommands(program: Command): void {
  const command = program
    .command('core')
    .description('runs a CAPIF core function')
    .option('--folder <folder>', 'where it keeps its authority, its secrets and its store', 'capif-core')
    .addOption(storeKeyOption())
    .addOption(bindOption({ host: '127.0.0.1', port: 8443 }, '127.0.0.1:8443'))
    .option('--published <address>', 'where others reach it, if that is elsewhere', readAddress)
    .option('--names <list>', 'more names and addresses for its certificate', readNames, [])
    .addOption(amendmentsOption())
    .option('--token-lifetime <seconds>', 'how long an access token is valid', countUpTo(86_400), 3600)
    .option(
      '--invocation-log-limit <bytes>',
      'what is kept of the invocation logs of a provider domain; the oldest go first',
      countUpTo(2 ** 30),
      16 * 2 ** 20,
    )
    .option('--defer-onboarding', 'an onboarding waits for `capif core onboarding accept`')
    .option('--stop-within <ms>', 'how long requests under way may take after SIGTERM', countUpTo(oneDayMs), 10_000)
    .addHelpText('after', examples)
    .action(core);
  configurable(addOperatingOptions(addNotificationOptions(addCertificateOptions(command))));
  addOperatorCommands(command);
  addPolicyCommands(command);
}

async function core(this: Command, options: Options): Promise<void> {
  const { folder, bind, published, names, amendments, tokenLifetime, stopWithin } = options;
  const notifying = notificationsOf(this, options);
  const serverCertificate = serverCertificateOf(this, options, systemClock.now());
  const files = await openCoreFolder(folder, options.storeKeyFile, systemClock.now());
  const { store, authority, keys, registrationSecret } = files;
  const ca = serverCertificate
    ? await writeTrusted(folder, serverCertificate, authority.certificatePem)
    : files.files.ca;
  await runRole('core', operatingOf(options), async (observers) => {
    const running = await createCoreFunction({
      ...observers,
      ...bind,
      ...notifying,
      ...(options.deferOnboarding && { deferOnboarding: true }),
      store,
      authority,
      serverCertificate,
      keys,
      registrationSecret,
      amendments,
      tokenLifetimeSeconds: tokenLifetime,
      invocationLogLimitBytes: options.invocationLogLimit,
      names: certificateNames([...names, ...(published ? [published.host] : []), ...(serverCertificate?.names ?? [])]),
      ...(published ? { apiRoot: `https://${addressText(published)}` } : {}),
    });
    const token = await firstToken(running);
    if (token !== undefined) await files.writeOnboardingToken(token);
    const commands = await controlSocket(folder, { ...coreControls(running), ...policyControls(running) });
    return {
      ready: readyLines(published ?? { host: bind.host, port: running.port }, { ...files, ca, serverCertificate }),
      async stop() {
        commands.close();
        await running.close({ withinMs: stopWithin });
      },
    };
  });
  store.close();
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
