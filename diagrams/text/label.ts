/** A transition in one line of text. */
import type { Chart, ChartState, ChartTransition } from '../state-chart/chart.ts';
import { effectsWords, eventWords } from '../state-chart/label-text.ts';

export function label({ event, guard, effects, source }: ChartTransition): string {
  const notes = source
    ? [source.clause, ...(source.assumed ? ['assumed'] : []), ...(source.amendment ? [`+ ${source.amendment}`] : [])]
    : [];
  const parts = [
    eventWords(event),
    guard ? `[${guard}]` : '',
    effects.length > 0 ? `/ ${effectsWords(effects)}` : '',
    notes.length > 0 ? `(${notes.join(', ')})` : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** Effects on entry and exit, and internal transitions: what UML writes into a state. */
export const compartment = ({ transitions }: Chart, { id, entry, exit }: ChartState): string[] => [
  ...(entry.length > 0 ? [`entry / ${effectsWords(entry)}`] : []),
  ...(exit.length > 0 ? [`exit / ${effectsWords(exit)}`] : []),
  ...transitions.filter(({ from, to }) => from === id && to.length === 0).map(label),
];

export const childrenOf = ({ states }: Chart, { id }: ChartState): ChartState[] =>
  states.filter(({ parent }) => parent === id);
/** An identifier for languages in which a dot means something. */
export const idOf = (id: string) => id.replaceAll('.', '_');

/** The state that is the machine itself. */
export function topOf({ machine, states }: Chart): ChartState {
  const top = states.find(({ id }) => id === machine);
  if (!top) throw new Error(`the chart of ${machine} has no outermost state`);
  return top;
}
