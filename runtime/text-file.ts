/** A text file as lines that end with \n, whatever program wrote it: UTF-8 or UTF-16, with or without a byte order mark. */
import { readFileSync } from 'node:fs';

type ReadText = { outcome: 'read'; text: string } | { outcome: 'unreadable'; because: string };

/** A file that ends within a character is read as far as it goes. */
export function readTextFile(path: string): ReadText {
  let encoding = 'UTF-8';
  try {
    const bytes = readFileSync(path);
    encoding = encodingOf(bytes);
    const decoder = new TextDecoder(encoding, { fatal: true });
    return { outcome: 'read', text: decoder.decode(bytes, { stream: true }).replaceAll(/\r\n?/g, '\n') };
  } catch (error) {
    const isNoText = error instanceof TypeError || error instanceof RangeError;
    const because = isNoText
      ? `it is no text in ${encoding}, and only UTF-8 and UTF-16 are read`
      : String(messageOf(error));
    return { outcome: 'unreadable', because };
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : error);

/** By the byte order mark; without one, by the zero bytes around a first character of ASCII. */
function encodingOf([first, second, third, fourth]: Buffer): string {
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? 'UTF-32LE' : 'UTF-16LE';
  if (first === 0xfe && second === 0xff) return 'UTF-16BE';
  if (first === 0 && second === 0 && third === 0xfe && fourth === 0xff) return 'UTF-32BE';
  if (second === 0 && first) return 'UTF-16LE';
  return first === 0 && second ? 'UTF-16BE' : 'UTF-8';
}
