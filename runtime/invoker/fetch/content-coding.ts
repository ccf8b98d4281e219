/** The content codings that `fetch` undoes (RFC 9110 8.4.1). */
import { promisify } from 'node:util';
import { brotliDecompress, constants, gunzip, inflate, inflateRaw } from 'node:zlib';

/** A small answer may unfold to a thousand times its size. */
const maxOutputLength = 16 * 1024 * 1024;

/** As `fetch` does, what has arrived is given even where the end of the stream is missing. */
const zlib = { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH };

const decoders: { [coding: string]: (body: Buffer) => Promise<Buffer> } = {
  gzip: (body) => promisify(gunzip)(body, zlib) as Promise<Buffer>,
  // Some servers leave out the zlib header that RFC 1950 demands; its low four bits are 8.
  deflate: (body) => promisify((body[0]! & 0x0f) === 8 ? inflate : inflateRaw)(body, zlib) as Promise<Buffer>,
  br: (body) => promisify(brotliDecompress)(body, { maxOutputLength }) as Promise<Buffer>,
};
decoders['x-gzip'] = decoders.gzip!;

/** Unchanged if a coding is not known. */
export async function decoded(body: Buffer, codings = ''): Promise<Buffer> {
  const undo = codings
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter(Boolean)
    .reverse();
  if (!undo.every((coding) => Object.hasOwn(decoders, coding))) return body;
  let content = body;
  for (const coding of undo) if (content.length > 0) content = await decoders[coding]!(content);
  return content;
}
