/** Renders a scene as PNG, with the same fonts on every machine. */
import { Resvg } from '@resvg/resvg-js';
import { fontFiles } from './font.ts';
import type { Scene } from './scene.ts';
import { svgOf } from './svg.ts';

/** `scale`: pixels of the picture for each pixel of the scene. */
export function pngOf(scene: Scene, scheme: 'light' | 'dark' = 'light', scale = 2): Buffer {
  const font = {
    fontFiles: [...fontFiles],
    loadSystemFonts: false,
    defaultFontFamily: 'Arimo',
    sansSerifFamily: 'Arimo',
  };
  return new Resvg(svgOf(scene, scheme), { font, fitTo: { mode: 'zoom', value: scale } }).render().asPng();
}
