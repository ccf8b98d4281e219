/** The machines in text formats, as files. Needs no layout, so that it answers fast. */
import { machines } from '../machines/roles.ts';
import { type Amendment, allAmendments, asWritten } from '../machines/vocabulary.ts';
import { type StateChart, stateChartOf } from './state-chart/chart.ts';
import { type FormatName, fileNameOf, textOf } from './text/formats.ts';

const versions: readonly { folder: string; amendments: readonly Amendment[] }[] = [
  { folder: 'as-written', amendments: asWritten },
  { folder: 'amended', amendments: allAmendments },
];

/** Every machine as written, and with all amendments if they change it. */
export const chartsToDraw = (): { folder: string; chart: StateChart }[] =>
  Object.values(machines).flatMap((machine) => {
    const charts = versions.map(({ folder, amendments }) => ({ folder, chart: stateChartOf(machine, amendments) }));
    return charts.filter(({ chart }, n) => n === 0 || !charts[0] || differ(chart, charts[0].chart));
  });

const differ = ({ states, transitions }: StateChart, other: StateChart) =>
  JSON.stringify([states, transitions]) !== JSON.stringify([other.states, other.transitions]);

export const formatFiles = (formats: readonly FormatName[]): Map<string, string> =>
  new Map(
    chartsToDraw().flatMap(({ folder, chart }) =>
      formats.map((format): [string, string] => [`${folder}/${fileNameOf(chart, format)}`, textOf(chart, format)]),
    ),
  );
