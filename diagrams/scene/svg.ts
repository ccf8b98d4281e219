/** A scene as SVG: the same bytes for the same scene, readable by itself, in light and in dark, without a script or a font. */
import { fontFamily } from './font.ts';
import { arrowHead, stretchesOf } from './polyline.ts';
import {
  type Group,
  type Item,
  type Line,
  type Marker,
  type Point,
  type Run,
  type Scene,
  type Style,
  type Text,
  type Tone,
  widthOfRuns,
} from './scene.ts';
import { escaped } from './xml.ts';

type Colours = Record<Tone, string>;

/** The palette of Okabe and Ito for what must be told apart, which readers with any colour vision can. */
export const light: Colours = {
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
const dark: Colours = {
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

/** `scheme`: as the reader's device is set, or one of the two for good (a picture that cannot ask). */
export function svgOf(scene: Scene, scheme: 'both' | 'light' | 'dark' = 'both'): string {
  const { id, title, description } = scene;
  const [width, height] = [number(scene.width), number(scene.height)];
  const paint = painter(scheme === 'dark' ? dark : light);
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

/** Attributes say the light colours, for readers that know no style sheet; classes let a style sheet say the dark ones. */
const darkStyle = (id: string) =>
  `@media (prefers-color-scheme:dark){${Object.entries(dark)
    .flatMap(([tone, colour]) => [`#${id} .f-${tone}{fill:${colour}}`, `#${id} .s-${tone}{stroke:${colour}}`])
    .join('')}}`;

type Painter = ReturnType<typeof painter>;

function painter(colours: Colours) {
  const fill = (tone: Tone) => `class="f-${tone}" fill="${colours[tone]}"`;
  const style = ({ fill, stroke, width = 1.2, dash }: Style) => {
    const classes = [...(fill ? [`f-${fill}`] : []), ...(stroke ? [`s-${stroke}`] : [])].join(' ');
    const attributes = [`class="${classes}"`, `fill="${fill ? colours[fill] : 'none'}"`];
    if (stroke) attributes.push(`stroke="${colours[stroke]}"`, `stroke-width="${number(width)}"`);
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
      const radius = item.radius > 0 ? ` rx="${number(item.radius)}"` : '';
      const place = `x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}"`;
      return [`<rect ${place}${radius} ${paint.style(item.style)}/>`];
    }
    case 'circle': {
      const { centre, radius, style } = item;
      return [
        `<circle cx="${number(centre.x)}" cy="${number(centre.y)}" r="${number(radius)}" ${paint.style(style)}/>`,
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

/** As long as it was laid out to be, also where a reader has none of the fonts and puts in a wider one. */
function writeText({ at, anchor, runs, size }: Text, paint: Painter): string {
  const anchored = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  const length = `textLength="${number(widthOfRuns(runs, size))}" lengthAdjust="spacingAndGlyphs"`;
  const place = `x="${number(at.x)}" y="${number(at.y)}" font-size="${number(size)}"${anchored} ${length}`;
  const [only] = runs;
  if (only && runs.length === 1) return `<text ${place} ${look(only, paint)}>${escaped(only.text)}</text>`;
  const spans = runs.map((run) => `<tspan ${look(run, paint)}>${escaped(run.text)}</tspan>`);
  return `<text ${place} xml:space="preserve">${spans.join('')}</text>`;
}

function look({ face, tone, struck }: Run, paint: Painter): string {
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

/** An arrow head is drawn, not referred to: word processors forget markers. */
function mark(marker: Marker, at: Point, from: Point, style: Style, paint: Painter): string {
  const { stroke = 'ink', width = 1.2 } = style;
  if (marker === 'dot') return `<circle cx="${number(at.x)}" cy="${number(at.y)}" r="4" ${paint.fill(stroke)}/>`;
  const [left, right] = arrowHead(at, from, width);
  if (marker === 'arrow') return `<polygon points="${[at, left, right].map(pair).join(' ')}" ${paint.fill(stroke)}/>`;
  return `<path d="M${pair(left)}L${pair(at)}L${pair(right)}" ${paint.style({ stroke, width })}/>`;
}

/** Two digits, so that the last bit of a division is in no figure. */
const number = (value: number) => String(Math.round(value * 100) / 100 + 0);
const pair = ({ x, y }: Point) => `${number(x)},${number(y)}`;
