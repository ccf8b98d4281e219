/** A state chart in Mermaid, which GitHub shows as a picture. */
import type { ChartState, StateChart } from '../state-chart/chart.ts';
import { childrenOf, compartment, idOf, label, nameIn, oneLine, topOf } from './label.ts';

export const mermaid = (chart: StateChart): string => {
  const states = childrenOf(chart, topOf(chart)).flatMap((state) => stateLines(chart, state));
  const lines = ['stateDiagram-v2', ...initialOf(topOf(chart)), ...states, ...anyState(chart), ...arrows(chart)];
  return `${lines.join('\n')}\n`;
};

/** Mermaid has no frame around the machine: an extra state "any state" carries the transitions of the outermost state. */
function anyState(chart: StateChart): string[] {
  const rows = compartment(chart, topOf(chart)).map((row) => `anyState : ${plain(row)}`);
  const isNeeded = rows.length > 0 || chart.transitions.some(({ from, to }) => from === chart.machine && to.length > 0);
  return isNeeded ? ['state "any state" as anyState', ...rows] : [];
}

function stateLines(chart: StateChart, state: ChartState): string[] {
  const [id, children] = [idOf(state.id), childrenOf(chart, state)];
  const open = `state "${nameIn(state)}" as ${id}`;
  const rows = compartment(chart, state).map((row) => `${id} : ${plain(row)}`);
  if (children.length === 0) return [open, ...rows, ...(state.kind === 'final' ? [`${id} --> [*]`] : [])];
  const regions = children.flatMap((child, n) => [
    ...(state.kind === 'parallel' && n > 0 ? ['--'] : []),
    ...stateLines(chart, child),
  ]);
  // In Mermaid a state with states inside has no compartment.
  const note = rows.length > 0 ? [`note right of ${id}`, ...compartment(chart, state).map(plain), 'end note'] : [];
  return [`${open} {`, ...[...initialOf(state), ...regions].map((line) => `  ${line}`), '}', ...note];
}

const initialOf = ({ initial }: ChartState) => (initial === undefined ? [] : [`[*] --> ${idOf(initial)}`]);

const arrows = ({ machine, transitions }: StateChart): string[] =>
  transitions.flatMap((transition) => {
    const from = transition.from === machine ? 'anyState' : idOf(transition.from);
    return transition.to.map((target) => `${from} --> ${idOf(target)} : ${plain(label(transition))}`);
  });

/** A colon would start another label, and a semicolon another line. */
const plain = (text: string) => oneLine(text).replaceAll(';', '#59;').replaceAll(':', '#58;');
