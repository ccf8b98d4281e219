/** `capif core`: a CAPIF core function as a process. */
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../clock.ts';
import { defaultCoreLimits } from '../core/core-options.ts';
import { storeKeyVariable } from '../credentials/key-folder.ts';
import { type OperatingOptions, runRole } from '../operating/role-process.ts';
import { openStoreFolder } from '../store/store-folder.ts';
import { countUpTo, type HostAndPort, oneDayMs, readAddress, readNames } from './arguments.ts';
import { configurable } from './configuration.ts';
import { addCertificateOptions, type CertificateFlags, serverCertificateOf } from './core-certificate.ts';
import { openCoreFolder } from './core-folder.ts';
import { addNotificationOptions, type NotificationFlags, notificationsOf } from './core-notifications.ts';
import { addOperatorCommands } from './core-operator.ts';
import { addPolicyCommands } from './core-policy.ts';
import {
  addOperatingOptions,
  amendmentsOption,
  bindOption,
  connectionsOption,
  limitsOption,
  operatingOf,
  storeKeyOption,
} from './role-options.ts';
import { type CoreSettings, startCore } from './running-core.ts';

const examples = `
The first start makes the folder: an authority, the key of the core, a secret with which providers register, and a token
with which one invoker is onboarded. What the core acknowledges is in the store there before it answers; a core that was
killed goes on when it is started again. To use an authority of your own, put authority.certificate.pem and
authority.key.pem (P-256) into the folder first. With --certificate the core is reached under a certificate of another
authority; --ca of the other roles is then a file that has both, which the core writes and prints.

With --database, several replicas are one core: each has a folder of its own, and the same key. One of them at a time is
active; the others stand by, and pass on to it whoever connects. If it ends, or loses the database, another one goes on.

Examples:
  capif core                                      on 127.0.0.1:8443, in ./capif-core
  capif core --bind 0.0.0.0:8443 --names core.example --published core.example:8443
                                                  reached from elsewhere, under a name
  capif core --published core.example:8443 --certificate core.pem --certificate-key-file core.key
                                                  the same, with a certificate of your own
  capif core --print-config --config core.json    what would be in force
  capif core --database postgres://capif@db.example/capif --store-key-file core.key --published core.example:8443
                                                  one of several replicas, behind a TCP load balancer
  capif core token issue "the billing app"        a token for one more invoker, while the core runs

Exit codes: 0 stopped by a signal, or it has done what a command asked; 1 it refuses; 2 wrong usage; 3 it cannot start.
`;

type Options = OperatingOptions &
  CertificateFlags &
  NotificationFlags &
  Omit<CoreSettings, 'serverCertificate' | 'notifying'> & {
    storeKeyFile?: string;
    database?: URL;
    replicaAddress?: HostAndPort;
    databaseLease: number;
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
      '--enrolment-lifetime <seconds>',
      'how long an API invoker is onboarded at most; by default until it is offboarded',
      countUpTo(3_650 * 86_400),
    )
    .option(
      '--invocation-log-limit <bytes>',
      'what is kept of the invocation logs of a provider domain; the oldest go first',
      countUpTo(2 ** 30),
      16 * 2 ** 20,
    )
    .option('--defer-onboarding', 'an onboarding waits for `capif core onboarding accept`')
    .addOption(connectionsOption())
    .addOption(limitsOption(Object.keys(defaultCoreLimits)))
    .option('--stop-within <ms>', 'how long requests under way may take after SIGTERM', countUpTo(oneDayMs), 10_000)
    .option('--database <url>', 'share this PostgreSQL database with other replicas', readDatabase)
    .option('--replica-address <address>', 'where the other replicas reach it; --bind by default', readAddress)
    .option(
      '--database-lease <ms>',
      'how long the database may be silent before another replica may be active',
      countUpTo(60_000),
      3_000,
    )
    .addHelpText('after', examples)
    .action(core);
  configurable(addOperatingOptions(addNotificationOptions(addCertificateOptions(command))));
  addOperatorCommands(command);
  addPolicyCommands(command);
}

async function core(this: Command, options: Options): Promise<void> {
  const { folder, database, storeKeyFile, stopWithin } = options;
  const settings = {
    ...options,
    notifying: notificationsOf(this, options),
    serverCertificate: serverCertificateOf(this, options, systemClock.now()),
  };
  if (database) {
    if (!options.replicaAddress && ['0.0.0.0', '::'].includes(options.bind.host))
      this.error('error: --replica-address is missing: --bind is no address at which other replicas reach this one');
    if (storeKeyFile === undefined && process.env[storeKeyVariable] === undefined)
      this.error(`error: --store-key-file is missing: the replicas share one key, in a file or in ${storeKeyVariable}`);
    const replica = { ...settings, database };
    const { startReplica } = await import('./core-replica.ts');
    return runRole('core', operatingOf(options), (observers) => startReplica(replica, observers));
  }
  const { store, passphrase } = await openStoreFolder(folder, storeKeyFile);
  const files = await openCoreFolder(folder, passphrase, systemClock.now());
  await runRole('core', operatingOf(options), async (observers) => {
    const { ready, stop } = await startCore(settings, { ...files, store, lacksToken: true }, observers);
    return { ready, stop: () => stop(stopWithin) };
  });
  store.close();
}

function readDatabase(text: string): URL {
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw new InvalidArgumentError('It must be a URL, as in postgres://user@127.0.0.1:5432/capif.');
}
