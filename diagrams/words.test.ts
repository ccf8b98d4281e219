/** Any word can be drawn, and no word of a file does anything but stand there. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { differenceFiles, drawDifferences } from './difference-files.ts';
import { hasGlyphs } from './scene/font.ts';
import { pngOf } from './scene/png.ts';
import { differencesOf } from './state-chart/difference.ts';
import { exportedChart } from './state-chart/exported.ts';
import { csv, markdownTable } from './tables/tables.ts';
import { parsed } from './testing/xml-tree.ts';
import { dot } from './text/dot.ts';
import { mermaid } from './text/mermaid.ts';
import { plantuml } from './text/plantuml.ts';
import { scxml } from './text/scxml.ts';

const chartOf = (word: string) =>
  exportedChart(
    JSON.stringify({
      id: 'm',
      initial: 'a',
      states: { a: { on: { [word]: { target: 'b', guard: word, actions: [word] } } }, b: { entry: word } },
    }),
  );
const words = [
  '状態',
  '🦊👨‍👩‍👧',
  'a\nb',
  'a\r\tb',
  '\u0000\u0007\u001b',
  '\uD800',
  '\uFFFF',
  'مرحبا',
  'e\u0301',
  ' ',
  '"<&>]]>',
  '\\',
];

test.each(words.map((word) => [JSON.stringify(word), word]))('%s is drawn, and is well-formed XML', async (_, word) => {
  const [before, after] = [
    { label: 'x', charts: [chartOf('go')] },
    { label: 'y', charts: [chartOf(word)] },
  ];
  const drawn = await drawDifferences(differencesOf(before, after));
  const files = differenceFiles(drawn, '# x');
  expect(() => parsed(files.get('m.svg')!)).not.toThrow();
  expect(files.get('m.svg')).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u);
  expect(pngOf(drawn[0]!.figures[0]!.scene, 'light').length).toBeGreaterThan(0);
  expect(() => parsed(scxml(chartOf(word)))).not.toThrow();
  const shape = (text: string) => text.trimEnd().split('\n').length;
  for (const write of [mermaid, plantuml, dot]) expect(shape(write(chartOf(word)))).toBe(shape(write(chartOf('go'))));
});

test('the name of a machine is no path', async () => {
  const of = (event: string) => ({
    label: 'x',
    charts: [exportedChart(JSON.stringify({ id: '../../up', on: { [event]: { actions: 'x' } } }))],
  });
  const files = differenceFiles(await drawDifferences(differencesOf(of('go'), of('gone'))), '# x');
  expect([...files.keys()]).toEqual(['changes.md', 'changes.csv', '-up.svg']);
});

test('our own figures have only characters of our font', () => {
  const drawn = new URL('drawn/', import.meta.url);
  const figures = (readdirSync(drawn, { recursive: true }) as string[]).filter((name) => name.endsWith('.svg'));
  expect(figures.length).toBeGreaterThan(10);
  for (const name of figures) {
    const text = readFileSync(new URL(name, drawn), 'utf8').replaceAll(/<title>.*?<\/title>|<[^>]*>|\s/gs, '');
    expect(hasGlyphs(text), name).toBe(true);
  }
});

test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@x', "'@x"],
  [' =1', "' =1"],
  ['\t=1', "'\t=1"],
  ['\uFF1D1', "'\uFF1D1"],
  ['=a,"b"', `"'=a,""b"""`],
  ['a\rb', '"a\rb"'],
  ['a\r\nb', '"a\r\nb"'],
  ['plain-1', 'plain-1'],
])('the cell %j is text in a spreadsheet', (cell, written) => {
  expect(csv(['head'], [[cell]])).toBe(`head\n${written}\n`);
});

test('a cell of a table in Markdown stays in its cell', () => {
  expect(markdownTable(['a'], [['x|y\r\nz']])).toBe('| a |\n| --- |\n| x\\|y z |\n');
});
