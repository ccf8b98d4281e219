/** A scene as PNG with a palette: a figure has few colours, and so a third of the bytes. */
import { zlibSync } from 'fflate';
import { pixelsOf } from './png.ts';
import type { Scene } from './scene.ts';

export function indexedPng(scene: Scene, scale = 1): Uint8Array {
  const { pixels, width, height } = pixelsOf(scene, 'light', scale);
  const { palette, indices } = indexed(pixels);
  const rows = Buffer.alloc((width + 1) * height);
  // Each row begins with the number of its filter: none.
  for (let y = 0; y < height; y++) rows.set(indices.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits for a pixel, which is an index into the palette.
  header.set([8, 3], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 0xff, colour & 0xff]))),
    chunk('IDAT', zlibSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

type Indexed = { palette: number[]; indices: Uint8Array };

/** With more than 256 colours, those that differ in their last bits are one. */
function indexed(pixels: Uint8Array, bits = 8): Indexed {
  const mask = (0xff << (8 - bits)) & 0xff;
  const known = new Map<number, number>();
  const indices = new Uint8Array(pixels.length / 4);
  for (let n = 0; n < indices.length; n++) {
    const [red = 0, green = 0, blue = 0] = [pixels[4 * n], pixels[4 * n + 1], pixels[4 * n + 2]];
    const colour = ((red & mask) << 16) | ((green & mask) << 8) | (blue & mask);
    const index = known.get(colour) ?? known.size;
    known.set(colour, index);
    indices[n] = index;
  }
  return known.size <= 256 ? { palette: [...known.keys()], indices } : indexed(pixels, bits - 1);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(checksum(named));
  return Buffer.concat([length, named, sum]);
}

/** The cyclic redundancy check of PNG (ISO/IEC 15948, annex D). */
function checksum(data: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
