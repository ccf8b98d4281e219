/** The annex is a valid document, its revision marks lead from one version to the other, and it contains the state charts. */
import { strFromU8, unzipSync } from 'fflate';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DrawnMachine } from '../figure/figures.ts';
import { drawAll } from '../files.ts';
import type { ChartTransition } from '../state-chart/chart.ts';
import { effectInFull, eventText, shortName } from '../state-chart/notation.ts';
import { accepting, faultsOf, rejecting, settled } from '../testing/revisions.ts';
import { all, child, type Node, nodes, parsed, textOf } from '../testing/xml-tree.ts';
import { type AnnexVersion, annexFile } from './annex-file.ts';
import { sameDocument } from './package.ts';

let drawn: DrawnMachine[];
const packages = new Map<AnnexVersion, Map<string, Uint8Array>>();
beforeAll(async () => {
  drawn = await drawAll();
  for (const version of ['none', 'all', 'change'] as const)
    packages.set(version, new Map(Object.entries(unzipSync(annexFile(drawn, version)))));
}, 60_000);

const partsOf = (version: AnnexVersion) => packages.get(version) ?? new Map<string, Uint8Array>();
const xmlOf = (version: AnnexVersion, path: string) =>
  parsed(strFromU8(partsOf(version).get(path) ?? new Uint8Array()));
const documentOf = (version: AnnexVersion) => xmlOf(version, 'word/document.xml');
const named = (root: Node, name: string) => all(root).filter((node) => node.name === name);

describe.each(['none', 'all', 'change'] as const)('the annex, %s', (version) => {
  test('has well-formed parts with declared namespaces and elements in the order of the schema', () => {
    for (const path of partsOf(version).keys()) {
      if (path.endsWith('.png')) continue;
      const root = xmlOf(version, path);
      const prefixes = all(root).flatMap(({ name, attributes }) => [name, ...Object.keys(attributes)]);
      const unknown = prefixes.filter((name) => {
        const prefix = name.split(':').length === 2 ? name.split(':')[0] : undefined;
        return prefix && !['xmlns', 'xml'].includes(prefix) && !root.attributes[`xmlns:${prefix}`];
      });
      expect([path, unknown, faultsOf(root)]).toEqual([path, [], []]);
    }
  });

  test('has a content type and a relationship for each part, and no dangling reference', () => {
    const parts = [...partsOf(version).keys()];
    const types = nodes(xmlOf(version, '[Content_Types].xml'));
    const typed = types.flatMap(({ attributes }) => attributes.PartName?.slice(1) ?? []);
    const ofPackage = nodes(xmlOf(version, '_rels/.rels')).map(({ attributes }) => attributes.Target ?? '');
    const related = nodes(xmlOf(version, 'word/_rels/document.xml.rels'));
    const targets = [...ofPackage, ...related.map(({ attributes }) => `word/${attributes.Target}`)];
    const own = parts.filter((path) => !path.endsWith('.rels') && path !== '[Content_Types].xml').sort();
    expect(typed.sort()).toEqual(own);
    expect(targets.sort()).toEqual(own);

    const ids = related.map(({ attributes }) => attributes.Id);
    const used = all(documentOf(version)).flatMap(
      ({ attributes }) => attributes['r:embed'] ?? attributes['r:id'] ?? [],
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(used.filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids.filter((id) => !used.includes(id ?? ''))).toEqual(['styles', 'settings']);
  });

  test('gives shapes and revision marks unique numbers, and has the styles that it uses', () => {
    const elements = all(documentOf(version));
    const numbers = elements.flatMap(({ attributes }) => attributes.id ?? attributes['w:id'] ?? []);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.filter((number) => !/^\d+$/.test(number))).toEqual([]);

    const styles = named(xmlOf(version, 'word/styles.xml'), 'w:style').map(({ attributes }) => attributes['w:styleId']);
    const used = named(documentOf(version), 'w:pStyle').map(({ attributes }) => attributes['w:val']);
    expect(used.filter((style) => !styles.includes(style))).toEqual([]);
  });

  test('has tables whose rows are as wide as their columns', () => {
    for (const table of named(documentOf(version), 'w:tbl')) {
      const columns = nodes(child(table, 'w:tblGrid') ?? table).length;
      for (const row of nodes(table).filter(({ name }) => name === 'w:tr')) {
        const spans = nodes(row)
          .filter(({ name }) => name === 'w:tc')
          .map((cell) => named(cell, 'w:gridSpan')[0]);
        expect(spans.reduce((sum, span) => sum + Number(span?.attributes['w:val'] ?? 1), 0)).toBe(columns);
      }
    }
  });
});

test('accepting all marks gives the amended annex, rejecting all gives the annex as written', () => {
  const marked = documentOf('change');
  expect(named(marked, 'w:ins').length).toBeGreaterThan(100);
  expect(named(marked, 'w:del').length).toBeGreaterThan(20);

  expect(settled(marked, accepting)).toEqual(settled(documentOf('all'), accepting));
  expect(settled(marked, rejecting)).toEqual(settled(documentOf('none'), accepting));
});

test('only the annex of the change has marks, with an author and a date', () => {
  const marks = (version: AnnexVersion) =>
    all(documentOf(version)).filter(({ name }) => name === 'w:ins' || name === 'w:del');
  expect([marks('none'), marks('all')]).toEqual([[], []]);
  const signed = marks('change').map(({ attributes }) => [attributes['w:author'], attributes['w:date']].join(' '));
  expect([...new Set(signed)]).toEqual(['capif-machines 2026-01-01T00:00:00Z']);
});

test('deleted words, and no others, are marked as deleted', () => {
  const misplaced = (node: Node, isDeleted: boolean): string[] => {
    const isWrong = isDeleted ? node.name === 'w:t' : node.name === 'w:delText';
    // Text in the shapes of a deleted figure is deleted with the figure.
    const inside = node.name === 'w:del' || (isDeleted && node.name !== 'w:txbxContent');
    return [...(isWrong ? [textOf(node)] : []), ...nodes(node).flatMap((each) => misplaced(each, inside))];
  };
  expect(misplaced(documentOf('change'), false)).toEqual([]);
});

test.each(['none', 'all'] as const)('its tables have each transition of each state chart, %s', (version) => {
  const charts = drawn.map(({ chart }) => chart);
  const shown = charts.filter(
    (chart) =>
      (version === 'all') === chart.amendments.length > 0 ||
      charts.filter(({ machine }) => machine === chart.machine).length === 1,
  );
  const rowOf = (machine: string, { event, guard, effects, to, source }: ChartTransition) =>
    [
      [eventText(event), guard && `[${guard}]`],
      effects.map(effectInFull),
      to.length === 0 ? ['(stays)'] : to.map((target) => shortName(machine, target)),
      [
        source?.clause,
        source?.assumed && `assumed: ${source.assumed}`,
        source?.amendment && `amendment: ${source.amendment}`,
      ],
    ].map((lines) => lines.join(''));
  const rows = named(documentOf(version), 'w:tr').map((row) => named(row, 'w:tc').map(textOf));
  for (const { machine, transitions } of shown)
    for (const each of transitions) expect(rows).toContainEqual(rowOf(machine, each));
  const ofTransitions = rows.filter((cells) => cells.length === 4 && cells[0] !== 'Event [guard]');
  expect(ofTransitions.length).toBe(shown.flatMap(({ transitions }) => transitions).length);
});

test('each figure has editable shapes, and a picture for programs without them', () => {
  const figures = named(documentOf('none'), 'mc:AlternateContent');
  const scenes = drawn.filter(({ chart }) => chart.amendments.length === 0).flatMap(({ figures }) => figures);
  expect(figures.length).toBe(scenes.length);
  for (const [n, figure] of figures.entries()) {
    const choice = child(figure, 'mc:Choice');
    const fallback = child(figure, 'mc:Fallback');
    const names = scenes[n]?.layout.nodes.filter(({ kind }) => kind !== 'initial').map(({ name }) => name) ?? [];
    expect(names.filter((name) => !textOf(choice ?? figure).includes(name))).toEqual([]);
    expect(named(choice ?? figure, 'wps:wsp').length).toBeGreaterThan(5);
    expect(named(fallback ?? figure, 'asvg:svgBlip').length).toBe(1);
  }
});

test('the same figures give the same bytes, and a truncated file differs', () => {
  const [one, other] = [annexFile(drawn, 'none'), annexFile(drawn, 'none')];
  expect(Buffer.from(one).equals(Buffer.from(other))).toBe(true);
  expect(sameDocument(one, other)).toBe(true);
  expect(sameDocument(one.subarray(0, one.length / 2), one)).toBe(false);
  expect(sameDocument(one, annexFile(drawn, 'all'))).toBe(false);
});
