/** Parts of a state chart as plain text, in the notation of UML: events, effects, sources, and short names of states. */
import { allAmendments, type Role, type Source } from '../../machines/vocabulary.ts';
import { type ChartEffect, type ChartState, type StateChart, stateDetails } from './chart.ts';

export const roleNames: Record<Role, string> = {
  apiInvoker: 'API invoker',
  capifCoreFunction: 'CAPIF core function',
  apiExposingFunction: 'API exposing function',
  apiPublishingFunction: 'API publishing function',
};

/** XState names a delay and an end after the state that they belong to; a reader only needs the delay or the end. */
export function eventText(event: string): string {
  const after = delayOf(event);
  if (after !== undefined) return /^-?[\d.]+(e-?\d+)?$/.test(after) ? `after(${after} ms)` : `after(${after})`;
  const [, kind, of] = /^xstate\.(done|error)\.(?:actor|state)\.(.+)$/.exec(event) ?? [];
  return kind !== undefined && of !== undefined ? `${kind}(${of.split('.').at(-1)})` : event;
}

/** The delay of a delayed transition, a number of milliseconds or a name; a fraction has a dot of its own. */
export const delayOf = (event: string): string | undefined =>
  /^xstate\.after\.(-?\d+\.\d+(?:e-?\d+)?(?=\.)|[^.]+)\./.exec(event)?.[1];

/** What figures do not show of a state, as text. */
export const detailsText = (state: ChartState): string =>
  stateDetails.flatMap((key) => (state[key] === undefined ? [] : [`${key} ${JSON.stringify(state[key])}`])).join('; ');

/** With the parameters that are a single word; longer ones are only in the tooltip and in the tables. */
export function effectText({ name, params = {} }: ChartEffect): string {
  const values = Object.values(params).filter((value) => typeof value !== 'object' && !/\s/.test(String(value)));
  return values.length > 0 ? `${name}(${values.join(', ')})` : name;
}

export const effectsText = (effects: readonly ChartEffect[]) => effects.map(effectText).join(', ');

/** With all parameters. */
export const effectInFull = ({ name, params = {} }: ChartEffect) => {
  const values = Object.values(params).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return values.length > 0 ? `${name}(${values.join('; ')})` : name;
};

/** The end of a tooltip. */
export function sourceText(source: Source | undefined): string {
  if (!source) return '';
  const { clause, assumed, amendment } = source;
  const amended = amendment ? `; only with the amendment ${amendment}` : '';
  return `; clause ${clause}${assumed ? `, assumed: ${assumed}` : ''}${amended}`;
}

/** The name of a state within its machine. An id that the source gives to a state is its name. */
export const shortName = (machine: string, id: string) =>
  id.startsWith(`${machine}.`) ? id.slice(machine.length + 1) : id;

export function amendmentsText({ amendments }: Pick<StateChart, 'amendments'>): string {
  if (amendments.length === 0) return 'as written';
  return amendments.length === allAmendments.length ? 'with all amendments' : `with ${amendments.join(', ')}`;
}
