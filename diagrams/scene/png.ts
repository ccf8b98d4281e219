/** A scene as PNG, by the same fonts on every machine. */
import { Resvg } from '@resvg/resvg-js';
import { fontFiles } from './font.ts';
import type { Scene } from './scene.ts';
import { svgOf } from './svg.ts';

/** `scale`: pixels of the picture for one of the scene. */
export const pngOf = (scene: Scene, scheme: 'light' | 'dark' = 'light', scale = 2): Buffer =>
  pixelsOf(scene, scheme, scale).asPng();

export function pixelsOf(scene: Scene, scheme: 'light' | 'dark', scale: number) {
  const font = {
    fontFiles: [...fontFiles],
    loadSystemFonts: false,
    defaultFontFamily: 'Arimo',
    sansSerifFamily: 'Arimo',
  };
  return new Resvg(svgOf(scene, scheme), { font, fitTo: { mode: 'zoom', value: scale } }).render();
}
