/**
 * A state chart as an XState machine in JSON, with guards and actions by name, for `createMachine` and for visual editors.
 * XState ignores the field `amendments`; `capif diff` reads it.
 */
import type { ChartEffect, ChartState, ChartTransition, StateChart } from '../state-chart/chart.ts';
import { delayOf } from '../state-chart/notation.ts';
import { childrenOf, topOf } from './label.ts';

export const xstateJson = (chart: StateChart): string =>
  `${JSON.stringify({ id: chart.machine, amendments: chart.amendments, ...configOf(chart, topOf(chart), chart.machine) }, null, 2)}\n`;

/** `path`: the id that XState gives to the state if it has none of its own. */
function configOf(chart: StateChart, state: ChartState, path: string): Record<string, unknown> {
  const { id, kind, entry, exit, source } = state;
  const own = chart.transitions.filter(({ from }) => from === id);
  const children = childrenOf(chart, state);
  return {
    ...(id !== path && { id }),
    ...(kind === 'parallel' || kind === 'final' ? { type: kind } : {}),
    ...(kind === 'shallowHistory' || kind === 'deepHistory'
      ? { type: 'history', history: kind === 'deepHistory' ? 'deep' : 'shallow' }
      : {}),
    ...(source && { meta: source }),
    ...initialOf(state, children),
    ...detailsOf(state),
    ...(entry.length > 0 && { entry: entry.map(actionOf) }),
    ...(exit.length > 0 && { exit: exit.map(actionOf) }),
    ...onOf(chart, own),
    ...(children.length > 0 && {
      states: Object.fromEntries(
        children.map((child) => [child.name, configOf(chart, child, `${path}.${child.name}`)]),
      ),
    }),
  };
}

function initialOf({ initial, initialActions: actions }: ChartState, children: readonly ChartState[]) {
  const target = children.find((child) => child.id === initial)?.name;
  return target === undefined
    ? {}
    : { initial: actions ? { target, actions: (actions as ChartEffect[]).map(actionOf) } : target };
}

const detailsOf = ({ invoke, output, context, historyDefault }: ChartState) => ({
  ...(invoke !== undefined && { invoke }),
  ...(output !== undefined && { output }),
  ...(context !== undefined && { context }),
  ...(historyDefault !== undefined && { target: `#${historyDefault}` }),
});

/** XState has separate fields for delayed transitions and for transitions without an event. */
function onOf(chart: StateChart, transitions: readonly ChartTransition[]): Record<string, unknown> {
  const on: Record<string, unknown[]> = {};
  const after: Record<string, unknown[]> = {};
  const always: unknown[] = [];
  for (const transition of transitions) {
    const delay = delayOf(transition.event);
    if (transition.event === '') always.push(transitionOf(chart, transition));
    else if (delay !== undefined) after[delay] = [...(after[delay] ?? []), transitionOf(chart, transition)];
    else on[transition.event] = [...(on[transition.event] ?? []), transitionOf(chart, transition)];
  }
  return {
    ...(Object.keys(on).length > 0 && { on }),
    ...(Object.keys(after).length > 0 && { after }),
    ...(always.length > 0 && { always }),
  };
}

const transitionOf = (
  chart: StateChart,
  { from, guard, guardConfig, to, effects, internal, source }: ChartTransition,
) => ({
  ...(guard !== undefined && { guard: guardConfig ?? guard }),
  ...(to.length > 0 && { target: to.map((target) => `#${target}`) }),
  ...(!internal && to.some((target) => isWithin(chart, target, from)) && { reenter: true }),
  ...(effects.length > 0 && { actions: effects.map(actionOf) }),
  ...(source && { meta: source }),
});

const actionOf = ({ name, params }: ChartEffect) => (params ? { type: name, params } : name);

function isWithin(chart: StateChart, id: string | undefined, outer: string): boolean {
  if (id === undefined || id === outer) return id === outer;
  return isWithin(chart, chart.states.find((state) => state.id === id)?.parent, outer);
}
