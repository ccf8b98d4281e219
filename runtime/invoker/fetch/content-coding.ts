/** The content codings that `fetch` undoes (RFC 9110 8.4.1). */
import { Duplex, PassThrough, pipeline, type Readable } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** As `fetch` does, what has arrived is given even where the end of the stream is missing. */
const zlib = { finishFlush: constants.Z_SYNC_FLUSH };

const decoders: { [coding: string]: () => Duplex } = {
  gzip: () => createGunzip(zlib),
  'x-gzip': () => createGunzip(zlib),
  deflate: () => Duplex.from(inflated),
  br: () => createBrotliDecompress(),
};

/** So much is read before anybody asks for it: a short answer gives its connection back though nobody reads it. */
const readAheadBytes = 64 * 1024;

/** Unchanged if a coding is not known. To destroy it destroys the content. */
export function decoded(content: Readable, codings = ''): Readable {
  const undo = codings
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter(Boolean)
    .reverse();
  const known = undo.every((coding) => Object.hasOwn(decoders, coding)) ? undo : [];
  const end = new PassThrough({ highWaterMark: readAheadBytes });
  // An error is that of `end`, which whoever reads it hears.
  pipeline([content, ...known.map((coding) => decoders[coding]!()), end], () => {});
  return end;
}

/** Some servers leave out the zlib header that RFC 1950 demands; its low four bits are 8. */
async function* inflated(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = content[Symbol.asyncIterator]();
  const { done, value: first } = await chunks.next();
  if (done) return;
  const inflating = (first[0]! & 0x0f) === 8 ? createInflate(zlib) : createInflateRaw(zlib);
  async function* all() {
    yield first;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  yield* pipeline(all, inflating, () => {});
}
