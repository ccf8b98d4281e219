/** A state chart in PlantUML. */
import type { ChartState, StateChart } from '../state-chart/chart.ts';
import { childrenOf, compartment, idOf, label, nameIn, oneLine, topOf } from './label.ts';

export const plantuml = (chart: StateChart): string => {
  const lines = [
    '@startuml',
    'hide empty description',
    ...stateLines(chart, topOf(chart)),
    ...arrows(chart),
    '@enduml',
  ];
  return `${lines.join('\n')}\n`;
};

function stateLines(chart: StateChart, state: ChartState): string[] {
  const [id, children] = [idOf(state.id), childrenOf(chart, state)];
  const open = `state "${nameIn(state)}" as ${id}${stereotype(state)}`;
  const rows = compartment(chart, state).map((row) => `${id} : ${oneLine(row)}`);
  if (children.length === 0) return [open, ...rows, ...(state.kind === 'final' ? [`${id} --> [*]`] : [])];
  const initial = state.initial === undefined ? [] : [`[*] --> ${idOf(state.initial)}`];
  const nested = children.flatMap((child, n) => [
    ...(state.kind === 'parallel' && n > 0 ? ['--'] : []),
    ...stateLines(chart, child),
  ]);
  return [`${open} {`, ...[...initial, ...nested].map((line) => `  ${line}`), '}', ...rows];
}

const stereotype = ({ kind }: ChartState) =>
  kind === 'shallowHistory' ? ' <<history>>' : kind === 'deepHistory' ? ' <<history*>>' : '';

const arrows = ({ transitions }: StateChart): string[] =>
  transitions.flatMap((transition) => {
    const { from, to, source } = transition;
    const line = source?.amendment ? '-[bold]->' : source?.assumed ? '-[dashed]->' : '-->';
    return to.map((target) => `${idOf(from)} ${line} ${idOf(target)} : ${oneLine(label(transition))}`);
  });
