/** A client of this runtime at `openssl s_server`, which refuses its certificate by an alert: the error names it. */
import { X509Certificate } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { closeAll, file, hear, later, start, withoutOpenssl } from '../testing/foreign-programs.ts';
import { testAuthority } from '../testing/pki.ts';
import { connector } from '../transport/connector.ts';
import { factsOf } from '../transport/exchange-facts.ts';

afterEach(closeAll);

test.skipIf(withoutOpenssl)(
  'a certificate that a peer refuses is named by subject, issuer and fingerprint',
  async () => {
    const [authority, stranger] = [await testAuthority('others'), await testAuthority('stranger')];
    const [server, own] = [await authority.server('aef-1'), await stranger.client('invoker-1')];
    const pem = ['-key', await file('key.pem', server.key), '-cert', await file('cert.pem', server.cert)];
    const verifying = ['-Verify', '1', '-verify_return_error', '-CAfile', await file('ca.pem', authority.ca)];
    const running = start('openssl', ['s_server', '-accept', '127.0.0.1:0', '-www', ...pem, ...verifying]);
    const [, port] = await hear(running, /ACCEPT \S+:(\d+)/);

    const { fingerprint256: sha256 } = new X509Certificate(own.cert);
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const over = connector({
        host: '127.0.0.1',
        port: Number(port),
        ca: authority.ca,
        credential: { by: 'certificate', ...own },
        tls: { minVersion: version, maxVersion: version },
      });
      later(over.close);
      const outcome = await over.request({ method: 'GET', path: '/' });
      const refused = { subject: 'CN=invoker-1', issuer: 'CN=stranger', sha256 };
      expect(outcome).toMatchObject({ outcome: version === 'TLSv1.2' ? 'refused' : 'cut', own: refused });
      const { note } = factsOf(outcome, { referencePoint: 'CAPIF-2e', from: 'invoker-1', to: 'aef-1' });
      expect(note).toMatch(
        /TLS alert \d+ .*: it does not accept the certificate of this side \(subject CN=invoker-1, issuer/,
      );
    }
  },
);
