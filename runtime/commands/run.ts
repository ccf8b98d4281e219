/** `capif run`: one method change after another over TLS, told as it happens. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Amendment, allAmendments, amendments, type SecurityMethod } from '../../machines/vocabulary.ts';
import { allPairs, type Change, methodChanges, type PublicationFate } from '../demonstration/method-changes.ts';
import { narrator, paintFor, summary } from '../demonstration/narration.ts';
import { reportingRecorder } from '../participant.ts';
import { columnsOf, glossary } from '../terminal.ts';
import { traceFile } from '../trace-file.ts';
import { countUpTo, oneDayMs, readAmendments, readMethods } from './arguments.ts';

const examples = `
Amendments (--amendments takes all, none, or a list of these):
${glossary(Object.entries(amendments), 28)}

Examples:
  capif run                                        the six changes between TLS-PSK, PKI and OAUTH
  capif run --notified                             the same, and no invocation is refused
  capif run --methods PSK,PKI --trace run.ndjson   one change, recorded; check it with: capif trace run.ndjson
  capif run --amendments none --publication lost   the text as written, when the only update is lost
  capif run --amendments none --publication late:300
                                                   ... or the core hears of a change 300 ms late

Exit codes: 0 the invoker converged on every change, 1 it did not, 2 wrong usage, 3 internal error, or
the trace could not be written.
`;

type Options = {
  methods: SecurityMethod[];
  amendments: readonly Amendment[];
  publication: PublicationFate;
  notified?: true;
  tls?: '1.2' | '1.3';
  refusalsMax: number;
  patience: number;
  trace?: string;
  json?: true;
  quiet?: true;
};

export function addCommands(program: Command): void {
  program
    .command('run', { isDefault: false })
    .description('runs core, exposing function, publishing function and invoker over real TLS on loopback')
    .addOption(
      new Option('--methods <list>', 'the AEF begins with the first and changes to the others in turn')
        .argParser(readChanges)
        .default([...allPairs], allPairs.join(',')),
    )
    .addOption(
      new Option('--amendments <list>', 'all, none, or names separated by commas')
        .argParser(readAmendments)
        .default(allAmendments, 'all'),
    )
    .addOption(
      new Option('--publication <fate>', 'of each change: prompt, late:MS, or lost (its first copy)')
        .argParser(readFate)
        .default({ fate: 'prompt' }, 'prompt'),
    )
    .option(
      '--notified',
      'the core notifies the invoker of each change (SERVICE_API_UPDATE), which is then not refused',
    )
    .addOption(new Option('--tls <version>', 'all connections in this version').choices(['1.2', '1.3']))
    .option('--refusals-max <n>', 'give up an invocation after so many refusals', countUpTo(100_000), 100)
    .option('--patience <ms>', 'give up a change after so long', countUpTo(oneDayMs), 30_000)
    .option('--trace <file>', 'record every step of every machine, one JSON object a line')
    .option('--json', 'one JSON object on standard output, and no narration')
    .option('--quiet', 'no narration on standard error')
    .addHelpText('after', examples)
    .action(run);
}

async function run({ methods, amendments, publication, notified, tls, refusalsMax, patience, ...output }: Options) {
  const { trace, json, quiet } = output;
  const paint = paintFor(process.stderr);
  const tell = json || quiet ? () => {} : (text: string) => process.stderr.write(`${text}\n`);
  const narrate = narrator(paint, columnsOf(process.stderr));
  const file = trace === undefined ? undefined : traceFile(trace);
  const lost: string[] = [];
  const loseTrace = (error: unknown) => {
    lost.push((error as Error).message);
    process.stderr.write(`capif: ${(error as Error).message}\n`);
  };
  const record = reportingRecorder((line) => file?.record(line), loseTrace);
  try {
    const how =
      amendments.length === 0 ? 'as written' : `with ${amendments.length} of ${allAmendments.length} amendments`;
    tell(paint('bold', `TS 33.122 clause 6.7, ${how}, over TLS on loopback`));
    const result = await methodChanges({
      methods,
      amendments,
      publication,
      notified: notified === true,
      tls: tls && (`TLSv${tls}` as const),
      refusalsMax,
      patienceMs: patience,
      record(line) {
        record(line);
        for (const text of narrate(line)) tell(text);
      },
      onChange: (change) =>
        tell('converged' in change ? outcome(change) : paint('bold', `\n${change.from} → ${change.to}`)),
    });
    process.exitCode = result.converged ? 0 : 1;
    if (json) return console.log(JSON.stringify(result));
    tell('');
    console.log(summary(result.changes));
    for (const { from, to, because } of result.changes) if (because) console.log(`${from} → ${to}: ${because}`);
    console.log(result.converged ? 'The invoker converged on every change.' : 'The invoker did NOT converge.');
    if (trace && lost.length === 0) console.log(`Recorded in ${trace}; check it with: capif trace ${trace}`);
  } finally {
    try {
      file?.close();
    } catch (error) {
      loseTrace(new Error(`the trace may not be whole: ${(error as Error).message}`));
    }
    // The run is over, whatever came of its trace.
    if (lost.length > 0) process.exitCode = 3;
  }
}

function outcome({ converged, to, refused, servedWithOldMethod, ms, because }: Change): string {
  if (!converged) return `  not converged: ${because}`;
  const late = servedWithOldMethod > 0 ? `, ${servedWithOldMethod} served with the old method meanwhile` : '';
  return `  served with ${to} after ${refused} refused${late}, ${ms} ms`;
}

function readChanges(text: string): SecurityMethod[] {
  const names = readMethods(text);
  if (names.length < 2) throw new InvalidArgumentError('A change needs at least two methods, as in PSK,PKI.');
  if (names.some((name, n) => name === names[n - 1]))
    throw new InvalidArgumentError('Consecutive methods must differ.');
  return names;
}

function readFate(text: string): PublicationFate {
  if (text === 'prompt' || text === 'lost') return { fate: text };
  const ms = /^late:(\d{1,6})$/.exec(text)?.[1];
  if (ms === undefined) throw new InvalidArgumentError('It must be prompt, late:MS (as in late:300) or lost.');
  return { fate: 'late', ms: Number(ms) };
}
