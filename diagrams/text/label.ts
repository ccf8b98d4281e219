/** A transition as one line of text, and how the text formats walk through a state chart. */
import type { ChartState, ChartTransition, StateChart } from '../state-chart/chart.ts';
import { effectsText, eventText } from '../state-chart/notation.ts';

export function label({ event, guard, effects, source }: ChartTransition): string {
  const notes = source
    ? [source.clause, ...(source.assumed ? ['assumed'] : []), ...(source.amendment ? [`+ ${source.amendment}`] : [])]
    : [];
  const parts = [
    eventText(event),
    guard ? `[${guard}]` : '',
    effects.length > 0 ? `/ ${effectsText(effects)}` : '',
    notes.length > 0 ? `(${notes.join(', ')})` : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** The lines that UML writes into a state: effects on entry and exit, and internal transitions. */
export const compartment = ({ transitions }: StateChart, { id, entry, exit }: ChartState): string[] => [
  ...(entry.length > 0 ? [`entry / ${effectsText(entry)}`] : []),
  ...(exit.length > 0 ? [`exit / ${effectsText(exit)}`] : []),
  ...transitions.filter(({ from, to }) => from === id && to.length === 0).map(label),
];

export const childrenOf = ({ states }: StateChart, { id }: ChartState): ChartState[] =>
  states.filter(({ parent }) => parent === id);
/** An identifier for languages in which a dot has a meaning. */
export const idOf = (id: string) =>
  id.replaceAll('.', '_').replaceAll(/\W/gu, (character) => `_${character.codePointAt(0)?.toString(16)}_`);

/** The name of a state between quotation marks, in languages that cannot escape one. */
export const nameIn = ({ name }: ChartState) => oneLine(name).replaceAll('"', "'");
export const oneLine = (text: string) => text.replaceAll(/\p{Cc}+/gu, ' ');

/** The outermost state, which is the machine itself. */
export function topOf({ machine, states }: StateChart): ChartState {
  const top = states.find(({ id }) => id === machine);
  if (!top) throw new Error(`the state chart of ${machine} has no outermost state`);
  return top;
}
