/** `capif expose`: an API exposing function with its publishing function, as a process in front of HTTP services. */
import type { Command } from 'commander';
import type { Amendment, SecurityMethod } from '../../../machines/vocabulary.ts';
import {
  createExposingFunction,
  type ProviderIdentity,
  type ServiceOptions,
} from '../../exposing/exposing-function.ts';
import type { CommonOptions } from '../../exposing/exposing-options.ts';
import { type AefLimits, defaultAefLimits } from '../../exposing/initiation-limit.ts';
import { type Upstream, upstream } from '../../exposing/upstream.ts';
import { control, controlSocket } from '../../operating/control-socket.ts';
import { type Observers, type OperatingOptions, runRole } from '../../operating/role-process.ts';
import { openStoreFolder } from '../../store/store-folder.ts';
import { addressText, countUpTo, type HostAndPort, oneDayMs, readAddress, readMethods } from '../arguments.ts';
import { configurable, required } from '../configuration.ts';
import {
  addCoreOptions,
  addOperatingOptions,
  amendmentsOption,
  bindOption,
  type CoreOptions,
  capif,
  connectionsOption,
  coreAddressOf,
  limitsOption,
  operatingOf,
  readFile,
  storeKeyOption,
} from '../role-options.ts';
import { addOperatorCommands, controlsOf } from './operator.ts';
import { readServices, readUrl, type ServiceSetting } from './service-setting.ts';

const examples = `
The service gets each admitted invocation without the path of the API: /NAME/v1/hello is /hello there. The headers
x-capif-api-invoker-id and x-capif-security-method say who invokes, and how; a client cannot set them.

What it acknowledges is in the store of its folder before: an AEF that was killed goes on when it is started again, with the
methods that it had. --methods are those of its first start. Where the core is not there yet, it waits; once it has been
registered, it takes the commands below meanwhile.

An AEF may have several services, each with --service in words: api=NAME, and if need be upstream=URL, methods=LIST, port=PORT,
host=HOST, published=HOST:PORT, name=NAME (if two have the same API) and aef=LABEL (another AEF, with an id of its own). --upstream
and --methods are for those that do not say. Several in one text are separated by semicolons.

Examples:
  capif expose --core 127.0.0.1:8443 --ca capif-core/authority.certificate.pem \\
    --registration-secret-file capif-core/registration-secret --upstream http://127.0.0.1:8080 --methods PKI
  capif expose … --service "api=sms upstream=http://127.0.0.1:8081 port=8444" --service "api=tides methods=OAUTH,PSK"
  capif expose … --folder capif-aef-2 --beside capif-aef      another instance of the AEF that runs in capif-aef
  capif expose methods PKI,OAUTH     change the methods of the AEF that runs; returns when the core knows them
  capif expose methods PKI sms       of the service of this name alone
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
    service?: readonly ServiceSetting[];
    beside?: string;
    amendments: readonly Amendment[];
    enforcePolicies: boolean;
    logInvocations: boolean;
    bodyLimit?: number;
    connectionsMax?: number;
    limits?: Partial<AefLimits>;
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
    .option('--service <service>', 'one of several services, in words as below; may be repeated', readServices)
    .option('--beside <folder>', 'it is another instance of the AEF that runs in this folder, and is told who that is')
    .addOption(amendmentsOption())
    .option('--enforce-policies', 'serves nothing beyond the access control policies that the core has', false)
    .option('--log-invocations', 'has the core keep which invocations were answered, and how', false)
    .option(
      '--body-limit <bytes>',
      'the largest body of an invocation; by default there is no limit',
      countUpTo(2 ** 30),
    )
    .addOption(connectionsOption())
    .addOption(limitsOption(Object.keys(defaultAefLimits)))
    .option('--upstream-timeout <ms>', 'how long the service may take to answer', countUpTo(oneDayMs), 30_000)
    .option('--stop-within <ms>', 'how long invocations under way may take after SIGTERM', countUpTo(oneDayMs), 10_000)
    .addHelpText('after', examples)
    .action(expose);
  configurable(addOperatingOptions(addCoreOptions(command)));
  addOperatorCommands(command);
}

type Exposed = ServiceOptions & { upstream: Upstream };

async function expose(this: Command, options: Options): Promise<void> {
  const core = coreAddressOf(this, options);
  const { beside } = options;
  const name = 'registrationSecretFile';
  const provider =
    beside === undefined
      ? { registrationSecret: readFile(this, name, required(this, options.registrationSecretFile, name)) }
      : { identity: async () => (await control(beside, 'identity', null)) as ProviderIdentity };
  const settings = settingsOf(this, options);
  const { store } = await openStoreFolder(options.folder, options.storeKeyFile);
  await runRole('aef', operatingOf(options), (observers) => {
    const services = settings.map(({ url, ...service }): Exposed => {
      const made = upstream({
        url,
        timeoutMs: options.upstreamTimeout,
        onError: (error) => observers.log.say('warn', `the service at ${url.origin}: ${error.message}`),
      });
      return { ...service, serve: made.serve, upstream: made };
    });
    return exposing(options, services, { ...observers, ...provider, core, store }, observers);
  });
  store.close();
}

type Wanted = Omit<ServiceOptions, 'serve'> & { url: URL };

/** Those of `--service`, or the only one. */
function settingsOf(command: Command, options: Options): Wanted[] {
  const { service, apiName, methods, bind, published } = options;
  if (!service) {
    const url = required(command, options.upstream, 'upstream');
    return [{ apiName, methods, ...bind, ...(published && { published }), url }];
  }
  for (const [option, member] of [
    ['apiName', 'api=NAME'],
    ['published', 'published=HOST:PORT'],
  ] as const)
    if (!['default', undefined].includes(command.getOptionValueSource(option)))
      command.error(`error: "${option}" is of the only service: of one of several, it is ${member} in --service`);
  if (bind.port !== 0) command.error('error: "bind" has a port, for several services: it is port=PORT in --service');
  return service.map(({ api, upstream: own, ...others }) => {
    const url = own ?? required(command, options.upstream, 'upstream');
    return { methods, host: bind.host, ...others, apiName: api, url };
  });
}

async function exposing(
  { folder, amendments, enforcePolicies, logInvocations, bodyLimit, connectionsMax, limits, stopWithin }: Options,
  services: readonly Exposed[],
  common: CommonOptions,
  { log }: Observers,
) {
  let waitsBecause = '';
  const aef = await createExposingFunction({
    ...common,
    services,
    amendments,
    enforcePolicies,
    logInvocations,
    ...(bodyLimit !== undefined && { bodyLimitBytes: bodyLimit }),
    ...(connectionsMax !== undefined && { connectionsMax }),
    ...(limits && { limits }),
    onWaitingForCore(because) {
      if (because !== waitsBecause) log.say('warn', `waiting: ${because}`);
      waitsBecause = because;
    },
  });
  const commands = await controlSocket(folder, controlsOf(aef));
  await aef.settled();
  const [, another] = aef.services;
  return {
    ready: [
      ...aef.services.map(({ aefId, apiName, name, methods, ...at }, n) => {
        const where = addressText(services[n]?.published ?? at);
        const called = name === apiName ? '' : ` (${name})`;
        return `${aefId} is ready on ${where}: /${apiName}/v1 with ${methods().join(', ')}, known to the core${called}.`;
      }),
      `To change its methods: ${capif()} expose methods OAUTH --folder ${folder}`,
      ...(another ? [`Of one service: ${capif()} expose methods OAUTH ${another.name} --folder ${folder}`] : []),
    ],
    async stop() {
      commands.close();
      await aef.close({ withinMs: stopWithin });
      for (const { upstream } of services) upstream.close();
    },
  };
}
