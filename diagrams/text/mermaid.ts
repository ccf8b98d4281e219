/** A chart as a Mermaid state diagram, which GitHub shows as a picture. */
import type { Chart, ChartState } from '../state-chart/chart.ts';
import { childrenOf, compartment, idOf, label, topOf } from './label.ts';

export const mermaid = (chart: Chart): string => {
  const states = childrenOf(chart, topOf(chart)).flatMap((state) => stateLines(chart, state));
  const lines = ['stateDiagram-v2', ...initialOf(topOf(chart)), ...states, ...around(chart), ...arrows(chart)];
  return `${lines.join('\n')}\n`;
};

/** Mermaid has no frame around everything: what happens in every state, and leads on from it, is at a state of its own. */
function around(chart: Chart): string[] {
  const rows = compartment(chart, topOf(chart)).map((row) => `anyState : ${plain(row)}`);
  const isNeeded = rows.length > 0 || chart.transitions.some(({ from, to }) => from === chart.machine && to.length > 0);
  return isNeeded ? ['state "any state" as anyState', ...rows] : [];
}

function stateLines(chart: Chart, state: ChartState): string[] {
  const [id, children] = [idOf(state.id), childrenOf(chart, state)];
  const open = `state "${state.name}" as ${id}`;
  const rows = compartment(chart, state).map((row) => `${id} : ${plain(row)}`);
  if (children.length === 0) return [open, ...rows, ...(state.kind === 'final' ? [`${id} --> [*]`] : [])];
  const regions = children.flatMap((child, n) => [
    ...(state.kind === 'parallel' && n > 0 ? ['--'] : []),
    ...stateLines(chart, child),
  ]);
  // Mermaid has no compartment in a state that is drawn open.
  const note = rows.length > 0 ? [`note right of ${id}`, ...compartment(chart, state).map(plain), 'end note'] : [];
  return [`${open} {`, ...[...initialOf(state), ...regions].map((line) => `  ${line}`), '}', ...note];
}

const initialOf = ({ initial }: ChartState) => (initial === undefined ? [] : [`[*] --> ${idOf(initial)}`]);

const arrows = ({ machine, transitions }: Chart): string[] =>
  transitions.flatMap((transition) => {
    const from = transition.from === machine ? 'anyState' : idOf(transition.from);
    return transition.to.map((target) => `${from} --> ${idOf(target)} : ${plain(label(transition))}`);
  });

/** A colon would begin another label, and a semicolon another line. */
const plain = (text: string) => text.replaceAll(';', '#59;').replaceAll(':', '#58;');
