/** The result of a verification, as plain data for `--json` and as text. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Amendment, Clause } from '../../machines/vocabulary.ts';
import { columnsOf, wrapped } from '../../runtime/terminal.ts';
import { actionsOf } from '../checker/actions-of-run.ts';
import type { StateGraph } from '../checker/search/state-graph.ts';
import type { Verdict } from '../checker/verdicts.ts';
import type { Verification } from '../checker/verify.ts';
import type { Configuration } from '../model/setting.ts';
import { machineCalls } from '../model/state.ts';
import type { CapifModel } from '../requirements/all-properties.ts';
import { everyMethodUpdate } from '../requirements/method-update.ts';
import type { Property } from '../requirements/property.ts';
import { amendmentsText } from '../traces/amendment-text.ts';
import { counterexample } from '../traces/counterexample.ts';

/** A search that ended early proves nothing: a property that it has not seen violated is not reported to hold. */
type ReportedVerdict = 'holds' | 'fails' | 'not violated so far' | 'not seen so far';
/** `unbounded`: for any number of changes. `exhaustive`: within the bounds of the setting. `partial`: the search ended early. */
export type Evidence = 'unbounded' | 'exhaustive' | 'partial';

type PropertyReport = {
  sentence: string;
  clause: Clause;
  kind: Property['kind'];
  verdict: ReportedVerdict;
  evidence: Evidence;
  states: number;
  transitions: number;
  seconds: number;
  /** In how many states or distinct steps it says something; 0 if it holds vacuously. */
  asked: number;
  /** Of `atMost`: how often the step can happen. */
  times?: number | 'unbounded';
  counterexample?: { moves: string[]; forEver: string[]; file?: string };
};

export type Report = {
  setting: string;
  amendments: readonly Amendment[];
  complete: boolean;
  states: number;
  transitions: number;
  seconds: number;
  /** Of the set of states alone; of the graph that is kept for endless runs; of the process so far. */
  memory: { bytesPerState: number; graphBytes: number; peakBytes: number };
  machineCalls: number;
  properties: PropertyReport[];
};

/** `folder`: where counterexamples are saved as files for `capif play`. */
export function reportOf(
  verification: Verification<CapifModel>,
  configuration: Configuration,
  proved: Evidence,
  folder?: string,
): Report {
  const { states, transitions, seconds, complete, exploration, graph, model, verdicts } = verification;
  const evidence = complete ? proved : 'partial';
  const files = fileNames(configuration);
  return {
    setting: configuration.name,
    amendments: configuration.amendments,
    complete,
    states,
    transitions,
    seconds,
    memory: {
      bytesPerState: exploration.bytesPerState,
      graphBytes: bytesOf(graph),
      peakBytes: process.resourceUsage().maxRSS * 1024,
    },
    machineCalls: machineCalls(model.machines),
    properties: verdicts.map((verdict) => {
      const { property, holds, asked, times, run } = verdict;
      const { statement, clause, kind } = property;
      let shown: PropertyReport['counterexample'];
      if (!holds && run) {
        shown = { moves: actionsOf(verification, run.stem), forEver: actionsOf(verification, run.loop) };
        if (folder !== undefined) {
          shown.file = join(folder, files(statement));
          writeFileSync(shown.file, counterexample(verification, verdict, configuration));
        }
      }
      return {
        sentence: statement,
        clause,
        kind,
        verdict: reportedVerdict(verdict, complete),
        evidence,
        states,
        transitions,
        seconds,
        asked,
        ...(times === undefined ? {} : { times: Number.isFinite(times) ? times : 'unbounded' }),
        ...(shown && { counterexample: shown }),
      };
    }),
  };
}

function bytesOf(graph: StateGraph): number {
  let bytes = 0;
  for (const part of Object.values(graph)) if (ArrayBuffer.isView(part)) bytes += part.byteLength;
  return bytes;
}

/** If a search stopped early, what it has found counts; what it has not found may be in states that it did not reach. */
function reportedVerdict({ property: { kind }, holds }: Verdict, complete: boolean): ReportedVerdict {
  if (complete) return holds ? 'holds' : 'fails';
  if (kind === 'sometimes') return holds ? 'holds' : 'not seen so far';
  return holds ? 'not violated so far' : 'fails';
}

/** The name has the setting, the amendments and the letter of the property; a second one with the same letter is numbered. */
function fileNames({ name, amendments }: Configuration): (statement: string) => string {
  const seen = new Map<string, number>();
  return (statement) => {
    const letter = statement.split(' ')[0]!;
    const times = (seen.get(letter) ?? 0) + 1;
    seen.set(letter, times);
    const words = `${name} ${amendmentsText(amendments)} ${letter}${times > 1 ? ` ${times}` : ''}`;
    return `${words.replaceAll(/[^\w-]+/g, '-')}.txt`;
  };
}

/** Properties that have a line of their own; the others have one only if they fail. */
const headlines = everyMethodUpdate([]).map(({ statement }) => statement);

export function asText(report: Report): string {
  const { setting, amendments, complete, states, transitions, seconds, memory, properties } = report;
  const head = [
    `${states} states`,
    `${transitions} transitions`,
    `${seconds.toFixed(1)} s`,
    `${memory.bytesPerState.toFixed(1)} bytes per state, ${(memory.peakBytes / 2 ** 20).toFixed(0)} MB`,
    properties[0]?.evidence ?? 'partial',
  ];
  const shown = properties.filter(({ sentence, verdict }) => headlines.includes(sentence) || verdict === 'fails');
  const others = properties.length - shown.length;
  const vacuous = properties.filter((one) => !shown.includes(one) && one.asked === 0).length;
  const verdict = complete ? 'hold' : 'not violated so far';
  const except = vacuous > 0 ? `, ${vacuous} of them vacuously` : '';
  const more =
    others > 0 ? [`  ${verdict}  ${others} properties about each step of each role${except} (--json lists them)`] : [];
  const first = wrapped(`${setting}, ${amendmentsText(amendments)}: ${head.join(', ')}`, '  ');
  return [first, ...shown.flatMap(rows), ...more, ''].join('\n');
}

/** As much of a run as fits a line of a terminal beside its indentation. */
const shortened = (actions: readonly string[], label = ''): string => {
  const text = label + actions.join(' / ');
  const room = columnsOf(process.stdout) - 14;
  return text.length > room ? `${text.slice(0, room - 2)} …` : text;
};

function rows({ sentence, clause, verdict, asked, times, counterexample: shown }: PropertyReport): string[] {
  const found = times === undefined ? '' : ` (${times})`;
  const word = verdict === 'fails' ? 'FAILS' : verdict;
  const vacuous = asked === 0 && verdict !== 'fails' ? ' (vacuous here)' : '';
  const line = wrapped(`  ${word}  ${sentence}${found}${vacuous}  [${clause}]`, ' '.repeat(word.length + 4));
  if (!shown) return [line];
  const { moves, forEver, file } = shown;
  return [
    line,
    `           ${shortened(moves)}`,
    ...(forEver.length > 0 ? [`           ${shortened(forEver, 'for ever: ')}`] : []),
    ...(file === undefined ? [] : [`           saved as ${file}`]),
  ];
}

/** The properties that fail with each set of amendments. */
export function ablationTable(reports: readonly Report[]): string {
  const names = [...new Set(reports.map(({ amendments }) => amendmentsText(amendments)))];
  const lines = names.map((name) => {
    const broken = reports
      .filter(({ amendments }) => amendmentsText(amendments) === name)
      .flatMap(({ setting, properties }) =>
        properties
          .filter(({ verdict }) => verdict === 'fails')
          .map(({ sentence }) => `${sentence.split(' ')[0]} (${setting})`),
      );
    const nothing = reports.every(({ complete }) => complete) ? 'every property holds' : 'no property fails so far';
    return `  ${name.padEnd(40)} ${broken.length === 0 ? nothing : `fails: ${[...new Set(broken)].join(', ')}`}`;
  });
  return `Settings: ${[...new Set(reports.map(({ setting }) => setting))].join(', ')}\n${lines.join('\n')}\n`;
}
