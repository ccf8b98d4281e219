/** The text formats of a state chart, for other tools. */
import type { StateChart } from '../state-chart/chart.ts';
import { transitionsCsv } from '../tables/tables.ts';
import { dot } from './dot.ts';
import { mermaid } from './mermaid.ts';
import { plantuml } from './plantuml.ts';
import { scxml } from './scxml.ts';
import { xstateJson } from './xstate-json.ts';

export const chartJson = (chart: StateChart) => `${JSON.stringify(chart, null, 2)}\n`;

type Format = { extension: string; write: (chart: StateChart) => string };

const formats = {
  mmd: { extension: 'mmd', write: mermaid },
  puml: { extension: 'puml', write: plantuml },
  dot: { extension: 'dot', write: dot },
  scxml: { extension: 'scxml', write: scxml },
  'xstate-json': { extension: 'xstate.json', write: xstateJson },
  'chart-json': { extension: 'chart.json', write: chartJson },
  csv: { extension: 'transitions.csv', write: transitionsCsv },
} satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as FormatName[];
export const isFormatName = (name: string): name is FormatName => Object.hasOwn(formats, name);

/** GitHub shows Mermaid, and visual editors open XState JSON; `capif draw --format` writes the others. */
export const committedFormats: readonly FormatName[] = ['mmd', 'xstate-json'];

export const fileNameOf = ({ machine }: Pick<StateChart, 'machine'>, format: FormatName) =>
  `${machine}.${formats[format].extension}`;
export const textOf = (chart: StateChart, format: FormatName) => formats[format].write(chart);
