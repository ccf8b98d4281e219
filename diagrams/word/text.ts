/** Writes paragraphs and tables in WordprocessingML, with revision marks. */
import { element, escaped } from '../scene/xml.ts';
import type { Cell, Paragraph, ParagraphStyle, TableBlock, TableRow, Word } from './blocks.ts';
import { type Revised, revised } from './revision.ts';

/** The author and a constant date of all revision marks. */
const author = { 'w:id': '#', 'w:author': 'capif-machines', 'w:date': '2026-01-01T00:00:00Z' };

/** `kept`: in both versions; `removed` and `added`: in one of them. */
export type Revision = Revised<unknown>['what'];
export const marked = (revision: Revision, runs: string) =>
  runs === '' || revision === 'kept' ? runs : element(revision === 'added' ? 'w:ins' : 'w:del', author, runs);
const revisionMark = (revision: Revision): string[] =>
  revision === 'kept' ? [] : [element(revision === 'added' ? 'w:ins' : 'w:del', author)];

/** `withNext`: on the same page as the next paragraph. `onPages`: may break over pages, against its style. */
type Placing = { withNext?: boolean | undefined; onPages?: true };

/** The mark on the end of a paragraph removes or adds the paragraph as a whole. */
export function paragraphElement(
  style: ParagraphStyle,
  runs: string,
  revision: Revision = 'kept',
  { withNext, onPages }: Placing = {},
): string {
  const mark = revision === 'kept' ? [] : [element('w:rPr', {}, ...revisionMark(revision))];
  const next = withNext ? [element('w:keepNext')] : [];
  const apart = onPages ? [element('w:keepLines', { 'w:val': 0 }), element('w:widowControl', { 'w:val': 0 })] : [];
  const properties = element('w:pPr', {}, element('w:pStyle', { 'w:val': style }), ...next, ...apart, ...mark);
  return element('w:p', {}, properties, ...(runs === '' ? [] : [runs]));
}

export function paragraphXml(item: Revised<Paragraph>): string {
  const [before, after] = bothVersions(item);
  const { style, withNext } = item.what === 'removed' ? item.before : item.after;
  return paragraphElement(style, runsXml(before?.words ?? [], after?.words ?? []), item.what, { withNext });
}

export const bothVersions = <T>(item: Revised<T>): [before: T | undefined, after: T | undefined] => [
  item.what === 'added' ? undefined : item.before,
  item.what === 'removed' ? undefined : item.after,
];

/** Words with the same revision and face form one run. */
function runsXml(before: readonly Word[], after: readonly Word[]): string {
  const pieces: { revision: Revision; words: Word[] }[] = [];
  for (const item of revised(before, after, (word) => JSON.stringify(word))) {
    const word = item.what === 'removed' ? item.before : item.after;
    const last = pieces.at(-1);
    if (last?.revision === item.what) last.words.push(word);
    else pieces.push({ revision: item.what, words: [word] });
  }
  return pieces.map(({ revision, words }) => marked(revision, runsOfWords(words, revision).join(''))).join('');
}

function runsOfWords(words: readonly Word[], revision: Revision): string[] {
  const found: string[] = [];
  let [text, face] = ['', undefined as 'bold' | 'italic' | undefined];
  const finish = () => {
    const name = revision === 'removed' ? 'w:delText' : 'w:t';
    if (text !== '') found.push(runXml(face, element(name, { 'xml:space': 'preserve' }, escaped(text))));
    text = '';
  };
  for (const word of words) {
    if (typeof word === 'string' || word.face !== face) finish();
    if (typeof word === 'string') found.push(runXml(undefined, element(word === 'tab' ? 'w:tab' : 'w:br')));
    else [text, face] = [text + word.text, word.face];
  }
  finish();
  return found;
}

function runXml(face: 'bold' | 'italic' | undefined, inside: string): string {
  const look = face === undefined ? [] : [element('w:rPr', {}, element(face === 'bold' ? 'w:b' : 'w:i'))];
  return element('w:r', {}, ...look, inside);
}

const twips = (millimetres: number) => Math.round((millimetres / 25.4) * 1440);

export function tableXml(item: Revised<TableBlock>): string {
  const [before, after] = bothVersions(item);
  const widths = ((after ?? before)?.widths ?? []).map(twips);
  const border = (side: string) =>
    element(`w:${side}`, { 'w:val': 'single', 'w:sz': 4, 'w:space': 0, 'w:color': 'auto' });
  const properties = element(
    'w:tblPr',
    {},
    element('w:tblW', { 'w:w': widths.reduce((sum, width) => sum + width, 0), 'w:type': 'dxa' }),
    element('w:jc', { 'w:val': 'center' }),
    element('w:tblBorders', {}, ...['top', 'left', 'bottom', 'right', 'insideH', 'insideV'].map(border)),
    element('w:tblLayout', { 'w:type': 'fixed' }),
    element(
      'w:tblCellMar',
      {},
      ...['left', 'right'].map((side) => element(`w:${side}`, { 'w:w': 57, 'w:type': 'dxa' })),
    ),
  );
  const grid = element('w:tblGrid', {}, ...widths.map((width) => element('w:gridCol', { 'w:w': width })));
  const rows = revised(before?.rows ?? [], after?.rows ?? [], ({ id }) => id);
  return element('w:tbl', {}, properties, grid, ...rows.map((row, n) => rowXml(row, widths, n === 0)));
}

function rowXml(item: Revised<TableRow>, widths: readonly number[], isHead: boolean): string {
  const [before, after] = bothVersions(item);
  const cells = (after ?? before)?.cells ?? [];
  const properties = element(
    'w:trPr',
    {},
    element('w:cantSplit'),
    ...(isHead ? [element('w:tblHeader')] : []),
    element('w:jc', { 'w:val': 'center' }),
    ...revisionMark(item.what),
  );
  const cellsXml = cells.map((_, n) => {
    const wide = cells.length === 1 ? widths : widths.slice(n, n + 1);
    return cellXml(before?.cells[n], after?.cells[n], wide, item.what);
  });
  return element('w:tr', {}, properties, ...cellsXml);
}

function cellXml(
  before: Cell | undefined,
  after: Cell | undefined,
  widths: readonly number[],
  revision: Revision,
): string {
  const style = (after ?? before)?.style ?? 'TAL';
  const properties = element(
    'w:tcPr',
    {},
    element('w:tcW', { 'w:w': widths.reduce((sum, width) => sum + width, 0), 'w:type': 'dxa' }),
    ...(widths.length > 1 ? [element('w:gridSpan', { 'w:val': widths.length })] : []),
    ...(style === 'TAH' ? [element('w:shd', { 'w:val': 'clear', 'w:color': 'auto', 'w:fill': 'E7E6E6' })] : []),
  );
  const words = runsXml(before?.words ?? [], after?.words ?? []);
  return element('w:tc', {}, properties, paragraphElement(style, words, revision, { withNext: widths.length > 1 }));
}
