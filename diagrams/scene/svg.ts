/** Writes a scene as SVG: the same bytes for the same scene, in light and dark, with no script and no embedded font. */
import { fontFamily } from './font.ts';
import { arrowHead, stretchesOf } from './polyline.ts';
import {
  type Group,
  type Item,
  type Line,
  type Marker,
  type Point,
  type Scene,
  type Span,
  type Style,
  type Text,
  type Tone,
  widthOfSpans,
} from './scene.ts';
import { escaped } from './xml.ts';

type Colours = Record<Tone, string>;

/** Colours that must be told apart follow the palette of Okabe and Ito, which suits every kind of colour vision. */
export const lightColours: Colours = {
  ink: '#1a1a1a',
  quiet: '#5c6670',
  paper: '#ffffff',
  panel: '#f2f5f8',
  clause: '#00518f',
  amendment: '#8a3b00',
  added: '#0060a8',
  removed: '#a33c00',
  changed: '#7a5c00',
  path: '#0060a8',
  never: '#a33c00',
};
const darkColours: Colours = {
  ink: '#e8eaed',
  quiet: '#a3adb8',
  paper: '#15181c',
  panel: '#1f252b',
  clause: '#7cc4f5',
  amendment: '#f0a868',
  added: '#6cb8ee',
  removed: '#f2966b',
  changed: '#e3c15a',
  path: '#6cb8ee',
  never: '#f2966b',
};

/** `scheme`: `both` follows the reader's device; `light` and `dark` are fixed, for programs that ignore style sheets. */
export function svgOf(scene: Scene, scheme: 'both' | 'light' | 'dark' = 'both'): string {
  const { id, title, description } = scene;
  const [width, height] = [rounded(scene.width), rounded(scene.height)];
  const paint = painter(scheme === 'dark' ? darkColours : lightColours);
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" id="${escaped(id)}" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${escaped(id)}-title ${escaped(id)}-desc" ` +
      `font-family="${escaped(fontFamily)}">`,
    `<title id="${escaped(id)}-title">${escaped(title)}</title>`,
    `<desc id="${escaped(id)}-desc">${escaped(description)}</desc>`,
    ...(scheme === 'both' ? [`<style>${darkStyle(id)}</style>`] : []),
    `<rect width="${width}" height="${height}" ${paint.fill('paper')}/>`,
    ...scene.items.flatMap((item) => write(item, paint, id)),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

/** Attributes give the light colours, for programs that ignore style sheets; the style sheet overrides them by class. */
const darkStyle = (id: string) =>
  `@media (prefers-color-scheme:dark){${Object.entries(darkColours)
    .flatMap(([tone, colour]) => [`#${id} .f-${tone}{fill:${colour}}`, `#${id} .s-${tone}{stroke:${colour}}`])
    .join('')}}`;

type Painter = ReturnType<typeof painter>;

function painter(colours: Colours) {
  const fill = (tone: Tone) => `class="f-${tone}" fill="${colours[tone]}"`;
  const style = ({ fill, stroke, width = 1.2, dash }: Style) => {
    const classes = [...(fill ? [`f-${fill}`] : []), ...(stroke ? [`s-${stroke}`] : [])].join(' ');
    const attributes = [`class="${classes}"`, `fill="${fill ? colours[fill] : 'none'}"`];
    if (stroke) attributes.push(`stroke="${colours[stroke]}"`, `stroke-width="${rounded(width)}"`);
    if (dash) attributes.push(`stroke-dasharray="${dash === 'dashed' ? '6 4' : '1.5 3'}"`);
    return attributes.join(' ');
  };
  return { fill, style };
}

function write(item: Item, paint: Painter, id: string): string[] {
  switch (item.shape) {
    case 'group':
      return writeGroup(item, paint, id);
    case 'text':
      return [writeText(item, paint)];
    case 'rectangle': {
      const { x, y, width, height } = item.box;
      const radius = item.radius > 0 ? ` rx="${rounded(item.radius)}"` : '';
      const place = `x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}" height="${rounded(height)}"`;
      return [`<rect ${place}${radius} ${paint.style(item.style)}/>`];
    }
    case 'circle': {
      const { centre, radius, style } = item;
      return [
        `<circle cx="${rounded(centre.x)}" cy="${rounded(centre.y)}" r="${rounded(radius)}" ${paint.style(style)}/>`,
      ];
    }
    case 'polygon':
      return [`<polygon points="${item.points.map(pair).join(' ')}" ${paint.style(item.style)}/>`];
    case 'line':
      return writeLine(item, paint);
  }
}

function writeGroup(group: Group, paint: Painter, id: string): string[] {
  const data = Object.entries(group.data ?? {}).map(([name, value]) => ` data-${name}="${escaped(value)}"`);
  const own = group.id === undefined ? '' : ` id="${escaped(`${id}-${group.id}`)}"`;
  return [
    `<g${own} data-role="${escaped(group.role)}"${data.join('')}>`,
    ...(group.title === undefined ? [] : [`<title>${escaped(group.title)}</title>`]),
    ...group.items.flatMap((item) => write(item, paint, id)),
    '</g>',
  ];
}

/** `textLength` keeps a text as long as the layout assumed, even if the reader's program substitutes a wider font. */
function writeText({ at, anchor, spans, size }: Text, paint: Painter): string {
  const anchored = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  const length = `textLength="${rounded(widthOfSpans(spans, size))}" lengthAdjust="spacingAndGlyphs"`;
  const place = `x="${rounded(at.x)}" y="${rounded(at.y)}" font-size="${rounded(size)}"${anchored} ${length}`;
  const [only] = spans;
  if (only && spans.length === 1) return `<text ${place} ${spanStyle(only, paint)}>${escaped(only.text)}</text>`;
  const tspans = spans.map((span) => `<tspan ${spanStyle(span, paint)}>${escaped(span.text)}</tspan>`);
  return `<text ${place} xml:space="preserve">${tspans.join('')}</text>`;
}

function spanStyle({ face, tone, struck }: Span, paint: Painter): string {
  const weight = face === 'bold' ? 'font-weight="bold" ' : face === 'italic' ? 'font-style="italic" ' : '';
  return `${weight}${struck ? 'text-decoration="line-through" ' : ''}${paint.fill(tone)}`;
}

function writeLine({ points, radius, style, start, end }: Line, paint: Painter): string[] {
  const [first, second] = points;
  const [last, beforeLast] = [points.at(-1), points.at(-2)];
  return [
    `<path d="${path(points, radius)}" ${paint.style(style)}/>`,
    ...(start && first && second ? [mark(start, first, second, style, paint)] : []),
    ...(end && last && beforeLast ? [mark(end, last, beforeLast, style, paint)] : []),
  ];
}

const path = ([first, ...rest]: readonly Point[], radius: number) =>
  first === undefined
    ? ''
    : `M${pair(first)}${stretchesOf([first, ...rest], radius)
        .map(({ to, corner }) => `L${pair(to)}${corner ? `Q${pair(corner.at)} ${pair(corner.end)}` : ''}`)
        .join('')}`;

/** An arrow head is drawn and not an SVG marker, because word processors drop markers. */
function mark(marker: Marker, at: Point, from: Point, style: Style, paint: Painter): string {
  const { stroke = 'ink', width = 1.2 } = style;
  if (marker === 'dot') return `<circle cx="${rounded(at.x)}" cy="${rounded(at.y)}" r="4" ${paint.fill(stroke)}/>`;
  const [left, right] = arrowHead(at, from, width);
  if (marker === 'arrow') return `<polygon points="${[at, left, right].map(pair).join(' ')}" ${paint.fill(stroke)}/>`;
  return `<path d="M${pair(left)}L${pair(at)}L${pair(right)}" ${paint.style({ stroke, width })}/>`;
}

/** Two digits, so that the last bit of a division never shows in a file. */
const rounded = (value: number) => String(Math.round(value * 100) / 100 + 0);
const pair = ({ x, y }: Point) => `${rounded(x)},${rounded(y)}`;
