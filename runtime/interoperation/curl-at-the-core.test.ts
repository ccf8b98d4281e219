/** `curl` and `openssl` against the core alone: onboarding, negotiation, and what is refused (6.1, 6.3.1, TS 29.222 8). */
import { afterEach, expect, test } from 'vitest';
import type { CoreFunction } from '../core/core-function.ts';
import { aCore, anAef, anInvoker, closeAll, curl, file, run, withoutCurl } from '../testing/foreign-programs.ts';

afterEach(closeAll);

const onboarding = '/api-invoker-management/v1/onboardedInvokers';
const contextOf = (apiInvokerId: string) => `/capif-security/v1/trustedInvokers/${apiInvokerId}`;
const notificationDestination = 'https://invoker.invalid/notifications';

/** A core, and curl that asks it. */
async function askable() {
  const core = await aCore();
  const ca = await file('ca.pem', core.ca);
  const ask = (path: string, ...args: string[]) =>
    curl('--cacert', ca, ...args, `https://${core.host}:${core.port}${path}`);
  return { core, ca, ask };
}

/** curl's options for an invoker that has been onboarded. */
async function onboarded(core: CoreFunction): Promise<{ id: string; own: string[] }> {
  const { id, certificate } = await anInvoker(core);
  const own = ['--key', await file('key.pem', certificate.key), '--cert', await file('cert.pem', certificate.cert)];
  return { id, own };
}

const json = (body: unknown) => ['-H', 'content-type: application/json', '-d', JSON.stringify(body)];
const security = (aefId: string) => ({
  securityInfo: [{ aefId, prefSecurityMethods: ['PKI', 'PSK'] }],
  notificationDestination,
});

test.skipIf(withoutCurl)(
  'curl is onboarded with a request that openssl made, and openssl verifies the certificate (6.1)',
  async () => {
    const { core, ca, ask } = await askable();
    const key = await file('key.pem', '');
    const csr = await run('openssl', [
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-batch', '-sha256'],
      ...['-keyout', key, '-subj', '/CN=whatever it wishes'],
    ]);
    const pem = /-----BEGIN CERTIFICATE REQUEST-----[\s\S]*-----END CERTIFICATE REQUEST-----\n/.exec(csr.said)?.[0];

    const token = await core.onboardingToken('curl');
    const bearer = ['-H', `Authorization: Bearer ${token}`];
    const body = json({ onboardingInformation: { apiInvokerPublicKey: pem }, notificationDestination });
    const answer = await ask(onboarding, ...bearer, ...body);
    expect(answer).toMatchObject({ code: 0, status: 201 });
    const { apiInvokerId, onboardingInformation } = answer.json() as {
      apiInvokerId: string;
      onboardingInformation: { apiInvokerCertificate: string };
    };
    expect(answer.headers.get('location')).toBe(`https://127.0.0.1:${core.port}${onboarding}/${apiInvokerId}`);

    const cert = await file('cert.pem', onboardingInformation.apiInvokerCertificate);
    const strictly = ['verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', ca, cert];
    expect(await run('openssl', strictly)).toEqual({ code: 0, said: `${cert}: OK\n` });
    const text = (await run('openssl', ['x509', '-in', cert, '-noout', '-subject', '-ext', 'subjectAltName'])).said;
    expect(text).toContain(`URI:urn:capif:apiInvoker:${apiInvokerId}`);
    expect(text).not.toContain('whatever it wishes');

    // The key that openssl made goes with it: the core knows its invoker again.
    const own = ['--key', key, '--cert', cert];
    expect((await ask(`${onboarding}/${apiInvokerId}`, ...own, '-X', 'DELETE')).status).toBe(204);
  },
);

test.skipIf(withoutCurl)(
  'curl is not onboarded without the credential, nor with one that is not for onboarding (6.1)',
  async () => {
    const { core, ask } = await askable();
    const body = json({ onboardingInformation: { apiInvokerPublicKey: 'none' }, notificationDestination });
    const token = await core.onboardingToken('curl');
    for (const bearer of [[], ['-H', `Authorization: Bearer ${token.slice(0, -6)}AAAAAA`]]) {
      const refused = await ask(onboarding, ...bearer, ...body);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toBe('Bearer');
      expect(refused.json()).toMatchObject({ status: 401, cause: 'NOT_AUTHENTICATED' });
    }
    const malformed = await ask(onboarding, '-H', `Authorization: Bearer ${token}`, ...body);
    expect(malformed.json()).toMatchObject({
      status: 400,
      invalidParams: [{ param: '/onboardingInformation/apiInvokerPublicKey' }],
    });
  },
);

test.skipIf(withoutCurl)('curl negotiates with its certificate, for itself and for nobody else (6.3.1)', async () => {
  const { core, ask } = await askable();
  const { aefId } = await anAef(core, ['PSK', 'PKI']);
  const { id, own } = await onboarded(core);
  const put = ['-X', 'PUT', ...json(security(aefId))];

  const answer = await ask(contextOf(id), ...own, ...put);
  expect(answer).toMatchObject({ code: 0, status: 201 });
  expect(answer.headers.get('location')).toBe(`https://127.0.0.1:${core.port}${contextOf(id)}`);
  expect(answer.json()).toMatchObject({ securityInfo: [{ aefId, selSecurityMethod: 'PKI' }] });

  for (const refused of [await ask(contextOf(id), ...put), await ask(contextOf('api-invoker-9'), ...own, ...put)]) {
    expect(refused.status).toBe(401);
    expect(refused.json()).toMatchObject({ cause: 'NOT_AUTHENTICATED' });
  }
});

test.skipIf(withoutCurl)(
  'curl with the certificate of an invoker is told no keys or rights, which are for AEFs (TS 29.222 5.6.2.4)',
  async () => {
    const { core, ask } = await askable();
    const { aefId } = await anAef(core, ['PSK']);
    const { id, own } = await onboarded(core);
    await ask(contextOf(id), ...own, '-X', 'PUT', ...json(security(aefId)));

    for (const credential of [own, []]) {
      const refused = await ask(`${contextOf(id)}?authenticationInfo=true`, ...credential);
      expect(refused.status).toBe(401);
      expect(refused.text).not.toContain('aefPsk');
    }
  },
);

test.skipIf(withoutCurl)(
  'what curl gets wrong, the core names: body, media type, size, path and method (TS 29.122 5.2.6)',
  async () => {
    const { core, ask } = await askable();
    const { id, own } = await onboarded(core);
    const put = (...args: string[]) => ask(contextOf(id), ...own, '-X', 'PUT', ...args);

    const type = ['-H', 'content-type: application/json'];
    expect((await put(...type, '-d', '{"securityInfo":')).json()).toMatchObject({
      status: 400,
      cause: 'MALFORMED',
      detail: 'the body is not JSON in UTF-8',
    });
    expect((await put(...json({ securityInfo: [{ prefSecurityMethods: 'PKI' }] }))).json()).toMatchObject({
      status: 400,
      invalidParams: [
        { param: '/securityInfo/0/prefSecurityMethods', reason: 'must be of type array' },
        { param: '/notificationDestination', reason: 'is required' },
      ],
    });
    expect((await put(...json(security('aef-9')))).json()).toMatchObject({
      status: 400,
      invalidParams: [{ param: '/securityInfo/0/aefId' }],
    });
    expect(await put('-H', 'content-type: text/plain', '-d', '{}')).toMatchObject({ code: 0, status: 415 });

    for (const path of ['/capif-security/v2/trustedInvokers/x', '/', `${contextOf(id)}/%ff`, '/%zz']) {
      expect((await ask(path, ...own, '--path-as-is')).json(), path).toMatchObject({ status: 404, cause: 'NOT_FOUND' });
    }
    const wrong = await ask(contextOf(id), ...own, '-X', 'PATCH', ...json({}));
    expect(wrong).toMatchObject({ code: 0, status: 405 });
    expect(wrong.headers.get('allow')?.split(', ').sort()).toEqual(['DELETE', 'GET', 'PUT']);
  },
);

for (const expect100 of ['Expect: 100-continue', 'Expect:']) {
  test.skipIf(withoutCurl)(
    `curl that sends 1 MiB with "${expect100}" reads that it is too large (TS 29.122 5.2.6)`,
    async () => {
      const { core, ask } = await askable();
      const { id, own } = await onboarded(core);
      const body = await file('large.json', JSON.stringify('x'.repeat(1024 * 1024)));

      const type = ['-H', 'content-type: application/json', '-H', expect100];
      const answer = await ask(contextOf(id), ...own, '-X', 'PUT', ...type, '--data-binary', `@${body}`);
      expect(answer.status).toBe(413);
      expect(answer.json()).toMatchObject({ status: 413, cause: 'TOO_LARGE' });
    },
  );
}
