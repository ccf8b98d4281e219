/** A figure in a paragraph: as shapes, with a fallback to SVG, and to PNG for programs that know neither. */
import { pngOf } from '../scene/png.ts';
import type { Scene } from '../scene/scene.ts';
import { svgOf } from '../scene/svg.ts';
import { element } from '../scene/xml.ts';
import type { FigureBlock } from './blocks.ts';
import type { Part } from './package.ts';
import { shapesXml, unitsOf } from './shapes.ts';

export function figureRun({ name, scene, scale }: FigureBlock): string {
  const size = { cx: unitsOf(scene.width * scale), cy: unitsOf(scene.height * scale) };
  const shapes = graphic('http://schemas.microsoft.com/office/word/2010/wordprocessingGroup', shapesXml(scene, scale));
  const picture = graphic('http://schemas.openxmlformats.org/drawingml/2006/picture', pictureXml(name, size));
  const choice = element('mc:Choice', { Requires: 'wpg' }, inline(scene, size, shapes));
  const fallback = element('mc:Fallback', {}, inline(scene, size, picture));
  return element('w:r', {}, element('mc:AlternateContent', {}, choice, fallback));
}

/** The files of the pictures, with the ids by which the document refers to them. */
export const figureParts = ({ name, scene }: FigureBlock): Part[] => [
  {
    path: `word/media/${name}.png`,
    id: `png-${name}`,
    relation: 'image',
    type: 'image/png',
    content: pngOf(scene, 'light', 1),
  },
  {
    path: `word/media/${name}.svg`,
    id: `svg-${name}`,
    relation: 'image',
    type: 'image/svg+xml',
    content: svgOf(scene, 'light'),
  },
];

type Size = { cx: number; cy: number };

const inline = ({ title, description }: Scene, size: Size, inside: string) =>
  element(
    'w:drawing',
    {},
    element(
      'wp:inline',
      { distT: 0, distB: 0, distL: 0, distR: 0 },
      element('wp:extent', size),
      element('wp:effectExtent', { l: 0, t: 0, r: 0, b: 0 }),
      element('wp:docPr', { id: '#', name: title, descr: description }),
      element('wp:cNvGraphicFramePr'),
      inside,
    ),
  );

const graphic = (uri: string, inside: string) => element('a:graphic', {}, element('a:graphicData', { uri }, inside));

const svgExtension = '{96DAC541-7B7A-43D3-8B79-37D633B846F1}';

function pictureXml(name: string, size: Size): string {
  const svg = element('asvg:svgBlip', { 'r:embed': `svg-${name}` });
  const extensions = element('a:extLst', {}, element('a:ext', { uri: svgExtension }, svg));
  const transform = element('a:xfrm', {}, element('a:off', { x: 0, y: 0 }), element('a:ext', size));
  return element(
    'pic:pic',
    {},
    element('pic:nvPicPr', {}, element('pic:cNvPr', { id: '#', name }), element('pic:cNvPicPr')),
    element(
      'pic:blipFill',
      {},
      element('a:blip', { 'r:embed': `png-${name}` }, extensions),
      element('a:stretch', {}, element('a:fillRect')),
    ),
    element('pic:spPr', {}, transform, element('a:prstGeom', { prst: 'rect' }, element('a:avLst'))),
  );
}
