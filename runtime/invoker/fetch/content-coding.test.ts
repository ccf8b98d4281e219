/** Content codings of answers, whole or broken. */
import { Readable } from 'node:stream';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decoded } from './content-coding.ts';

const text = async (body: Buffer, coding: string) => {
  const parts = Array.from({ length: Math.ceil(body.length / 5) }, (_, n) => body.subarray(n * 5, n * 5 + 5));
  return Buffer.concat(await decoded(Readable.from(parts), coding).toArray()).toString();
};

test.each([
  ['gzip', gzipSync('content')],
  ['deflate', deflateSync('content')],
  ['deflate', deflateRawSync('content')],
  ['br', brotliCompressSync('content')],
  ['deflate, GZIP', gzipSync(deflateSync('content'))],
  ['gzip', gzipSync('content').subarray(0, -8)],
  ['gzip', Buffer.alloc(0)],
  ['deflate', Buffer.alloc(0)],
])('%s is undone', async (coding, body) => {
  expect(await text(body, coding)).toBe(body.length === 0 ? '' : 'content');
});

test('a coding that is not known stays, and one that is not true is an error', async () => {
  expect(await text(Buffer.from('x'), 'zstd')).toBe('x');
  for (const coding of ['gzip', 'deflate', 'br'])
    await expect(text(Buffer.from('not compressed at all'), coding)).rejects.toThrow();
});

test('content unfolds no faster than it is read, and ends with its reader', async () => {
  const bomb = Readable.from(gzipSync(Buffer.alloc(64 * 1024 * 1024)), { objectMode: false });
  let bytes = 0;
  const content = decoded(bomb, 'gzip');
  for await (const chunk of content) {
    bytes += chunk.length;
    break;
  }
  expect(bytes).toBeGreaterThan(0);
  expect(content.readableLength).toBeLessThan(1024 * 1024);
  await expect.poll(() => bomb.destroyed).toBe(true);
});
