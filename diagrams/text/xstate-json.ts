/**
 * A state chart as an XState machine in JSON, with guards and actions by name, for `createMachine` and for visual editors.
 * XState ignores the field `amendments`; `capif diff` reads it.
 */
import type { ChartEffect, ChartState, ChartTransition, StateChart } from '../state-chart/chart.ts';
import { childrenOf, topOf } from './label.ts';

export const xstateJson = (chart: StateChart): string =>
  `${JSON.stringify({ id: chart.machine, amendments: chart.amendments, ...configOf(chart, topOf(chart)) }, null, 2)}\n`;

function configOf(chart: StateChart, state: ChartState): Record<string, unknown> {
  const { id, kind, initial, entry, exit, source } = state;
  const own = chart.transitions.filter(({ from }) => from === id);
  const children = childrenOf(chart, state);
  const first = children.find((child) => child.id === initial);
  return {
    ...(kind === 'parallel' || kind === 'final' ? { type: kind } : {}),
    ...(kind === 'shallowHistory' || kind === 'deepHistory'
      ? { type: 'history', history: kind === 'deepHistory' ? 'deep' : 'shallow' }
      : {}),
    ...(source && { meta: source }),
    ...(first && { initial: first.name }),
    ...(entry.length > 0 && { entry: entry.map(actionOf) }),
    ...(exit.length > 0 && { exit: exit.map(actionOf) }),
    ...onOf(own),
    ...(children.length > 0 && {
      states: Object.fromEntries(children.map((child) => [child.name, configOf(chart, child)])),
    }),
  };
}

/** XState has separate fields for delayed transitions and for transitions without an event. */
function onOf(transitions: readonly ChartTransition[]): Record<string, unknown> {
  const on: Record<string, unknown[]> = {};
  const after: Record<string, unknown[]> = {};
  const always: unknown[] = [];
  for (const transition of transitions) {
    const delay = /^xstate\.after\.([^.]+)\./.exec(transition.event)?.[1];
    if (transition.event === '') always.push(transitionOf(transition));
    else if (delay !== undefined) after[delay] = [...(after[delay] ?? []), transitionOf(transition)];
    else on[transition.event] = [...(on[transition.event] ?? []), transitionOf(transition)];
  }
  return {
    ...(Object.keys(on).length > 0 && { on }),
    ...(Object.keys(after).length > 0 && { after }),
    ...(always.length > 0 && { always }),
  };
}

const transitionOf = ({ from, guard, to, effects, internal, source }: ChartTransition) => ({
  ...(guard !== undefined && { guard }),
  ...(to.length > 0 && { target: to.map((target) => `#${target}`) }),
  ...(!internal && to.some((target) => target === from || target.startsWith(`${from}.`)) && { reenter: true }),
  ...(effects.length > 0 && { actions: effects.map(actionOf) }),
  ...(source && { meta: source }),
});

const actionOf = ({ name, params }: ChartEffect) => (params ? { type: name, params } : name);
