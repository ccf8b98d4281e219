/** `capif explain FILE`: which run of the model explains the HTTP exchanges that a product has logged? */
import { type Command, Option } from 'commander';
import type { Amendment, Role, SecurityMethod } from '../../machines/vocabulary.ts';
import { countUpTo, readAmendments, readMethods } from '../../runtime/commands/arguments.ts';
import { readTextFile } from '../../runtime/text-file.ts';
import { candidates } from '../foreign/candidates.ts';
import { ofParties, partiesIn, type Recorded, readExchanges } from '../foreign/exchange-record.ts';
import { type Explanation, explain } from '../foreign/explanation.ts';
import { replay, separator } from '../traces/scenario.ts';
import { headerOf } from '../traces/scenario-header.ts';

const roles: Readonly<Record<string, Role>> = {
  invoker: 'apiInvoker',
  core: 'capifCoreFunction',
  aef: 'apiExposingFunction',
  apf: 'apiPublishingFunction',
};

const help = `
FILE has one JSON object for each exchange on a line, in the order in which they were answered:
  {"from":"i1","to":"aef1","method":"GET","path":"/tides/v1/hello","status":403}
  {"from":"i1","to":"ccf","method":"POST","path":"/capif-security/v1/trustedInvokers/i1/update","status":200}
No answer is status 0. More may be said, and is then compared: "securityMethod" of an invocation (PSK, PKI
or OAUTH), "selected" by the core, "methods" of a publication, "cause" of a refusal. Other members are not
looked at.

Kinds of exchanges that the file has none of were not seen, and are inferred, as are changes of methods, TLS
and what is lost: negotiations, tokens, initiations, invocations, security information, publications,
revocations. Of a kind that the file has, it has all. Onboarding and discovery are not in the model; a first
publication (POST) says where it begins. The answer is a scenario that "capif play" and "capif chart" take.

Examples:
  capif explain examples/exchanges.ndjson
  capif explain aef.ndjson --by aef              the AEF sees what it answers, whether that arrives or not
  capif explain log.ndjson --amendments none     what the text as written can explain; by default, all
                                                 amendments are tried, and then none
  capif explain log.ndjson --supported OAUTH,PSK --first PSK

Exit codes: 0 a run of the model explains all; 1 none does, and the first exchange without an explanation is
named, or none was found within --states; 2 the file cannot be read, or has several invokers or AEFs and
none is chosen.
`;

type Options = {
  by?: string;
  invoker?: string;
  aef?: string;
  supported?: SecurityMethod[];
  first?: SecurityMethod[];
  amendments?: readonly Amendment[];
  states: number;
  json?: true;
  quiet?: true;
};

export function addCommands(program: Command): void {
  program
    .command('explain')
    .description(
      'finds a run of the model for the HTTP exchanges that a product has logged, or the first that none explains',
    )
    .argument('<file>', 'HTTP exchanges, one JSON object on a line')
    .addOption(new Option('--by <role>', 'whose record it is').choices(Object.keys(roles)))
    .option('--invoker <id>', 'only what concerns this invoker')
    .option('--aef <id>', 'only what concerns this AEF')
    .addOption(new Option('--supported <list>', 'methods of the invoker, the preferred first').argParser(readMethods))
    .addOption(new Option('--first <list>', 'methods of the AEF at the beginning').argParser(readMethods))
    .addOption(new Option('--amendments <list>', 'all, none, or names separated by commas').argParser(readAmendments))
    .option('--states <n>', 'give up after so many states', countUpTo(10_000_000), 100_000)
    .option('--json', 'one JSON object on standard output')
    .option('--quiet', 'no output; the exit code tells the result')
    .addHelpText('after', help)
    .action(explainFile);
}

function explainFile(this: Command, file: string, options: Options): void {
  const text = readTextFile(file);
  if (text.outcome === 'unreadable') this.error(`error: ${file} cannot be read: ${text.because}`);
  const read = readExchanges(text.text);
  if (read.outcome === 'malformed') this.error(`error: ${file}:${read.line}: not an exchange: ${read.because}`);
  const concerned = ofParties(read.exchanges, options);
  const { invokers, aefs } = partiesIn(concerned);
  for (const [option, names] of [
    ['invoker', invokers],
    ['aef', aefs],
  ] as const)
    if (names.length > 1) this.error(`error: ${file} has several: choose one with --${option}: ${names.join(', ')}`);
  const modelled = concerned.filter(({ kind }) => kind !== undefined);
  if (modelled.length === 0) this.error(`error: ${file} has no exchange that the model knows`);

  const explanation = bestOf(concerned, modelled, options);
  process.exitCode = explanation.outcome === 'explained' ? 0 : 1;
  if (options.quiet) return;
  const scenario = explanation.outcome === 'explained' ? scenarioOf(explanation, file, modelled.length) : undefined;
  if (options.json) console.log(JSON.stringify({ schema: 1, ...toJson(explanation), ...(scenario && { scenario }) }));
  else console.log(scenario ?? inWords(explanation as Exclude<Explanation, { outcome: 'explained' }>, file));
}

/** The first that is explained; otherwise the one that comes furthest. */
function bestOf(concerned: readonly Recorded[], modelled: readonly Recorded[], options: Options): Explanation {
  const by = options.by === undefined ? undefined : roles[options.by];
  let best: Explanation | undefined;
  for (const configuration of candidates(concerned, options)) {
    const found = explain(modelled, configuration, by, options.states);
    if (found.outcome === 'explained') return found;
    if (!best || (best.outcome !== 'explained' && found.exchange.line > best.exchange.line)) best = found;
  }
  return best!;
}

function toJson(explanation: Explanation): object {
  if (explanation.outcome !== 'explained') {
    const { exchange, ...rest } = explanation;
    return { ...rest, line: exchange.line };
  }
  const { outcome, configuration, run } = explanation;
  const actions = run.map(({ action, lines }) => ({ action, lines: lines.map(({ line }) => line) }));
  return { outcome, amendments: configuration.amendments, run: actions };
}

const shown = ({ line, from, to, method, path, status }: Recorded): string =>
  `line ${line}: ${from} to ${to}, ${method} ${path}, ${status || 'no answer'}`;

function scenarioOf(
  { configuration, run }: Extract<Explanation, { outcome: 'explained' }>,
  file: string,
  count: number,
) {
  const blocks = run.map(({ action, lines }) =>
    [...lines.map((one) => `# ${shown(one)}`), action, separator].join('\n'),
  );
  const opening = `# ${file}: this run of the model explains its ${count} exchanges`;
  const played = replay([[opening, headerOf(configuration), separator].join('\n'), ...blocks].join('\n\n'));
  if (played.outcome === 'unplayable') throw new Error(`the run cannot be replayed: ${played.because}`);
  return played.text.trimEnd();
}

function inWords(explanation: Exclude<Explanation, { outcome: 'explained' }>, file: string): string {
  const { method, path, status, line } = explanation.exchange;
  const what = `${file}:${line}: ${method} ${path}, ${status || 'no answer'}`;
  if (explanation.outcome === 'unexplained')
    return `${what}: no run of the model explains this after what comes before`;
  return `${what}: no run that explains this was found in ${explanation.states} states; --states sets how many`;
}
