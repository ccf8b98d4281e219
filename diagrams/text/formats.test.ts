/** The text formats contain the whole state chart, and those that can be read back give the same chart. */
import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { type MachineId, machines } from '../../machines/roles.ts';
import { allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { type StateChart, stateChartOf } from '../state-chart/chart.ts';
import { clauseIndex } from '../tables/clauses.ts';
import { eventMatrix, transitionsCsv, transitionsTable, unnamedPairs } from '../tables/tables.ts';
import { everySign } from '../testing/machines.ts';
import { elementsOf } from '../testing/scxml-grammar.ts';
import { dot } from './dot.ts';
import { compartment } from './label.ts';
import { mermaid } from './mermaid.ts';
import { plantuml } from './plantuml.ts';
import { scxml } from './scxml.ts';
import { xstateJson } from './xstate-json.ts';

const ids = Object.keys(machines) as MachineId[];
const charts: [name: string, chart: StateChart][] = [
  ...ids.flatMap((id) => [asWritten, allAmendments].map((amendments) => stateChartOf(machines[id], amendments))),
  stateChartOf(everySign, allAmendments),
].map((chart, n) => [`${chart.machine} (${n})`, chart]);

/** An id names a guard even if amendments decide it; the guard is then not exported, so that ids cannot be compared. */
const withoutIds = ({ states, transitions }: StateChart) => ({
  states,
  transitions: transitions.map(({ id: _, ...transition }) => transition),
});

test.each(charts)('%s in XState JSON is a machine with the same state chart', (_, chart) => {
  const again = stateChartOf(createMachine(JSON.parse(xstateJson(chart))), chart.amendments);

  expect(withoutIds(again)).toEqual(withoutIds(chart));
});

test.each(charts)('%s in SCXML is valid under the schema of the W3C', (_, chart) => {
  const elements = elementsOf(scxml(chart));
  const states = elements.filter(({ node }) => /^(state|parallel|final|history)$/.test(node.name));
  const transitions = elements.filter(
    ({ node, around }) => node.name === 'transition' && around[0]?.name !== 'history',
  );

  expect(states).toHaveLength(chart.states.length);
  expect(transitions).toHaveLength(chart.transitions.length);
});

test('in SCXML the first target of a history in a parallel state is all its regions', () => {
  const machine = createMachine({
    id: 'again',
    initial: 'away',
    states: {
      away: { on: { back: 'both.last', all: 'both.deepest' } },
      both: {
        type: 'parallel',
        states: { left: {}, right: {}, last: { type: 'history' }, deepest: { type: 'history', history: 'deep' } },
      },
    },
  });
  const firstTime = elementsOf(scxml(stateChartOf(machine, [])))
    .filter(({ around }) => around[0]?.name === 'history')
    .map(({ node }) => node.attributes.target);

  expect(firstTime).toEqual(['again.both.left again.both.right', 'again.both.left again.both.right']);
});

/** The schema of the W3C, or the assertions of its strict form, refuse each of these. */
const wrongScxml: [original: string | RegExp, instead: string][] = [
  [' xmlns="http://www.w3.org/2005/07/scxml"', ''],
  [' xmlns:capif="urn:capif-machines:chart"', ''],
  ['name="everySign"', 'name="every sign"'],
  ['event="go"', 'event="go,come"'],
  ['event="go"', 'event="go" type="inner"'],
  ['target="everySign.away"', 'target="everySign.nowhere"'],
  ['no timer is named', 'no timer & named'],
  ['<final id="everySign.gone">', '<final id="everySign.away">'],
  [' initial="everySign.both.left.one"', ' initial="everySign.away"'],
  [' initial="everySign.both.left.one"', ' initial="everySign.both.left.last"'],
  [/(?<=type="shallow">\s+)<transition [^>]*>/, ''],
  [/(?<=type="shallow">\s+)(<transition [^>]*>)/, '$1$1'],
  [/(?<=type="shallow">\s+<transition target=")[^"]+/, 'everySign.away'],
  [/(?<=type="deep">\s+<transition target=")[^"]+/, 'everySign.both.right'],
];

test.each(wrongScxml)('SCXML with %s as "%s" is invalid', (original, instead) => {
  const text = scxml(stateChartOf(everySign, allAmendments));
  const wrong = text.replace(original, instead);

  expect(wrong).not.toBe(text);
  expect(() => elementsOf(wrong)).toThrow();
});

test.each(charts)('%s in CSV has a row for each transition, in the order of the machine', (_, chart) => {
  const [, ...rows] = transitionsCsv(chart).trimEnd().split('\n');

  expect(rows.map((row) => row.split(',')[0])).toEqual(chart.transitions.map(({ from }) => from));
});

test.each(charts)('%s has every transition in Mermaid, PlantUML, DOT and Markdown', (_, chart) => {
  const arrows = chart.transitions.reduce((sum, { to }) => sum + to.length, 0);
  const ends = chart.states.filter(({ kind }) => kind === 'final').length;
  const initials = chart.states.filter(({ initial }) => initial !== undefined).length;
  const count = (text: string, arrow: RegExp) => text.match(arrow)?.length ?? 0;

  expect(count(mermaid(chart), / --> /g)).toBe(arrows + ends + initials);
  expect(count(plantuml(chart), / (-->|-\[\w+\]->) /g)).toBe(arrows + ends + initials);
  expect(count(dot(chart), / -> /g)).toBe(arrows + initials);
  expect(transitionsTable(chart).trimEnd().split('\n')).toHaveLength(chart.transitions.length + 2);
});

test.each(charts)('%s in Mermaid and PlantUML has the effects and internal transitions of each state', (_, chart) => {
  const rows = chart.states.flatMap((state) => compartment(chart, state)).sort();
  const rowsOf = (text: string) =>
    text
      .replaceAll('#58;', ':')
      .split('\n')
      .map((line) => line.trim().replace(/^\w+ : /, ''))
      .filter((line) => rows.includes(line))
      .sort();

  expect(rowsOf(mermaid(chart))).toEqual(rows);
  expect(rowsOf(plantuml(chart))).toEqual(rows);
});

test('the matrix shows and counts the pairs of state and event without a transition', () => {
  const chart = stateChartOf(machines.invokerProfile, asWritten);

  expect(eventMatrix(chart)).toContain('| `tls.closed` | \u2013 | \u2013 | onboarded | \u21BB |');
  expect(unnamedPairs(chart)).toEqual({ pairs: 24, unnamed: 13 });
});

test('the clause index is in the order of the specification', () => {
  const all = charts.map(([, chart]) => chart).filter(({ machine }) => machine !== 'everySign');
  const clauses = clauseIndex(all)
    .split('\n')
    .slice(2, -1)
    .map((row) => row.split(' | ')[0]?.slice(2));

  expect(clauses.slice(0, 4)).toEqual(['6.1', '6.3', '6.3.1', '6.5.2']);
  expect(clauses.at(-1)).toMatch(/^TS 29\.222 8/);
});
