/** A chart in the languages of other tools, by the ending of the file. */
import type { Chart } from '../state-chart/chart.ts';
import { transitionsCsv } from '../tables/tables.ts';
import { dot } from './dot.ts';
import { mermaid } from './mermaid.ts';
import { plantuml } from './plantuml.ts';
import { scxml } from './scxml.ts';
import { xstateJson } from './xstate-json.ts';

export const chartJson = (chart: Chart) => `${JSON.stringify(chart, null, 2)}\n`;

const writers: Record<string, (chart: Chart) => string> = {
  'transitions.csv': transitionsCsv,
  mmd: mermaid,
  puml: plantuml,
  dot,
  scxml,
  'xstate.json': xstateJson,
  'chart.json': chartJson,
};

export const textForms = (chart: Chart): [ending: string, text: string][] =>
  Object.entries(writers).map(([ending, write]) => [ending, write(chart)]);
/** The endings of all of them, as they are listed on the page. */
export const endings: readonly string[] = Object.keys(writers);
