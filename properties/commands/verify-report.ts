/** What a verification found, as plain data for `--json`, and as text. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Amendment, allAmendments, type Clause } from '../../machines/vocabulary.ts';
import { actionsOf } from '../checker/actions-of-run.ts';
import type { StateGraph } from '../checker/search/state-graph.ts';
import type { Verdict } from '../checker/verdicts.ts';
import type { Verification } from '../checker/verify.ts';
import type { Configuration } from '../model/setting.ts';
import { machineCalls } from '../model/state.ts';
import type { CapifModel } from '../requirements/all-properties.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import type { Property } from '../requirements/property.ts';
import { counterexample } from '../traces/counterexample.ts';

/** A search that ended early proves nothing: what it has not seen violated is not said to hold. */
export type Word = 'holds' | 'fails' | 'not violated so far' | 'not seen so far';
/** `unbounded`: for any number of changes. `exhaustive`: within the bounds of the setting. `partial`: it ended early. */
export type Evidence = 'unbounded' | 'exhaustive' | 'partial';

export type PropertyReport = {
  sentence: string;
  clause: Clause;
  kind: Property['kind'];
  verdict: Word;
  evidence: Evidence;
  states: number;
  transitions: number;
  seconds: number;
  /** Of `atMost`. */
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
  /** Of the set of worlds alone; of all worlds and transitions as they are kept for endless runs; of the process so far. */
  memory: { bytesPerState: number; graphBytes: number; peakBytes: number };
  machineCalls: number;
  properties: PropertyReport[];
};

/** `folder`: where counterexamples are saved, as files that `capif play` replays. */
export function reportOf(
  verification: Verification<CapifModel>,
  configuration: Configuration,
  proved: Evidence,
  folder?: string,
): Report {
  const { states: worlds, transitions, seconds, complete, exploration, graph, model, verdicts } = verification;
  const evidence = complete ? proved : 'partial';
  const files = fileNames(configuration);
  return {
    setting: configuration.name,
    amendments: configuration.amendments,
    complete,
    states: worlds,
    transitions,
    seconds,
    memory: {
      bytesPerState: exploration.bytesPerState,
      graphBytes: bytesOf(graph),
      peakBytes: process.resourceUsage().maxRSS * 1024,
    },
    machineCalls: machineCalls(model.machines),
    properties: verdicts.map((verdict) => {
      const { property, holds, times, run } = verdict;
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
        verdict: wordFor(verdict, complete),
        evidence,
        states: worlds,
        transitions,
        seconds,
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

/** What a part of the worlds shows is so for all of them; what it does not show may be elsewhere. */
function wordFor({ property: { kind }, holds }: Verdict<Property>, complete: boolean): Word {
  if (complete) return holds ? 'holds' : 'fails';
  if (kind === 'sometimes') return holds ? 'holds' : 'not seen so far';
  return holds ? 'not violated so far' : 'fails';
}

/** By setting, amendments and the letter of the sentence; a second one with the same letter has a number. */
function fileNames({ name, amendments: amended }: Configuration): (sentence: string) => string {
  const seen = new Map<string, number>();
  return (sentence) => {
    const letter = sentence.split(' ')[0]!;
    const times = (seen.get(letter) ?? 0) + 1;
    seen.set(letter, times);
    const words = `${name} ${nameOf(amended)} ${letter}${times > 1 ? ` ${times}` : ''}`;
    return `${words.replaceAll(/[^\w-]+/g, '-')}.txt`;
  };
}

export const nameOf = (amended: readonly Amendment[]): string => {
  if (amended.length === 0) return 'as written';
  const missing = allAmendments.filter((one) => !amended.includes(one));
  if (missing.length === 0) return 'all amendments';
  return missing.length === 1 ? `without ${missing[0]}` : amended.join(', ');
};

/** What is told one by one; the others only if they fail. */
const headlines = methodUpdate([]).map(({ statement }) => statement);

export function asText(report: Report): string {
  const { setting, amendments, complete, states: worlds, transitions, seconds, memory, properties } = report;
  const head = [
    `${worlds} worlds`,
    `${transitions} transitions`,
    `${seconds.toFixed(1)} s`,
    `${memory.bytesPerState.toFixed(1)} bytes a world, ${(memory.peakBytes / 2 ** 20).toFixed(0)} MB in all`,
    properties[0]?.evidence ?? 'partial',
  ];
  const shown = properties.filter(({ sentence, verdict }) => headlines.includes(sentence) || verdict === 'fails');
  const others = properties.length - shown.length;
  const word = complete ? 'hold' : 'not violated so far';
  const more = others > 0 ? [`  ${word}  ${others} sentences about each step of each role (--json has them)`] : [];
  return [`${setting}, ${nameOf(amendments)}: ${head.join(', ')}`, ...shown.flatMap(rows), ...more, ''].join('\n');
}

const shortened = (moves: readonly string[]): string => {
  const words = moves.join(' / ');
  return words.length > 140 ? `${words.slice(0, 138)} …` : words;
};

function rows({ sentence, clause, verdict, times, counterexample: shown }: PropertyReport): string[] {
  const found = times === undefined ? '' : ` (${times === 'unbounded' ? 'no bound' : times})`;
  const word = verdict === 'fails' ? 'FAILS' : verdict;
  const line = `  ${word}  ${sentence}${found}  [${clause}]`;
  if (!shown) return [line];
  const { moves, forEver, file } = shown;
  return [
    line,
    `           ${shortened(moves)}`,
    ...(forEver.length > 0 ? [`           for ever: ${shortened(forEver)}`] : []),
    ...(file === undefined ? [] : [`           saved as ${file}`]),
  ];
}

/** Which sentences fail with which amendments. */
export function ablationTable(reports: readonly Report[]): string {
  const names = [...new Set(reports.map(({ amendments }) => nameOf(amendments)))];
  const lines = names.map((name) => {
    const broken = reports
      .filter(({ amendments }) => nameOf(amendments) === name)
      .flatMap(({ setting, properties }) =>
        properties
          .filter(({ verdict }) => verdict === 'fails')
          .map(({ sentence }) => `${sentence.split(' ')[0]} (${setting})`),
      );
    const nothing = reports.every(({ complete }) => complete) ? 'every sentence holds' : 'nothing fails so far';
    return `  ${name.padEnd(40)} ${broken.length === 0 ? nothing : `fails: ${[...new Set(broken)].join(', ')}`}`;
  });
  return `Settings: ${[...new Set(reports.map(({ setting }) => setting))].join(', ')}\n${lines.join('\n')}\n`;
}
