/** For tests: a secret in every form in which it could be written down, whole or in pieces. */
import { createPrivateKey } from 'node:crypto';

/** So many bytes of a secret are no chance. */
const pieceBytes = 12;

/** Of bytes: hexadecimal, base64 wherever it begins within a longer text, escaped for a URI, and as a list of numbers. */
export function formsOfBytes(secret: Buffer): string[] {
  const hex = secret.toString('hex');
  const base64 = [0, 1, 2].flatMap((shift) => {
    // What stands beside it in the text changes its first and last characters.
    const inner = secret.subarray((3 - shift) % 3);
    return [inner.subarray(0, inner.length - (inner.length % 3)).toString('base64')];
  });
  const latin1 = secret.toString('latin1');
  return [
    ...[hex, hex.toUpperCase(), ...base64, ...base64.map(inUri), percentEncoded(secret)],
    ...[latin1, JSON.stringify(latin1).slice(1, -1), [...secret].join(','), [...secret].join(', ')],
  ];
}

const inUri = (text: string) => text.replaceAll('+', '-').replaceAll('/', '_');
const percentEncoded = (secret: Buffer) => [...secret].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** Of a text that is a secret as a whole: also in any of its pieces. */
export const formsOfText = (secret: string): string[] => [
  ...piecesOf(Buffer.from(secret)).map((piece) => piece.toString()),
  ...formsOfBytes(Buffer.from(secret)),
];

/** Of a token: its signature, without which it is nothing. */
export const formsOfToken = (token: string): string[] => {
  const signature = token.split('.').at(-1)!;
  return [
    ...formsOfText(signature),
    ...formsOfBytes(Buffer.from(signature, 'base64url')),
    ...formsOfBytes(Buffer.from(token)),
  ];
};

/** Of a private key in PEM (P-256): the secret number, and pieces of the text. */
export function formsOfPrivateKey(pem: string): string[] {
  const { d } = createPrivateKey(pem).export({ format: 'jwk' });
  const text = pem.replaceAll(/-----[A-Z ]+-----|\s/g, '');
  // The beginning of every PKCS #8 of P-256 is the same, and says nothing.
  return [...formsOfBytes(Buffer.from(d!, 'base64url')), ...(text.match(/.{32}/g)?.slice(1) ?? [])];
}

function piecesOf(secret: Buffer): Buffer[] {
  const count = Math.floor(secret.length / pieceBytes);
  return Array.from({ length: count }, (_, n) => secret.subarray(n * pieceBytes, (n + 1) * pieceBytes));
}
