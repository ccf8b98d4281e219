/**
 * The PEM texts that TS 29.222 carries in plain strings: keys, certificate requests, certificates. They are read as RFC
 * 7468 lets a parser read: text around the blocks, white space within, and the older labels; what is read is plain PEM.
 */
import { z } from 'zod';

const olderLabels: Record<string, string> = {
  'X509 CERTIFICATE': 'CERTIFICATE',
  'X.509 CERTIFICATE': 'CERTIFICATE',
  'NEW CERTIFICATE REQUEST': 'CERTIFICATE REQUEST',
};
const block = /-----BEGIN ([A-Z0-9. ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----/g;

/** The blocks of a text, of these labels and of no others; undefined if there is none, or if one is not base64. */
function plainPem(text: string, labels: readonly string[]): string[] | undefined {
  const blocks = [...text.matchAll(block)].map(([, label = '', content = '']) => ({
    label: olderLabels[label] ?? label,
    base64: content.replaceAll(/\s/g, ''),
  }));
  const isPlain = blocks.every(
    ({ label, base64 }) => labels.includes(label) && Buffer.from(base64, 'base64').toString('base64') === base64,
  );
  if (blocks.length === 0 || !isPlain) return undefined;
  return blocks.map(({ label, base64 }) => {
    const lines = base64.match(/.{1,64}/g) ?? [];
    return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
  });
}

const pemText = (what: string, labels: readonly string[], blocksMax: number) =>
  z.string().transform((text, context) => {
    const blocks = plainPem(text, labels);
    if (blocks && blocks.length <= blocksMax) return blocks.join('');
    context.addIssue(`must be a PEM text of ${what}`);
    return z.NEVER;
  });

/** A public key, or a certificate request that proves possession of the private one (PKCS #10). */
export const publicKeyOrRequestPem = pemText(
  'a public key or a certificate request',
  ['PUBLIC KEY', 'CERTIFICATE REQUEST'],
  1,
);

/** One certificate, or a chain of them. */
export const certificatePem = pemText('certificates', ['CERTIFICATE'], 16);
