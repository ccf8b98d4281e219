/** The text of a scene as text boxes: lines below each other form one box, so that a label is edited as a whole. */
import { type Box, type Item, type Span, shapesOf, type Text, widthOfSpans } from '../scene/scene.ts';
import { lightColours } from '../scene/svg.ts';
import { element, escaped } from '../scene/xml.ts';

export type Column = { shape: 'column'; lines: readonly [Text, ...Text[]] };

/** Joins lines of text into columns, and leaves out empty groups. */
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

/** The fraction of a line's height that a word processor puts above the baseline if the height is exact. */
const abovePart = 0.8;

/** Wider than the text in Arial, because a reader may have another font. */
export function boxOfColumn({ lines }: Column): Box {
  const [{ at, anchor, size }] = lines;
  const width = Math.max(...lines.map(({ spans }) => widthOfSpans(spans, size))) * 1.04 + 6;
  const x = anchor === 'start' ? at.x : anchor === 'middle' ? at.x - width / 2 : at.x - width;
  const pitch = pitchOf(lines);
  return { x, y: at.y - abovePart * pitch, width, height: pitch * lines.length };
}

const pitchOf = ([{ at, size }, second]: Column['lines']) => (second ? second.at.y - at.y : size * 1.2);

/** `points`: size on the page of a pixel of the scene. */
export function columnXml({ lines }: Column, points: number): string {
  const [{ anchor, size }] = lines;
  const spacing = element('w:spacing', {
    'w:before': 0,
    'w:after': 0,
    'w:line': Math.round(pitchOf(lines) * points * 20),
    'w:lineRule': 'exact',
  });
  const align = element('w:jc', { 'w:val': anchor === 'start' ? 'left' : anchor === 'middle' ? 'center' : 'right' });
  // Half a point is the smallest step. Rounded down, so that the text stays inside its box.
  const halfPoints = Math.floor(size * points * 2 + 0.001);
  return element(
    'w:txbxContent',
    {},
    ...lines.map(({ spans }) =>
      element('w:p', {}, element('w:pPr', {}, spacing, align), ...spans.map((run) => runXml(run, halfPoints))),
    ),
  );
}

const runXml = ({ text, face, tone, struck }: Span, halfPoints: number) =>
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
      element('w:color', { 'w:val': lightColours[tone].slice(1) }),
      element('w:sz', { 'w:val': halfPoints }),
    ),
    element('w:t', { 'xml:space': 'preserve' }, escaped(text)),
  );
