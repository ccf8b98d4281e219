/** `openssl s_client` as an invoker with AEFPSK: served, told of a mismatch, refused (6.5.2.1, 6.7, Annex A). */
import { afterEach, expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { serviceApiInterface } from '../credentials/aef-psk.ts';
import {
  aCore,
  anAef,
  anInvoker,
  apiPath,
  asked,
  closeAll,
  file,
  hear,
  later,
  negotiate,
  notificationDestination,
  run,
  start,
  withoutOpenssl,
} from '../testing/foreign-programs.ts';
import { connector } from '../transport/connector.ts';
import { writeAuthenticationInitiationRequest } from '../wire/aef-security-api.ts';

afterEach(closeAll);

const versions = {
  'TLSv1.2': ['-tls1_2', '-cipher', 'ECDHE-PSK-CHACHA20-POLY1305'],
  'TLSv1.3': ['-tls1_3'],
} as const;
type Version = keyof typeof versions;
type Address = { host: string; port: number };

const at = ({ host, port }: Address) => ['-connect', `${host}:${port}`];
const withPsk = (aef: Address, tls: Version, identity: string, key: Buffer) => [
  's_client',
  ...at(aef),
  ...versions[tls],
  ...['-psk_identity', identity, '-psk', key.toString('hex'), '-brief', '-ign_eof'],
];
const get = (connection = 'close') => `GET ${apiPath} HTTP/1.1\r\nHost: aef\r\nConnection: ${connection}\r\n\r\n`;

/** A core, an AEF with TLS-PSK, and a foreign invoker that has negotiated it and initiated its authentication. */
async function withKey() {
  const core = await aCore();
  const lines: TraceLine[] = [];
  let heard = (_: TraceLine): void => {};
  const aef = await anAef(core, ['PSK'], (line) => {
    lines.push(line);
    heard(line);
  });
  const until = (type: string) =>
    new Promise<void>((resolve) => {
      heard = ({ event }) => event.type === type && resolve();
    });
  const invoker = await anInvoker(core);
  const key = (await negotiate(core, invoker, aef, ['PSK', 'PKI', 'OAUTH'])).aefPsk();
  await initiate(core.ca, aef, invoker.id);
  return { core, aef, until, id: invoker.id, key };
}

async function initiate(ca: string, { host, port }: Address, apiInvokerId: string): Promise<void> {
  const over = connector({ host, port, ca, credential: { by: 'nothing' } });
  later(over.close);
  const answer = await asked(over, writeAuthenticationInitiationRequest({ apiInvokerId, supportedFeatures: '0' }));
  expect(answer.status).toBe(200);
}

for (const tls of ['TLSv1.2', 'TLSv1.3'] as const) {
  test.skipIf(withoutOpenssl)(
    `openssl with the AEFPSK of its own CAPIF-1e session is served, ${tls} (6.5.2.1)`,
    async () => {
      const { aef, id, key } = await withKey();

      const { code, said } = await run('openssl', withPsk(aef, tls, id, key), get());

      expect(said).toContain(`Protocol version: ${tls}`);
      if (tls === 'TLSv1.2') expect(said).toContain('Ciphersuite: ECDHE-PSK-CHACHA20-POLY1305');
      expect(said).toContain('HTTP/1.1 200 OK');
      expect(said).toContain(`PSK of ${id}`);
      expect(code).toBe(0);
    },
  );

  test.skipIf(withoutOpenssl)(
    `openssl with the old key gets the mismatch over an authenticated connection, new or kept, ${tls} (6.7)`,
    async () => {
      const { aef, id, key } = await withKey();
      const kept = start('openssl', withPsk(aef, tls, id, key));
      kept.child.stdin.write(get('keep-alive'));
      await hear(kept, /PSK of api-invoker-1/);

      await aef.changeMethods(['PKI']);
      kept.child.stdin.end(get());
      await kept.ended;
      const { said } = await run('openssl', withPsk(aef, tls, id, key), get());

      for (const text of [kept.said(), said]) {
        expect(text).toContain('HTTP/1.1 403 Forbidden');
        expect(text).toContain('content-type: application/problem+json');
        expect(text).toContain('"cause":"SECURITY_METHOD_MISMATCH"');
      }
      expect(said).not.toContain('PSK of');
    },
  );

  test.skipIf(withoutOpenssl)(
    `openssl with a wrong key gets an alert and no HTTP, and locks nobody else out, ${tls} (6.5.2.1)`,
    async () => {
      const { aef, id, key } = await withKey();

      const wrong = await run('openssl', withPsk(aef, tls, id, Buffer.alloc(32, 7)), get());
      const right = await run('openssl', withPsk(aef, tls, id, key), get());

      expect(wrong.code).toBe(1);
      // Of TLS 1.3: illegal_parameter in OpenSSL 3.0, decrypt_error later.
      expect(wrong.said).toMatch(tls === 'TLSv1.2' ? /SSL alert number 20/ : /SSL alert number (47|51)/);
      expect(wrong.said).not.toContain('HTTP/1.1');
      expect(right.said).toContain('HTTP/1.1 200 OK');
    },
  );
}

for (const tls of ['TLSv1.2', 'TLSv1.3'] as const) {
  test.skipIf(withoutOpenssl)(
    `openssl with an unknown identity gets the alert of a wrong key in ${tls} (RFC 4279 2)`,
    async () => {
      const { aef, id, key } = await withKey();
      const alertOf = async (identity: string, by: Buffer) => {
        const { code, said } = await run('openssl', withPsk(aef, tls, identity, by), get());
        expect(code).toBe(1);
        expect(said).not.toContain('HTTP/1.1');
        return /SSL alert number \d+/.exec(said)?.[0];
      };
      const ofWrongKey = await alertOf(id, Buffer.alloc(32, 9));
      expect(ofWrongKey).toBeDefined();
      expect(await alertOf('api-invoker-9', key)).toBe(ofWrongKey);
    },
  );
}

test.skipIf(withoutOpenssl)(
  'once its authorization is revoked, openssl gets 403 on its old connection, and no new one by that key (TS 29.222 6.2.2.3)',
  async () => {
    const { core, aef, until, id, key } = await withKey();
    const kept = start('openssl', withPsk(aef, 'TLSv1.2', id, key));
    kept.child.stdin.write(get('keep-alive'));
    await hear(kept, /PSK of api-invoker-1/);

    const revoked = until('RevokeAuthorizationRequest');
    await core.revoke(id, aef.aefId);
    await revoked;

    // The connection was authenticated by the key while there was one, so it still proves who asks.
    kept.child.stdin.end(get());
    await kept.ended;
    expect(kept.said()).toContain('HTTP/1.1 403 Forbidden');
    expect(kept.said()).toContain('"cause":"NOT_AUTHORIZED"');

    // The AEF has forgotten the key with the rights.
    for (const tls of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { said } = await run('openssl', withPsk(aef, tls, id, key), get());
      expect(said).toMatch(/SSL alert number \d+/);
      expect(said).not.toContain('HTTP/1.1');
    }
  },
);

test.skipIf(withoutOpenssl)(
  'an invoker that negotiates, derives AEFPSK and invokes with openssl alone is served (A.1)',
  async () => {
    const core = await aCore();
    const aef = await anAef(core, ['PSK']);
    const { id, certificate } = await anInvoker(core);
    const [key, cert, ca] = [
      await file('key.pem', certificate.key),
      await file('cert.pem', certificate.cert),
      await file('ca.pem', core.ca),
    ];

    const body = JSON.stringify({
      securityInfo: [{ aefId: aef.aefId, prefSecurityMethods: ['PSK'] }],
      notificationDestination,
    });
    const put = [
      `PUT /capif-security/v1/trustedInvokers/${id} HTTP/1.1`,
      'Host: core\r\nConnection: close\r\nContent-Type: application/json',
      `Content-Length: ${body.length}\r\n\r\n${body}`,
    ].join('\r\n');
    const by = ['-cert', cert, '-key', key, '-CAfile', ca, '-verify_return_error', '-verify_ip', core.host];
    const asking = await run('openssl', ['s_client', ...at(core), '-tls1_2', ...by, '-ign_eof'], put);
    expect(asking.said).toContain('"selSecurityMethod":"PSK"');
    const printed = (name: string) => new RegExp(`^ *${name}: *([0-9A-F]+)$`, 'm').exec(asking.said)?.[1] ?? '';

    const octets = (data: Buffer) => [data, Buffer.from([data.length >> 8, data.length & 255])];
    const [p0, p1] = [Buffer.from(serviceApiInterface(aef)), Buffer.from(printed('Session-ID'), 'hex')];
    const input = Buffer.concat([Buffer.of(0x7a), ...octets(p0), ...octets(p1)]);
    const secret = `hexkey:${printed('Master-Key')}`;
    const derived = await run('openssl', ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', secret], input);
    const aefPsk = Buffer.from(/[0-9a-f]{64}/.exec(derived.said)?.[0] ?? '', 'hex');

    await initiate(core.ca, aef, id);
    const { said } = await run('openssl', withPsk(aef, 'TLSv1.2', id, aefPsk), get());
    expect(said).toContain(`PSK of ${id}`);
  },
);
