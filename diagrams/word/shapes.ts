/**
 * Writes a scene as DrawingML shapes that a reader of the document can edit: boxes, lines with arrow heads, and text. A
 * thing such as a state with its text is one group.
 */
import { stretchesOf } from '../scene/polyline.ts';
import type { Box, Group, Item, Line, Marker, Point, Scene, Style } from '../scene/scene.ts';
import { lightColours } from '../scene/svg.ts';
import { element } from '../scene/xml.ts';
import { boxOfColumn, type Column, columnXml, withColumns } from './text-boxes.ts';

/** Units of DrawingML (EMU) in a pixel of 1/96 inch. */
const perPixel = 9525;
export const unitsOf = (pixels: number) => Math.round(pixels * perPixel);

/** The XML of a shape and its box. */
type Placed = { box: Box; xml: string };

/** `scale`: the factor of reduction. */
export function shapesXml(scene: Scene, scale: number): string {
  const box = scaledBox({ x: 0, y: 0, width: scene.width, height: scene.height }, scale);
  const inside = withColumns(scene.items).map((item) => placedShape(item, scale));
  return element('wpg:wgp', {}, element('wpg:cNvGrpSpPr'), groupProperties(box), ...inside.map(({ xml }) => xml));
}

function placedShape(item: Exclude<Item, { shape: 'text' }> | Column, scale: number): Placed {
  switch (item.shape) {
    case 'group':
      return group(item, scale);
    case 'column': {
      const box = scaledBox(boxOfColumn(item), scale);
      return shape({ box, geometry: preset('rect'), style: {}, scale, text: columnXml(item, scale * 0.75) });
    }
    case 'rectangle': {
      const { box, radius, style } = item;
      const corner = Math.round((radius / Math.min(box.width, box.height)) * 100000);
      const geometry = radius > 0 ? preset('roundRect', { adj: Math.min(50000, corner) }) : preset('rect');
      return shape({ box: scaledBox(box, scale), geometry, style, scale });
    }
    case 'circle': {
      const { centre, radius, style } = item;
      const box = { x: centre.x - radius, y: centre.y - radius, width: 2 * radius, height: 2 * radius };
      return shape({ box: scaledBox(box, scale), geometry: preset('ellipse'), style, scale });
    }
    case 'polygon': {
      const box = around(item.points, scale);
      return shape({ box, geometry: freeform(item.points, box, scale, { closed: true }), style: item.style, scale });
    }
    case 'line':
      return line(item, scale);
  }
}

function group({ items, title, id }: Group, scale: number): Placed {
  const inside = withColumns(items).map((item) => placedShape(item, scale));
  const [only] = inside;
  if (only && inside.length === 1) return only;
  const box = outer(inside.map((each) => each.box));
  const name = element('wpg:cNvPr', { id: '#', name: id ?? title ?? '', descr: title });
  const xml = element(
    'wpg:grpSp',
    {},
    name,
    element('wpg:cNvGrpSpPr'),
    groupProperties(box),
    ...inside.map(({ xml }) => xml),
  );
  return { box, xml };
}

/** The content of a group keeps the coordinates of the page. */
function groupProperties(box: Box): string {
  const [at, size] = [point(box), extent(box)];
  const inner = [element('a:chOff', at), element('a:chExt', size)];
  return element('wpg:grpSpPr', {}, element('a:xfrm', {}, element('a:off', at), element('a:ext', size), ...inner));
}

function line({ points, radius, style, start, end }: Line, scale: number): Placed {
  const box = around(points, scale);
  const ends = [
    ...(start ? [element('a:headEnd', { type: endTypes[start] })] : []),
    ...(end ? [element('a:tailEnd', { type: endTypes[end] })] : []),
  ];
  return shape({
    box,
    geometry: freeform(points, box, scale, { radius, headRoom: end ? arrowLength : 0 }),
    style,
    scale,
    ends,
  });
}

/** Length of the arrow head of a word processor. A bend of the line within it would tilt the head. */
const arrowLength = 10;
const endTypes: Record<Marker, string> = { arrow: 'triangle', openArrow: 'arrow', dot: 'oval' };

type Shape = { box: Box; geometry: string; style: Style; scale: number; text?: string; ends?: readonly string[] };

function shape({ box, geometry, style, scale, text, ends = [] }: Shape): Placed {
  const transform = element('a:xfrm', {}, element('a:off', point(box)), element('a:ext', extent(box)));
  const { fill, stroke, width = 1.2, dash } = style;
  const outline = stroke
    ? element(
        'a:ln',
        { w: Math.round(width * scale * perPixel) },
        colour(stroke),
        ...(dash ? [element('a:prstDash', { val: dash === 'dashed' ? 'dash' : 'sysDot' })] : []),
        element('a:round'),
        ...ends,
      )
    : element('a:ln', {}, element('a:noFill'));
  const properties = element('wps:spPr', {}, transform, geometry, fill ? colour(fill) : element('a:noFill'), outline);
  const margins = { lIns: 0, tIns: 0, rIns: 0, bIns: 0 };
  const xml = element(
    'wps:wsp',
    {},
    element('wps:cNvPr', { id: '#', name: text ? 'words' : 'shape' }),
    text ? element('wps:cNvSpPr', { txBox: 1 }) : element('wps:cNvSpPr'),
    properties,
    ...(text ? [element('wps:txbx', {}, text)] : []),
    element('wps:bodyPr', { wrap: 'square', ...margins, anchor: 't' }, element('a:noAutofit')),
  );
  return { box, xml };
}

const colour = (tone: NonNullable<Style['fill']>) =>
  element('a:solidFill', {}, element('a:srgbClr', { val: lightColours[tone].slice(1) }));

const preset = (name: string, adjusted: Readonly<Record<string, number>> = {}) =>
  element(
    'a:prstGeom',
    { prst: name },
    element(
      'a:avLst',
      {},
      ...Object.entries(adjusted).map(([key, value]) => element('a:gd', { name: key, fmla: `val ${value}` })),
    ),
  );

type Bends = { radius?: number; headRoom?: number; closed?: true };

/** Points are relative to the corner of the box. */
function freeform(points: readonly Point[], box: Box, scale: number, { radius = 0, headRoom, closed }: Bends): string {
  const at = ({ x, y }: Point) =>
    element('a:pt', { x: unitsOf(x * scale) - unitsOf(box.x), y: unitsOf(y * scale) - unitsOf(box.y) });
  const [first] = points;
  const segments = [
    ...(first ? [element('a:moveTo', {}, at(first))] : []),
    ...stretchesOf(points, radius, headRoom).flatMap(({ to, corner }) => [
      element('a:lnTo', {}, at(to)),
      ...(corner ? [element('a:quadBezTo', {}, at(corner.at), at(corner.end))] : []),
    ]),
    ...(closed ? [element('a:close')] : []),
  ];
  const { cx, cy } = extent(box);
  const path = element('a:path', { w: cx, h: cy, ...(!closed && { fill: 'none' }) }, ...segments);
  const empty = ['a:avLst', 'a:gdLst', 'a:ahLst', 'a:cxnLst'].map((name) => element(name));
  const bounds = element('a:rect', { l: 0, t: 0, r: 'r', b: 'b' });
  return element('a:custGeom', {}, ...empty, bounds, element('a:pathLst', {}, path));
}

const point = ({ x, y }: Point) => ({ x: unitsOf(x), y: unitsOf(y) });
const extent = ({ width, height }: Box) => ({ cx: unitsOf(width), cy: unitsOf(height) });

const scaledBox = ({ x, y, width, height }: Box, scale: number): Box => ({
  x: x * scale,
  y: y * scale,
  width: width * scale,
  height: height * scale,
});

const around = (points: readonly Point[], scale: number) =>
  scaledBox(outer(points.map(({ x, y }) => ({ x, y, width: 0, height: 0 }))), scale);

function outer(boxes: readonly Box[]): Box {
  const [x, y] = [Math.min(...boxes.map((box) => box.x)), Math.min(...boxes.map((box) => box.y))];
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}
