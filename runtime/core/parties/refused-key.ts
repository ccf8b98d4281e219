/** The answer to a public key or a certificate request that no certificate is issued for. */
import { CertificateRequestRefused } from '../../credentials/certificate-request.ts';
import type { HttpAnswer } from '../../wire/http-message.ts';
import { faultAnswer } from '../../wire/problem-details.ts';

export const refusedKey =
  (param: string) =>
  (error: unknown): HttpAnswer => {
    if (error instanceof CertificateRequestRefused)
      return faultAnswer('MALFORMED', param, `is not accepted: ${error.message}`);
    throw error;
  };
