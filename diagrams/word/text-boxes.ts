/** The words of a scene as text boxes: lines below each other are one box, so that a label is edited as a whole. */
import { type Box, type Item, type Run, shapesOf, type Text, widthOfRuns } from '../scene/scene.ts';
import { light } from '../scene/svg.ts';
import { element, escaped } from '../scene/xml.ts';

export type Column = { shape: 'column'; lines: readonly [Text, ...Text[]] };

/** Groups in which nothing is drawn are left out. */
export function withColumns(items: readonly Item[]): (Exclude<Item, Text> | Column)[] {
  const found: (Exclude<Item, Text> | Column)[] = [];
  for (const item of items) {
    const last = found.at(-1);
    if (shapesOf([item]).next().done) continue;
    if (item.shape !== 'text') found.push(item);
    else if (last?.shape === 'column' && continues(last, item)) {
      found[found.length - 1] = { shape: 'column', lines: [...last.lines, item] };
    } else found.push({ shape: 'column', lines: [item] });
  }
  return found;
}

function continues({ lines: [first, ...others] }: Column, { at, anchor, size }: Text): boolean {
  const last = others.at(-1) ?? first;
  const pitch = at.y - last.at.y;
  const usual = others[0] === undefined ? pitch : others[0].at.y - first.at.y;
  const isBelow = pitch > 0 && pitch < 1.5 * size && Math.abs(pitch - usual) < 0.01;
  return isBelow && at.x === first.at.x && anchor === first.anchor && size === first.size;
}

/** Of a line's height, what a word processor puts above the baseline when the height is told. */
const abovePart = 0.8;

/** Wider than its words, which are as wide as in Arial: a reader may have another font. */
export function boxOfColumn({ lines }: Column): Box {
  const [{ at, anchor, size }] = lines;
  const width = Math.max(...lines.map(({ runs }) => widthOfRuns(runs, size))) * 1.04 + 6;
  const x = anchor === 'start' ? at.x : anchor === 'middle' ? at.x - width / 2 : at.x - width;
  const pitch = pitchOf(lines);
  return { x, y: at.y - abovePart * pitch, width, height: pitch * lines.length };
}

const pitchOf = ([{ at, size }, second]: Column['lines']) => (second ? second.at.y - at.y : size * 1.2);

/** `points`: of a pixel of the scene on the page. */
export function wordsOfColumn({ lines }: Column, points: number): string {
  const [{ anchor, size }] = lines;
  const spacing = element('w:spacing', {
    'w:before': 0,
    'w:after': 0,
    'w:line': Math.round(pitchOf(lines) * points * 20),
    'w:lineRule': 'exact',
  });
  const align = element('w:jc', { 'w:val': anchor === 'start' ? 'left' : anchor === 'middle' ? 'center' : 'right' });
  // Half a point is the smallest step; down rather than up, so that everything stays inside its box.
  const halfPoints = Math.floor(size * points * 2 + 0.001);
  return element(
    'w:txbxContent',
    {},
    ...lines.map(({ runs }) =>
      element('w:p', {}, element('w:pPr', {}, spacing, align), ...runs.map((run) => runXml(run, halfPoints))),
    ),
  );
}

const runXml = ({ text, face, tone, struck }: Run, halfPoints: number) =>
  element(
    'w:r',
    {},
    element(
      'w:rPr',
      {},
      element('w:rFonts', { 'w:ascii': 'Arial', 'w:hAnsi': 'Arial', 'w:cs': 'Arial' }),
      ...(face === 'bold' ? [element('w:b')] : []),
      ...(face === 'italic' ? [element('w:i')] : []),
      ...(struck ? [element('w:strike')] : []),
      element('w:color', { 'w:val': light[tone].slice(1) }),
      element('w:sz', { 'w:val': halfPoints }),
    ),
    element('w:t', { 'xml:space': 'preserve' }, escaped(text)),
  );
