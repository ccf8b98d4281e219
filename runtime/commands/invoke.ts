/** `capif onboard`, `capif invoke` and `capif discover`: an API invoker as a process that does one thing. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Amendment, type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import { createInvoker, type Invoker, openInvokerFolder } from '../invoker/invoker.ts';
import { logFormats, logLevels } from '../operating/role-log.ts';
import { type OperatingOptions, observe } from '../operating/role-process.ts';
import type { AefInterface, ServiceApi } from '../wire/service-api-description.ts';
import { addressText, type HostAndPort, readAddress, readMethods } from './arguments.ts';
import { configurable, required } from './configuration.ts';
import {
  addCoreOptions,
  amendmentsOption,
  type CoreOptions,
  coreAddressOf,
  readFile,
  storeKeyOption,
} from './role-options.ts';

const examples = `
The first invocation onboards the invoker and keeps who it is in its folder; later ones need no token. The path is that of
the resource: /hello is sent as /NAME/VERSION/hello of the API.

Examples:
  capif invoke --core 127.0.0.1:8443 --ca capif-core/authority.certificate.pem \\
    --onboarding-token-file capif-core/onboarding-token GET /hello
  capif invoke … POST /orders --data '{"item":1}' --header 'content-type: application/json' --include
  capif discover …                     the APIs, their AEFs and the methods of each

Exit codes: 0 an answer below 400, 1 any other answer or none, 2 wrong usage, 3 internal error.
`;

const onboardExamples = `
An invoker that is onboarded already says who it is, and needs no token.

Examples:
  capif onboard --core 127.0.0.1:8443 --ca capif-core/authority.certificate.pem --onboarding-token-file token
  capif onboard … --folder billing-app      one more invoker, in a folder of its own

Exit codes: 0 onboarded, 1 refused or no answer, 2 wrong usage, 3 internal error.
`;

type InvokerOptions = CoreOptions &
  Omit<OperatingOptions, 'operatorPort'> & {
    folder: string;
    storeKeyFile?: string;
    onboardingTokenFile?: string;
    supported: SecurityMethod[];
    amendments: readonly Amendment[];
  };
type InvokeOptions = InvokerOptions & {
  aef?: string;
  api?: string;
  at?: HostAndPort;
  header?: [string, string][];
  data?: string;
  include?: true;
};

export function addCommands(program: Command): void {
  const onboarding = program
    .command('onboard')
    .description('onboards the invoker, keeps who it is in --folder, and prints its id')
    .option('--json', 'one JSON object on standard output');
  configurable(addInvokerOptions(onboarding)).addHelpText('after', onboardExamples).action(onboard);
  const invocation = program
    .command('invoke')
    .description('invokes a service API, with whatever security method is in force')
    .argument('<method>', 'the HTTP method')
    .argument('<path>', 'path and query of the resource')
    .option('--aef <id>', 'the AEF, if there are several')
    .option('--api <name>', 'the API, if there are several')
    .option('--at <address>', 'the interface, HOST:PORT, if the AEF has the API at several', readAddress)
    .option('--header <line>', 'a header, as in "accept: text/plain"; may be repeated', readHeader)
    .option('--data <text>', 'the body')
    .option('--include', 'print status and headers before the body');
  configurable(addInvokerOptions(invocation)).addHelpText('after', examples).action(invoke);
  const discovery = program
    .command('discover')
    .description('lists the service APIs that the core shows this invoker')
    .option('--json', 'one JSON object on standard output');
  configurable(addInvokerOptions(discovery)).action(discover);
}

const addInvokerOptions = (command: Command): Command =>
  addCoreOptions(command)
    .option('--folder <folder>', 'where it keeps who it is', 'capif-invoker')
    .addOption(storeKeyOption())
    .option('--onboarding-token-file <file>', 'the token with which it is onboarded')
    .option('--supported <list>', 'its methods, the one that it prefers first', readMethods, [...securityMethods])
    .addOption(amendmentsOption())
    .option('--trace <file>', 'record every step of every machine, one JSON object a line')
    .addOption(
      new Option('--log-level <level>', 'what is logged, on standard error').choices(logLevels).default('warn'),
    )
    .addOption(
      new Option('--log-format <format>', 'for people, or one JSON object a line').choices(logFormats).default('text'),
    );

async function onboard(this: Command, options: InvokerOptions & { json?: true }): Promise<void> {
  await withInvoker(this, options, async (invoker) => {
    const { apiInvokerId } = await invoker.identity();
    console.log(options.json ? JSON.stringify({ schema: 1, apiInvokerId }) : apiInvokerId);
  });
}

async function invoke(this: Command, method: string, path: string, options: InvokeOptions): Promise<void> {
  await withInvoker(this, options, async (invoker) => {
    const { aefId, root } = placeOf(await invoker.discover(), options);
    const { header = [], data } = options;
    const resource = `${root}${path.startsWith('/') ? '' : '/'}${path}`;
    const answer = await invoker.fetch(resource, {
      aefId,
      method,
      headers: header,
      ...(data !== undefined && { body: data }),
    });
    if (options.include) {
      const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}\n`);
      process.stdout.write(`HTTP/1.1 ${answer.status} ${answer.statusText}\n${headers.join('')}\n`);
    } else if (answer.status >= 400) {
      process.stderr.write(`error: the answer is ${answer.status} ${answer.statusText}\n`);
    }
    process.stdout.write(Buffer.from(await answer.arrayBuffer()));
    process.exitCode = answer.status < 400 ? 0 : 1;
  });
}

async function discover(this: Command, options: InvokerOptions & { json?: true }): Promise<void> {
  await withInvoker(this, options, async (invoker) => {
    const apis = await invoker.discover();
    if (options.json) return console.log(JSON.stringify({ schema: 1, apis }));
    for (const { apiName, aefs } of apis)
      for (const { aefId, host, port, methods } of aefs)
        console.log(`${apiName}  ${aefId}  ${host}:${port}  ${methods.join(', ')}`);
    if (apis.length === 0) console.log('The core shows no API to this invoker.');
  });
}

/** Makes the invoker, onboards it once, and closes it; what goes wrong is told, with exit code 1. */
async function withInvoker(
  command: Command,
  options: InvokerOptions,
  use: (invoker: Invoker) => Promise<void>,
): Promise<void> {
  const core = coreAddressOf(command, options);
  const { identity, keys, save } = await openInvokerFolder(options.folder, options.storeKeyFile);
  const tokenFile = 'onboardingTokenFile';
  const onboarding = identity
    ? { identity }
    : {
        keys,
        onboardingToken: readFile(command, tokenFile, required(command, options.onboardingTokenFile, tokenFile)),
      };
  const { observers, close } = await observe('invoker', options);
  const { supported, amendments } = options;
  const invoker = createInvoker({ ...observers, core, supported, amendments, ...onboarding });
  try {
    if (!identity) await save(await invoker.identity());
    await use(invoker);
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    process.exitCode = 1;
  } finally {
    invoker.close();
    close();
  }
}

/** The one service that the options leave; an error lists the choices. */
function placeOf(apis: readonly ServiceApi[], { aef, api, at }: InvokeOptions): { aefId: string; root: string } {
  const all = apis.flatMap(({ apiName, aefs }) => aefs.map((one) => ({ ...one, apiName })));
  const isAt = (one: HostAndPort) => at === undefined || addressText(at) === addressText(one);
  const left = all.filter(
    (one) => (aef ?? one.aefId) === one.aefId && (api ?? one.apiName) === one.apiName && isAt(one),
  );
  const [only, ...others] = left;
  if (only && others.length === 0) return { aefId: only.aefId, root: rootOf(only, at) };
  const among = (only ? left : all).map((one) => {
    const isTwice = all.filter(({ aefId, apiName }) => aefId === one.aefId && apiName === one.apiName).length > 1;
    return `--aef ${one.aefId} --api ${one.apiName}${isTwice ? ` --at ${addressText(one)}` : ''}`;
  });
  if (among.length === 0) throw new Error('the core shows no API to this invoker: nothing is exposed yet');
  throw new Error(`${only ? 'there are several' : 'there is no such API'}; choose one:\n  ${among.join('\n  ')}`);
}

function rootOf({ apiName, apiVersion, apiPrefix = '' }: AefInterface & { apiName: string }, at?: HostAndPort): string {
  const root = `/${apiName}/${apiVersion}`;
  return at === undefined ? root : `https://${addressText(at)}${apiPrefix}${root}`;
}

function readHeader(line: string, before: [string, string][] | undefined): [string, string][] {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It must be a header, as in "accept: text/plain".');
  return [...(before ?? []), [name, value]];
}
