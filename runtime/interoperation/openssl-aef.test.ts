/** An invoker of this runtime at an AEF that is `openssl s_server` and refuses by TLS alerts alone (6.5.2, 6.7). */
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { CoreFunction } from '../core/core-function.ts';
import { createAuthority } from '../credentials/certificates.ts';
import { createInvoker, type InvokerOptions } from '../invoker/invoker.ts';
import { aProvider, certificatesOnly, foreignAef, listening, pskOnly } from '../testing/foreign-aef.ts';
import { aCore, apiPath, closeAll, file, hear, later, start, withoutOpenssl } from '../testing/foreign-programs.ts';

afterEach(closeAll);

/** An invoker at this AEF, and what it has seen there. */
async function invoking(
  core: CoreFunction,
  aef: { aefId: string; record?(line: TraceLine): void },
  options: Partial<InvokerOptions> = {},
) {
  const lines: TraceLine[] = [];
  const invoker = createInvoker({
    core,
    onboardingToken: await core.onboardingToken('foreign AEF'),
    pause: { firstMs: 1, longestMs: 5 },
    record(line) {
      lines.push(line);
      aef.record?.(line);
    },
    ...options,
  });
  later(invoker.close);
  const sent = (type: string) => lines.filter(({ effects }) => JSON.stringify(effects).includes(`"${type}"`)).length;
  return {
    /** Resolves with the connection as the server saw it. */
    invoke: async () => witness(await (await invoker.fetch(apiPath, { aefId: aef.aefId })).text()),
    failure: () =>
      invoker.fetch(apiPath, { aefId: aef.aefId }).then(
        () => undefined,
        (error: unknown) => error,
      ),
    /** Connections and invocations that came to nothing, and why. */
    refused: () =>
      lines
        .filter(({ event }) => event.type === 'tls.failed' || event.type === 'invocation.failed')
        .map(({ facts }) => facts?.note),
    notes: () => lines.map(({ facts }) => facts?.note),
    questions: () => sent('SecurityMethodUpdateRequest'),
  };
}

/** What the page of `s_server -www` says of the connection that it came on. */
function witness(page: string) {
  const said = (pattern: RegExp) => pattern.exec(page)?.[1];
  return {
    tls: said(/^ *Protocol *: (\S+)$/m),
    session: said(/^(New|Reused), TLSv1\.\d, Cipher is /m),
    suite: said(/Cipher is (\S+)$/m),
    psk: said(/PSK identity: (?!None)(\S+)$/m),
    certificate: said(/Subject: CN *= *(\S+)$/m),
  };
}

/** A server that closes a connection with unread data on it may take its own alert back (RFC 9112 9.6). */
const lateAlert = expect.stringMatching(
  /^cut: (TLS alert 48 \(unknown_ca\): it does not accept the certificate of this side .*|ECONNRESET|closed)$/,
);

/**
 * The change is published before this connection arrives: it and those before it are refused. After each refusal the
 * invoker asks at once and, told the same method, once more after a pause.
 */
const changes = [
  { published: 'at once', refusals: 1, asked: 1 },
  { published: 'after three refusals', refusals: 4, asked: 7 },
];

for (const { published, refusals, asked } of changes) {
  const alert40 = Array(refusals).fill('refused: TLS alert 40 (handshake_failure)');

  test.skipIf(withoutOpenssl)(
    `after alert 40 to TLS-PSK the invoker asks the core, and openssl serves its certificate, published ${published} (6.7)`,
    async () => {
      const core = await aCore();
      const aef = await foreignAef(core, {
        method: 'PSK',
        service: async (_, own) => ['-tls1_2', ...(await certificatesOnly(own, core.ca))],
        arrival: (n, publish) => n === refusals && publish(['PKI']),
      });
      const { invoke, refused, questions } = await invoking(core, aef);

      expect(await invoke()).toMatchObject({ tls: 'TLSv1.2', psk: undefined, certificate: 'api-invoker-1' });
      expect(refused()).toEqual(alert40);
      expect(aef.said().match(/no shared cipher/g)).toHaveLength(refusals);
      expect({ asked: questions(), arrivals: aef.arrivals() }).toEqual({ asked, arrivals: refusals + 1 });
    },
  );

  test.skipIf(withoutOpenssl)(
    `after alert 40 to its certificate the invoker asks the core, and openssl serves its AEFPSK, published ${published} (6.7)`,
    async () => {
      const core = await aCore();
      const aef = await foreignAef(core, {
        method: 'PKI',
        service: (key) => ['-tls1_2', ...pskOnly(key)],
        arrival: (n, publish) => n === refusals && publish(['PSK']),
      });
      const { invoke, refused, questions } = await invoking(core, aef);

      const suite = 'ECDHE-PSK-CHACHA20-POLY1305';
      expect(await invoke()).toMatchObject({ suite, psk: 'api-invoker-1', certificate: undefined });
      expect(refused()).toEqual(alert40);
      expect({ asked: questions(), arrivals: aef.arrivals() }).toEqual({ asked, arrivals: refusals + 1 });
    },
  );

  test.skipIf(withoutOpenssl)(
    `after a late alert to its token the invoker asks the core, and openssl serves its AEFPSK, published ${published} (6.7)`,
    async () => {
      const core = await aCore();
      const { certificatePem } = await createAuthority({ name: 'other', now: Date.now() });
      let changed = false;
      const aef = await foreignAef(core, {
        method: 'OAUTH',
        service: async (key, own) => [
          ...['-tls1_3', ...(changed ? pskOnly(key) : await certificatesOnly(own, certificatePem))],
        ],
        async arrival(n, publish) {
          if (n !== refusals) return;
          changed = true;
          await publish(['PSK']);
        },
      });
      const { invoke, refused, questions } = await invoking(core, aef);

      // To openssl, a connection by external PSK is one that was resumed.
      expect(await invoke()).toMatchObject({ tls: 'TLSv1.3', session: 'Reused', certificate: undefined });
      expect(refused()).toEqual(Array(refusals).fill(lateAlert));
      expect({ asked: questions(), arrivals: aef.arrivals() }).toEqual({ asked, arrivals: refusals + 1 });
    },
  );
}

test.skipIf(withoutOpenssl)(
  'refused by late alerts for ever, the invoker gives up after its attempts and says why (6.7)',
  async () => {
    const core = await aCore();
    const { certificatePem } = await createAuthority({ name: 'other', now: Date.now() });
    const aef = await foreignAef(core, {
      method: 'OAUTH',
      service: async (_, own) => ['-tls1_3', ...(await certificatesOnly(own, certificatePem))],
    });
    const { failure, refused, questions } = await invoking(core, aef, { attemptsMax: 4 });

    expect(await failure()).toMatchObject({
      code: 'gaveUp',
      message: expect.stringMatching(/^the connection to the AEF keeps breaking \(.*alert 48/),
    });
    // Two questions after each refusal but the last: at once and, told the same method, after a pause.
    expect(refused()).toEqual(Array(3).fill(lateAlert));
    expect({ asked: questions(), arrivals: aef.arrivals() }).toEqual({ asked: 4, arrivals: 3 });
  },
);

/** With PKI, check-authentication is what fails first; with OAUTH, the connection for the invocation itself. */
const reasons = [
  ['PKI', 'the core or the AEF gives no usable answer'],
  ['OAUTH', 'no connection to the AEF can be opened with the method that the core selects'],
] as const;

test('an AEF that accepts connections and never speaks TLS is given up by the time limit (6.5.2)', async () => {
  const core = await aCore();
  await Promise.all(
    reasons.map(async ([method, because]) => {
      const { aef, publish } = await aProvider(core);
      let accepted = 0;
      const port = await listening(
        createServer((socket) => {
          accepted += 1;
          socket.on('error', () => {});
        }),
      );
      await publish({ host: '127.0.0.1', port }, [method]);
      const { failure } = await invoking(core, { aefId: aef.id }, { attemptsMax: 1, timeoutMs: 1500 });

      expect(await failure()).toMatchObject({
        name: 'InvocationError',
        code: 'gaveUp',
        message: expect.stringMatching(new RegExp(`^${because} \\(${aef.id}.*: unreachable: timeout\\); `)),
      });
      expect([1, 2]).toContain(accepted);
    }),
  );
});

test.skipIf(withoutOpenssl)(
  'an AEF with the certificate of another AEF is refused, and told nothing (6.5.2)',
  async () => {
    const core = await aCore();
    for (const [method, because] of reasons) {
      const { aef, other, publish } = await aProvider(core);
      const own = ['-key', await file('other.key.pem', other.key), '-cert', await file('other.cert.pem', other.cert)];
      // Without -www it prints what it is sent.
      const impostor = start('openssl', ['s_server', '-accept', '127.0.0.1:0', ...own]);
      const [, port] = await hear(impostor, /ACCEPT \S+:(\d+)/);
      await publish({ host: '127.0.0.1', port: Number(port) }, [method]);
      const { failure, notes } = await invoking(core, { aefId: aef.id }, { attemptsMax: 1 });

      const stranger = `is that of the apiExposingFunction ${other.id}`;
      expect(await failure()).toMatchObject({
        code: 'gaveUp',
        message: expect.stringMatching(new RegExp(`^${because} \\(${aef.id}.*: refused: .* ${stranger}; .*\\)\\); `)),
      });
      expect(notes().join()).toContain(stranger);
      expect(impostor.said()).not.toContain('HTTP/1.1');
    }
  },
);
