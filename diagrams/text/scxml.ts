/** A chart as SCXML (W3C Recommendation of 1 September 2015). What SCXML has no word for is in a namespace of our own. */

import { escaped } from '../scene/xml.ts';
import type { Chart, ChartEffect, ChartState, ChartTransition } from '../state-chart/chart.ts';
import { childrenOf, topOf } from './label.ts';

/** Names, not addresses: nothing is there to be fetched. */
const ownNamespace = 'urn:capif-machines:chart';

/** SCXML allows no transition outside a state, so the machine itself is the outermost one. */
export const scxml = (chart: Chart): string => {
  const attributes = attributesOf({
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

function element(chart: Chart, state: ChartState): string[] {
  const { id, initial, kind, entry, exit, source } = state;
  if (isHistory(state)) return history(chart, state);
  const tag = kind === 'parallel' || kind === 'final' ? kind : 'state';
  const start = `<${tag}${attributesOf({ id, initial, ...sourceOf(source) })}`;
  const inside = [
    ...(entry.length > 0 ? ['<onentry>', ...entry.map(effect), '</onentry>'] : []),
    ...(exit.length > 0 ? ['<onexit>', ...exit.map(effect), '</onexit>'] : []),
    ...(kind === 'final' ? [] : chart.transitions.filter(({ from }) => from === id).flatMap(transition)),
    ...childrenOf(chart, state).flatMap((child) => element(chart, child)),
  ];
  return inside.length === 0 ? [`${start}/>`] : [`${start}>`, ...inside.map((line) => `  ${line}`), `</${tag}>`];
}

const isHistory = ({ kind }: ChartState) => kind === 'shallowHistory' || kind === 'deepHistory';

/** SCXML wants to know where to go the first time; XState goes where the state around begins, in all its regions. */
function history({ states }: Chart, { id, kind, parent }: ChartState): string[] {
  const around = states.find((state) => state.id === parent);
  const regions = states.filter((state) => state.parent === parent && !isHistory(state)).map((region) => region.id);
  const target = around?.initial ?? regions.join(' ');
  const type = kind === 'deepHistory' ? 'deep' : 'shallow';
  return [`<history${attributesOf({ id, type })}>`, `  <transition${attributesOf({ target })}/>`, '</history>'];
}

function transition({ event, guard, to, effects, internal, source }: ChartTransition): string[] {
  const attributes = attributesOf({
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
  `  <capif:effect${attributesOf({ name, ...(Object.keys(params).length > 0 && { params: JSON.stringify(params) }) })}/>`;

const sourceOf = (source: ChartState['source']) => ({
  'capif:clause': source?.clause,
  'capif:assumed': source?.assumed,
  'capif:amendment': source?.amendment,
});

const attributesOf = (values: Record<string, string | undefined>) =>
  Object.entries(values)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escaped(value)}"`))
    .join('');
