/** A state chart in SCXML (W3C Recommendation of 1 September 2015). Facts that SCXML cannot express are in our own namespace. */
import { attributesText } from '../scene/xml.ts';
import type { ChartEffect, ChartState, ChartTransition, StateChart } from '../state-chart/chart.ts';
import { childrenOf, topOf } from './label.ts';

/** A name and not an address: there is nothing to fetch. */
const ownNamespace = 'urn:capif-machines:chart';

/** In SCXML a transition must be inside a state, so the machine itself is the outermost state. */
export const scxml = (chart: StateChart): string => {
  const attributes = attributesText({
    xmlns: 'http://www.w3.org/2005/07/scxml',
    'xmlns:capif': ownNamespace,
    version: '1.0',
    datamodel: 'ecmascript',
    name: chart.machine,
    initial: chart.machine,
  });
  const lines = [`<scxml${attributes}>`, ...element(chart, topOf(chart)).map((line) => `  ${line}`), '</scxml>'];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${lines.join('\n')}\n`;
};

function element(chart: StateChart, state: ChartState): string[] {
  const { id, initial, kind, entry, exit, source } = state;
  if (isHistory(state)) return history(chart, state);
  const tag = kind === 'parallel' || kind === 'final' ? kind : 'state';
  const start = `<${tag}${attributesText({ id, initial, ...sourceOf(source) })}`;
  const inside = [
    ...(entry.length > 0 ? ['<onentry>', ...entry.map(effect), '</onentry>'] : []),
    ...(exit.length > 0 ? ['<onexit>', ...exit.map(effect), '</onexit>'] : []),
    ...(kind === 'final' ? [] : chart.transitions.filter(({ from }) => from === id).flatMap(transition)),
    ...childrenOf(chart, state).flatMap((child) => element(chart, child)),
  ];
  return inside.length === 0 ? [`${start}/>`] : [`${start}>`, ...inside.map((line) => `  ${line}`), `</${tag}>`];
}

const isHistory = ({ kind }: ChartState) => kind === 'shallowHistory' || kind === 'deepHistory';

/** SCXML requires a target for the first time. XState then enters the initial states of the state around the history. */
function history({ states }: StateChart, { id, kind, parent }: ChartState): string[] {
  const around = states.find((state) => state.id === parent);
  const regions = states.filter((state) => state.parent === parent && !isHistory(state)).map((region) => region.id);
  const target = around?.initial ?? regions.join(' ');
  const type = kind === 'deepHistory' ? 'deep' : 'shallow';
  return [`<history${attributesText({ id, type })}>`, `  <transition${attributesText({ target })}/>`, '</history>'];
}

function transition({ event, guard, to, effects, internal, source }: ChartTransition): string[] {
  const attributes = attributesText({
    event: event || undefined,
    cond: guard && `${guard}(_event)`,
    target: to.length > 0 ? to.join(' ') : undefined,
    type: internal && to.length > 0 ? 'internal' : undefined,
    ...sourceOf(source),
  });
  if (effects.length === 0) return [`<transition${attributes}/>`];
  return [`<transition${attributes}>`, ...effects.map(effect), '</transition>'];
}

const effect = ({ name, params = {} }: ChartEffect) =>
  `  <capif:effect${attributesText({ name, ...(Object.keys(params).length > 0 && { params: JSON.stringify(params) }) })}/>`;

const sourceOf = (source: ChartState['source']) => ({
  'capif:clause': source?.clause,
  'capif:assumed': source?.assumed,
  'capif:amendment': source?.amendment,
});
