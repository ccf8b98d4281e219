/** A state chart in DOT, the language of Graphviz. */
import type { ChartState, StateChart } from '../state-chart/chart.ts';
import { childrenOf, compartment, label, topOf } from './label.ts';

export const dot = (chart: StateChart): string => {
  const lines = [
    `digraph ${quoted(chart.machine)} {`,
    '  compound=true; node [shape=box style=rounded]',
    ...stateLines(chart, topOf(chart)).map((line) => `  ${line}`),
    ...arrows(chart).map((line) => `  ${line}`),
    '}',
  ];
  return `${lines.join('\n')}\n`;
};

function stateLines(chart: StateChart, state: ChartState): string[] {
  const children = childrenOf(chart, state);
  const text = quoted([state.name, ...compartment(chart, state)].join('\n'));
  if (children.length === 0) {
    return [`${quoted(state.id)} [label=${text}${state.kind === 'final' ? ' peripheries=2' : ''}]`];
  }
  const own = [
    `label=${text}`,
    ...(state.kind === 'parallel' ? ['style=dashed'] : []),
    // In Graphviz no line can end at a cluster: it ends at a point inside, and is cut at the border.
    `${quoted(pointOf(state))} [shape=point label=""]`,
    ...(state.initial === undefined ? [] : [`${quoted(pointOf(state))} -> ${quoted(state.initial)}`]),
    ...children.flatMap((child) => stateLines(chart, child)),
  ];
  return [`subgraph ${quoted(clusterOf(state))} {`, ...own.map((line) => `  ${line}`), '}'];
}

function arrows(chart: StateChart): string[] {
  const open = new Map(
    chart.states.filter((state) => childrenOf(chart, state).length > 0).map((each) => [each.id, each]),
  );
  return chart.transitions.flatMap((transition) => {
    const { from, to, source } = transition;
    const tail = open.get(from);
    return to.map((target) => {
      const head = open.get(target);
      const attributes = [
        `label=${quoted(label(transition))}`,
        ...(source?.amendment ? ['style=bold'] : source?.assumed ? ['style=dashed'] : []),
        ...(tail && !target.startsWith(`${from}.`) ? [`ltail=${quoted(clusterOf(tail))}`] : []),
        ...(head ? [`lhead=${quoted(clusterOf(head))}`] : []),
      ];
      const [start, end] = [tail ? pointOf(tail) : from, head ? pointOf(head) : target];
      return `${quoted(start)} -> ${quoted(end)} [${attributes.join(' ')}]`;
    });
  });
}

const clusterOf = ({ id }: ChartState) => `cluster_${id}`;
const pointOf = ({ id }: ChartState) => `${id}.begin`;
const quoted = (text: string) =>
  `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/\r\n?|\n/g, '\\l')}"`;
