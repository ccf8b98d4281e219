/** The small PNG has the same pixels as the large one. */
import { unzlibSync } from 'fflate';
import { expect, test } from 'vitest';
import { machines } from '../../machines/roles.ts';
import { asWritten } from '../../machines/vocabulary.ts';
import { figuresOf } from '../figure/figures.ts';
import { chartOf } from '../state-chart/chart.ts';
import { indexedPng } from './indexed-png.ts';
import { pixelsOf, pngOf } from './png.ts';

test('a figure with a palette has the same pixels, in less than half the bytes', async () => {
  const [figure] = await figuresOf(chartOf(machines.publishedService, asWritten));
  if (!figure) throw new Error('the machine has no figure');
  const { pixels, width, height } = pixelsOf(figure.scene, 'light', 1);
  const png = Buffer.from(indexedPng(figure.scene));
  const chunk = (type: string) => {
    const at = png.indexOf(type, 8, 'latin1');
    return png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4));
  };
  const [palette, rows] = [chunk('PLTE'), unzlibSync(chunk('IDAT'))];
  expect([chunk('IHDR').readUInt32BE(0), chunk('IHDR').readUInt32BE(4)]).toEqual([width, height]);
  const wrong = Array.from({ length: width * height }, (_, n) => {
    const index = rows[n + 1 + Math.floor(n / width)] ?? -1;
    return palette.subarray(3 * index, 3 * index + 3).equals(pixels.subarray(4 * n, 4 * n + 3));
  }).filter((isSame) => !isSame);
  expect(wrong.length).toBe(0);
  expect(png.length).toBeLessThan(pngOf(figure.scene, 'light', 1).length / 2);
});
