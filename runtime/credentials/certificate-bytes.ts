/** A certificate as a core keeps it of very many parties: its bytes are not on the heap, where its text would be. */

/** DER of one certificate in PEM. It has memory of its own: a part of Node's pool would keep all of that. */
export function derOf(certificatePem: string): Buffer {
  const pooled = Buffer.from(certificatePem.replace(/-----(BEGIN|END) CERTIFICATE-----/g, ''), 'base64');
  const own = Buffer.allocUnsafeSlow(pooled.length);
  pooled.copy(own);
  return own;
}

/** PEM as RFC 7468 has it. */
export const pemOf = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}(?!$)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
