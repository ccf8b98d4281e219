/** Clients that break HTTP, at the listeners of a core and of an AEF: each costs its own connection alone. */
import { once } from 'node:events';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { closeAll, exposing, initiated, invoking, negotiated, onboarded, saying, testbed } from '../testing/roles.ts';

afterEach(closeAll);

const brokenRequest = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'GET /greetings/v1/hello HTTP/1.1\r\n',
        'POST /api-invoker-management/v1/onboardedInvokers HTTP/1.1\r\n',
        'POST /aef-security/v1/check-authentication HTTP/1.1\r\n',
        'PUT /capif-security/v1/trustedInvokers/api-invoker-1 HTTP/1.1\r\n',
        'GET /service-apis/v1/allServiceAPIs?api-invoker-id=%ff HTTP/1.1\r\n',
        'CONNECT x:1 HTTP/1.1\r\n',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        'GET http://[ HTTP/1.1\r\n',
        'host: x\r\n',
        'content-length: 5\r\n',
        'content-length: -1\r\n',
        'transfer-encoding: chunked\r\n',
        'connection: upgrade\r\nupgrade: websocket\r\n',
        'expect: 100-continue\r\n',
        'expect: nothing\r\n',
        'authorization: Bearer \r\n',
        'content-type: application/json\r\n',
        '\r\n',
        '{"a":',
        '5\r\nhello\r\n0\r\n\r\n',
        'ffffffffffffffff\r\n',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

test('whatever bytes a stranger or an invoker sends to a core or an AEF, others are served', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on('unhandledRejection', note);
  const at = await testbed();
  const aef = await exposing(at, { methods: ['PKI'] });
  const invoker = await invoking(at);
  const known = await onboarded(at);
  await negotiated(at, known, aef, ['PKI']);
  await initiated(at, known, aef);
  await fc.assert(
    fc.asyncProperty(brokenRequest, fc.constantFrom(at.core, aef), fc.boolean(), async (bytes, { port }, isKnown) => {
      const own = isKnown ? known.certificate : {};
      const socket = connect({ host: '127.0.0.1', port, ca: at.core.ca, checkServerIdentity: () => undefined, ...own });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      socket.resume().end(bytes, 'latin1');
      await once(socket, 'close');
    }),
    { numRuns: 300 },
  );
  expect(await saying(invoker, aef)).toBe('PKI');
  process.off('unhandledRejection', note);
  expect({ unhandled, errors: at.errors }).toEqual({ unhandled: [], errors: [] });
}, 40_000);
