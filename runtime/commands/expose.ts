/** `capif expose`: an API exposing function with its publishing function, as a process in front of an HTTP service. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Amendment, SecurityMethod } from '../../machines/vocabulary.ts';
import { createExposingFunction, type ExposingFunction } from '../exposing/exposing-function.ts';
import { type Upstream, upstream } from '../exposing/upstream.ts';
import { controlSocket } from '../operating/control-socket.ts';
import { type Observers, type OperatingOptions, runRole } from '../operating/role-process.ts';
import type { Store } from '../store/store.ts';
import { openStoreFolder } from '../store/store-folder.ts';
import { addressText, countUpTo, type HostAndPort, oneDayMs, readAddress, readMethods } from './arguments.ts';
import { configurable, required } from './configuration.ts';
import { operatorCommand } from './operator-command.ts';
import {
  addCoreOptions,
  addOperatingOptions,
  amendmentsOption,
  bindOption,
  type CoreOptions,
  capif,
  coreAddressOf,
  operatingOf,
  readFile,
  storeKeyOption,
} from './role-options.ts';

const examples = `
The service gets each admitted invocation without the path of the API: /NAME/v1/hello is /hello there. The headers
x-capif-api-invoker-id and x-capif-security-method say who invokes, and how; a client cannot set them.

What it acknowledges is in the store of its folder before: an AEF that was killed goes on when it is started again, with the
methods that it had. --methods are those of its first start. Where the core is not there yet, it waits; once it has been
registered, it takes the commands below meanwhile.

Examples:
  capif expose --core 127.0.0.1:8443 --ca capif-core/authority.certificate.pem \\
    --registration-secret-file capif-core/registration-secret --upstream http://127.0.0.1:8080 --methods PKI
  capif expose methods PKI,OAUTH     change the methods of the AEF that runs; returns when the core knows them
  capif expose withdraw              end the old methods at once, although the core does not know yet

Exit codes: 0 stopped by a signal, or the core knows the methods; 1 it refuses; 2 wrong usage; 3 it cannot start.
`;

type Options = CoreOptions &
  OperatingOptions & {
    folder: string;
    storeKeyFile?: string;
    registrationSecretFile?: string;
    upstream?: URL;
    apiName: string;
    methods: SecurityMethod[];
    bind: HostAndPort;
    published?: HostAndPort;
    amendments: readonly Amendment[];
    enforcePolicies: boolean;
    logInvocations: boolean;
    bodyLimit?: number;
    upstreamTimeout: number;
    stopWithin: number;
  };

export function addCommands(program: Command): void {
  const command = program
    .command('expose')
    .description('runs an API exposing function in front of an HTTP service')
    .option('--folder <folder>', 'where it keeps its store, and takes commands', 'capif-aef')
    .addOption(storeKeyOption())
    .option('--registration-secret-file <file>', 'the secret with which a provider registers')
    .option('--upstream <url>', 'the service, http:// or https://', readUrl)
    .option('--api-name <name>', 'the name under which it is published', 'api')
    .option('--methods <list>', 'the first security methods: PSK, PKI, OAUTH', readMethods, ['PKI'])
    .addOption(bindOption({ host: '127.0.0.1', port: 0 }, '127.0.0.1:0, any free port, then always that one'))
    .option('--published <address>', 'where others reach it, if that is elsewhere', readAddress)
    .addOption(amendmentsOption())
    .option('--enforce-policies', 'serves nothing beyond the access control policies that the core has', false)
    .option('--log-invocations', 'has the core keep which invocations were answered, and how', false)
    .option(
      '--body-limit <bytes>',
      'the largest body of an invocation; by default there is no limit',
      countUpTo(2 ** 30),
    )
    .option('--upstream-timeout <ms>', 'how long the service may take to answer', countUpTo(oneDayMs), 30_000)
    .option('--stop-within <ms>', 'how long invocations under way may take after SIGTERM', countUpTo(oneDayMs), 10_000)
    .addHelpText('after', examples)
    .action(expose);
  configurable(addOperatingOptions(addCoreOptions(command)));
  command
    .command('methods')
    .description('changes the methods of the AEF that runs in --folder')
    .argument('<list>', 'the new methods, separated by commas', readMethods)
    .action(changeMethods);
  command
    .command('withdraw')
    .description('ends the old methods of a change at once; invokers may be refused until the core knows the new ones')
    .action(withdraw);
}

async function expose(this: Command, options: Options): Promise<void> {
  const core = coreAddressOf(this, options);
  const name = 'registrationSecretFile';
  const secret = readFile(this, name, required(this, options.registrationSecretFile, name));
  const url = required(this, options.upstream, 'upstream');
  const { store } = await openStoreFolder(options.folder, options.storeKeyFile);
  await runRole('aef', operatingOf(options), async (observers) => {
    const service = upstream({
      url,
      timeoutMs: options.upstreamTimeout,
      onError: (error) => observers.log.say('warn', `the service at ${url.origin}: ${error.message}`),
    });
    return exposing(options, service, observers, { core, registrationSecret: secret, store });
  });
  store.close();
}

async function exposing(
  {
    folder,
    apiName,
    methods,
    bind,
    published,
    amendments,
    enforcePolicies,
    logInvocations,
    bodyLimit,
    stopWithin,
  }: Options,
  { serve, close }: Upstream,
  observers: Observers,
  provider: { core: ReturnType<typeof coreAddressOf>; registrationSecret: string; store: Store },
) {
  let waitsBecause = '';
  const aef = await createExposingFunction({
    ...observers,
    ...provider,
    ...bind,
    ...(published && { published }),
    apiName,
    methods,
    serve,
    amendments,
    enforcePolicies,
    logInvocations,
    ...(bodyLimit !== undefined && { bodyLimitBytes: bodyLimit }),
    onWaitingForCore(because) {
      if (because !== waitsBecause) observers.log.say('warn', `waiting: ${because}`);
      waitsBecause = because;
    },
  });
  const commands = await controlSocket(folder, {
    methods: (wanted) => acknowledged(aef, wanted),
    withdraw: () => aef.withdrawOldMethods(),
  });
  await aef.settled();
  return {
    ready: [
      `${aef.aefId} is ready on ${addressText(published ?? aef)}: /${apiName}/v1 with ${aef.methods().join(', ')}, known to the core.`,
      `To change its methods: ${capif()} expose methods OAUTH --folder ${folder}`,
    ],
    async stop() {
      commands.close();
      await aef.close({ withinMs: stopWithin });
      close();
    },
  };
}

async function acknowledged(aef: ExposingFunction, wanted: unknown): Promise<readonly SecurityMethod[]> {
  const methods = readMethods(String(wanted));
  await aef.changeMethods(methods);
  return methods;
}

async function changeMethods(this: Command, methods: SecurityMethod[]): Promise<void> {
  const done = `The core knows the methods ${methods.join(', ')}, and the others are withdrawn.`;
  await operatorCommand(this, 'methods', methods.join(','), () => done);
}

async function withdraw(this: Command): Promise<void> {
  await operatorCommand(this, 'withdraw', null, () => 'Only the latest methods are accepted.');
}

function readUrl(text: string): URL {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw new InvalidArgumentError('It must be a URL, as in http://127.0.0.1:8080.');
}
