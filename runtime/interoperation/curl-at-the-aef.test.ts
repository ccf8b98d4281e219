/** `curl` as an invoker with a certificate or a token at an AEF of this runtime (6.5.2.2, 6.5.2.3, 6.7, Annex C). */
import { afterEach, expect, test } from 'vitest';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { createAuthority } from '../credentials/certificates.ts';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import {
  aCore,
  anAef,
  anInvoker,
  apiPath,
  closeAll,
  curl,
  file,
  negotiate,
  withoutCurl,
} from '../testing/foreign-programs.ts';

afterEach(closeAll);

/** The options with which curl proves itself. */
async function by(name: string, { key, cert }: OwnCertificate): Promise<string[]> {
  return ['--key', await file(`${name}.key.pem`, key), '--cert', await file(`${name}.cert.pem`, cert)];
}

/** A core, an AEF with this method, an invoker that has negotiated it, and curl to speak for that invoker. */
async function negotiated(method: SecurityMethod) {
  const core = await aCore();
  const aef = await anAef(core, [method]);
  const invoker = await anInvoker(core);
  await negotiate(core, invoker, aef, ['PKI', 'OAUTH', 'PSK']);
  const ca = ['--cacert', await file('ca.pem', core.ca)];
  const own = await by('own', invoker.certificate);
  const url = `https://${aef.host}:${aef.port}${apiPath}`;

  const initiate = () =>
    curl(
      ...ca,
      ...['--json', JSON.stringify({ apiInvokerId: invoker.id, supportedFeatures: '0' })],
      `https://${aef.host}:${aef.port}/aef-security/v1/check-authentication`,
    );
  const askToken = () =>
    curl(
      ...[...ca, ...own, '-d', 'grant_type=client_credentials', '-d', `client_id=${invoker.id}`],
      ...['--data-urlencode', `scope=3gpp#${aef.aefId}:greetings`],
      `https://${core.host}:${core.port}/capif-security/v1/securities/${invoker.id}/token`,
    );
  return {
    core,
    aef,
    invoker,
    own,
    ca,
    url,
    initiate,
    askToken,
    invoke: (...more: string[]) => curl(...ca, ...more, url),
  };
}

const unauthenticated = { status: 401, cause: 'NOT_AUTHENTICATED' };
const mismatch = { status: 403, cause: 'SECURITY_METHOD_MISMATCH' };

for (const version of ['1.2', '1.3']) {
  const tls = ['--tls-max', version, `--tlsv${version}`];

  test.skipIf(withoutCurl)(
    `curl with the certificate of its onboarding is served once authentication is initiated, TLS ${version} (6.5.2.2)`,
    async () => {
      const { invoker, own, initiate, invoke } = await negotiated('PKI');

      expect((await invoke(...tls, ...own)).json()).toMatchObject(unauthenticated);
      expect((await initiate()).status).toBe(200);
      expect(await invoke(...tls, ...own)).toMatchObject({ code: 0, status: 200, text: `PKI of ${invoker.id}` });
    },
  );

  test.skipIf(withoutCurl)(
    `curl with its certificate is told of the mismatch after a change to OAUTH or PSK, TLS ${version} (6.7)`,
    async () => {
      const { aef, own, initiate, invoke } = await negotiated('PKI');
      await initiate();

      for (const method of ['OAUTH', 'PSK'] as const) {
        await aef.changeMethods([method]);
        const refused = await invoke(...tls, ...own);
        expect(refused.json()).toMatchObject(mismatch);
        expect(refused.status).toBe(403);
        expect(refused.headers.get('content-type')).toBe('application/problem+json');
      }
    },
  );

  test.skipIf(withoutCurl)(
    `curl without a certificate, or with one of another authority, is nobody, TLS ${version} (6.5.2.2)`,
    async () => {
      const { core, invoker, initiate, invoke } = await negotiated('PKI');
      await initiate();
      const { privateKeyPem: key, publicKeyPem: publicKey } = await generateKeyPair();
      const other = await createAuthority({ name: 'capif-machines', now: Date.now() });
      const subject = { role: 'apiInvoker', id: invoker.id } as const;
      const cert = await other.issue({ subject, publicKey, usages: ['client'], now: Date.now() });

      for (const credential of [[], await by('forged', { key, cert })]) {
        const refused = await invoke(...tls, ...credential);
        expect(refused.json()).toMatchObject(unauthenticated);
        expect(refused.status).toBe(401);
      }
      // Nor is another invoker of the same core anybody to this AEF, before its authentication is initiated.
      const stranger = await anInvoker(core);
      expect((await invoke(...tls, ...(await by('stranger', stranger.certificate)))).status).toBe(401);
    },
  );
}

test.skipIf(withoutCurl)(
  'curl accepts the AEF by the IP address in its certificate, and by no other name (6.5.2)',
  async () => {
    const { aef, ca, own, url, initiate } = await negotiated('PKI');
    await initiate();

    expect((await curl(...ca, ...own, url)).status).toBe(200);
    const elsewhere = ['--connect-to', `::${aef.host}:${aef.port}`];
    const { code, text } = await curl(...ca, ...own, ...elsewhere, `https://aef.example:${aef.port}${apiPath}`);
    expect({ code, text }).toMatchObject({ code: 60, text: expect.stringContaining('aef.example') });
    // Without the authority of the core, it is not trusted at all.
    expect((await curl(...own, url)).code).toBe(60);
  },
);

test.skipIf(withoutCurl)(
  'curl fetches a token with its certificate and is served with both, not with either alone (6.5.2.3, C.3)',
  async () => {
    const { invoker, own, askToken, invoke } = await negotiated('OAUTH');

    const answer = await askToken();
    expect(answer).toMatchObject({ code: 0, status: 200 });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { access_token, token_type } = answer.json() as { access_token: string; token_type: string };
    expect(token_type).toBe('Bearer');

    const bearer = ['-H', `Authorization: Bearer ${access_token}`];
    expect(await invoke(...own, ...bearer)).toMatchObject({ status: 200, text: `OAUTH of ${invoker.id}` });
    // It is bound to the certificate it was asked for with (RFC 8705).
    const alone = await invoke(...bearer);
    expect(alone.json()).toMatchObject(unauthenticated);
    expect(alone.headers.get('www-authenticate')).toBe('Bearer');
    expect((await invoke(...own, '-H', `Authorization: Bearer ${access_token}x`)).status).toBe(401);
  },
);

test.skipIf(withoutCurl)(
  'curl with a token of a withdrawn OAUTH is told of the mismatch, and gets no other token (6.7)',
  async () => {
    const { core, aef, invoker, own, askToken, initiate, invoke } = await negotiated('OAUTH');
    const { access_token } = (await askToken()).json() as { access_token: string };
    const bearer = ['-H', `Authorization: Bearer ${access_token}`];

    await aef.changeMethods(['PKI']);
    expect((await invoke(...own, ...bearer)).json()).toMatchObject(mismatch);

    await negotiate(core, invoker, aef, ['PKI', 'OAUTH', 'PSK'], true);
    const refused = await askToken();
    expect(refused.status).toBe(400);
    expect(refused.json()).toMatchObject({ error: 'unauthorized_client' });
    await initiate();
    expect(await invoke(...own)).toMatchObject({ status: 200, text: `PKI of ${invoker.id}` });
  },
);
