/** Why a TLS connection failed, in words that are the same on every version of Node. */

import { X509Certificate } from 'node:crypto';

/** `because` is a TLS alert by its IANA name, or the stable code of the error; `alert` is the number a peer sent. */
export interface TlsFailure {
  because: string;
  alert?: number;
}

/** The alerts a peer can answer a handshake with (RFC 8446 6.2, RFC 5246 7.2). */
const alertNames: Record<number, string> = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  22: 'record_overflow',
  40: 'handshake_failure',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  109: 'missing_extension',
  110: 'unsupported_extension',
  112: 'unrecognized_name',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  120: 'no_application_protocol',
};

/** Reads an error of a TLS socket. The alert is taken by its number: its text and code differ between Node versions. */
export function tlsFailure(error: NodeJS.ErrnoException): TlsFailure {
  const number = /SSL alert number (\d+)/.exec(error.message)?.[1];
  if (number === undefined) return { because: error.code ?? error.message };
  const alert = Number(number);
  return { because: `TLS alert ${alert} (${alertNames[alert] ?? 'unnamed'})`, alert };
}

/** A certificate as people compare it: distinguished names on one line, the SHA-256 fingerprint in hexadecimal. */
export interface PresentedCertificate {
  subject: string;
  issuer: string;
  sha256: string;
}

/** Of a PEM certificate, if the alert is one with which a peer refuses a certificate: 42 to 46, and 48 for its issuer. */
export function refusedOwn(alert: number | undefined, pem: string): PresentedCertificate | undefined {
  if (alert === undefined || !((alert >= 42 && alert <= 46) || alert === 48)) return undefined;
  const { subject, issuer, fingerprint256 } = new X509Certificate(pem);
  const onOneLine = (name: string) => name.replaceAll('\n', ', ');
  return { subject: onOneLine(subject), issuer: onOneLine(issuer), sha256: fingerprint256 };
}
