/** Answers of foreign cores about an invoker: which entry is read, and in which forms its texts may be (TS 29.222 8.5). */
import { describe, expect, test } from 'vitest';
import { learntFrom, type SecurityTextsReader, securityTexts } from './security-information.ts';

const own = { aefId: 'aef1', host: 'aef.example', port: 8443, apiId: 'api-1' };
const aefPsk = Buffer.from(Array.from({ length: 32 }, (_, n) => 7 * n + 200));
const pem = '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2hhcg==\n-----END CERTIFICATE-----\n';

const learning = (securityInfo: unknown[], read?: SecurityTextsReader) =>
  learntFrom({ status: 200, body: JSON.stringify({ securityInfo, notificationDestination: '' }) }, own, read);
const learnt = (...securityInfo: unknown[]) => {
  const outcome = learning(securityInfo);
  if (outcome.outcome === 'malformed') throw new Error(outcome.because);
  return outcome.value;
};

describe('the entry about this AEF and its API', () => {
  const pki = { selSecurityMethod: 'PKI' };
  const oauth = { selSecurityMethod: 'OAUTH' };

  test.each([
    ['is the only one, with nothing but what is required', [{ aefId: 'aef1', ...pki }]],
    [
      'stands after that of another AEF',
      [
        { aefId: 'aef2', ...oauth },
        { aefId: 'aef1', ...pki },
      ],
    ],
    ['names the interface instead', [{ interfaceDetails: { fqdn: 'AEF.example', port: 8443 }, ...pki }]],
    [
      'names the API, before one that does not',
      [
        { aefId: 'aef1', ...oauth },
        { aefId: 'aef1', apiId: 'api-1', ...pki },
      ],
    ],
    [
      'stands after that of another API',
      [
        { aefId: 'aef1', apiId: 'api-2', ...oauth },
        { aefId: 'aef1', ...pki },
      ],
    ],
  ])('%s', (_, securityInfo) => {
    expect(learnt(...securityInfo).selected).toBe('PKI');
  });

  test.each([
    [[]],
    [[{ aefId: 'aef2' }]],
    [[{ aefId: 'aef1', apiId: 'api-2' }]],
    [[{ interfaceDetails: { fqdn: 'aef.example', port: 8444 } }]],
    [[{ interfaceDetails: { fqdn: 'aef.example' } }]],
    [[{ aefId: 'aef2', interfaceDetails: { fqdn: 'aef.example', port: 8443 } }]],
  ])('is none of %j', (securityInfo) => {
    expect(learning(securityInfo).outcome).toBe('malformed');
  });
});

describe('AEFPSK', () => {
  test.each([
    ['hexadecimal', aefPsk.toString('hex')],
    ['upper case', aefPsk.toString('hex').toUpperCase()],
    ['base64', aefPsk.toString('base64')],
    ['base64url', aefPsk.toString('base64url')],
    ['base64 and a line end', `${aefPsk.toString('base64')}\n`],
    ['JSON, and hexadecimal', JSON.stringify({ aefPsk: aefPsk.toString('hex') })],
    ['our own JSON', JSON.stringify({ credential: 3, aefPsk: aefPsk.toString('base64url'), trustAnchor: pem })],
  ])('is read from %s', (_, authenticationInfo) => {
    expect(learnt({ aefId: 'aef1', selSecurityMethod: 'PSK', authenticationInfo }).aefPsk).toEqual(aefPsk);
  });

  test.each([
    ['a certificate', pem],
    ['16 octets', aefPsk.subarray(16).toString('hex')],
    ['33 octets', Buffer.alloc(33, 1).toString('base64')],
    ['JSON without it', '{"credential":3}'],
    ['null', 'null'],
    ['nothing', ''],
    ['words', 'no key is given for this security method'],
  ])('is not there in %s, which is no reason to refuse', (_, authenticationInfo) => {
    expect(learnt({ aefId: 'aef1', selSecurityMethod: 'PKI', authenticationInfo }).aefPsk).toBeUndefined();
  });
});

test('rights are read from our own JSON and from a scope; any other text limits nothing', () => {
  const apisIn = (authorizationInfo?: string) => learnt({ aefId: 'aef1', authorizationInfo }).apiNames;
  expect(apisIn('{"apiNames":["weather"]}')).toEqual(['weather']);
  expect(apisIn('{"apiNames":[]}')).toEqual([]);
  expect(apisIn('3gpp#aef2:traffic;aef1:weather,tides')).toEqual(['weather', 'tides']);
  for (const text of [undefined, '', 'MIIB', '{"apiNames":"weather"}', '[]']) expect(apisIn(text)).toBeUndefined();
});

test('the number of a negotiation is only taken where it is one', () => {
  const numberIn = (credential: unknown) =>
    securityTexts({ authenticationInfo: JSON.stringify({ credential }) }, 'aef1').credential;
  expect(numberIn(3)).toBe(3);
  for (const none of [0, -1, 1.5, '3', null, 1e300]) expect(numberIn(none)).toBeUndefined();
});

test('a reader of the application takes the place of ours; a key of another length is none', () => {
  const entry = { aefId: 'aef1', selSecurityMethod: 'PSK', authenticationInfo: 'psk=42' };
  const read: SecurityTextsReader = ({ selected, authenticationInfo }) => {
    expect([selected, authenticationInfo]).toEqual(['PSK', 'psk=42']);
    return { aefPsk, apiNames: ['weather'] };
  };
  expect(learning([entry], read)).toEqual({
    outcome: 'read',
    value: { selected: 'PSK', aefPsk, apiNames: ['weather'] },
  });
  expect(learning([entry], () => ({ aefPsk: aefPsk.subarray(1) }))).toMatchObject({ value: { aefPsk: undefined } });
});
