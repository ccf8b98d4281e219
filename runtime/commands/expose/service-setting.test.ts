/** Services as a person writes them in a setting. */
import { expect, test } from 'vitest';
import { readServices, type ServiceSetting } from './service-setting.ts';

const read = (text: string, before?: ServiceSetting[]) => readServices(text, before);

test('a service has an API, and what else it says; several are in one text, or in several', () => {
  const [sms] = read('api=sms');
  expect(sms).toEqual({ api: 'sms' });
  const both =
    'api=tides  upstream=http://127.0.0.1:8081/?a=b methods=pki,OAUTH port=8444;api=tides name=two aef=north host=::1 published=gate.example:443;';
  expect(read(both, [sms!])).toEqual([
    { api: 'sms' },
    { api: 'tides', upstream: new URL('http://127.0.0.1:8081/?a=b'), methods: ['PKI', 'OAUTH'], port: 8444 },
    { api: 'tides', name: 'two', aef: 'north', host: '::1', published: { host: 'gate.example', port: 443 } },
  ]);
});

test.each([
  ['', 'It must be a service, as in "api=sms upstream='],
  ['sms', '"sms" is none of api=, name=, aef=, upstream=, methods=, host=, port=, published=, as in "api='],
  ['api=sms colour=red', '"colour=red" is none of api=,'],
  ['port=1', '"port=1" has no API: it must be as in "api=sms'],
  ['api=sms api=tides', '"api" is there twice, in "api=sms api=tides".'],
  ['api=s/ms', 'api: "s/ms" must be 1 to 64 letters, digits, dots, underscores or hyphens.'],
  ['api=sms methods=ODD', 'methods: "ODD" is none of PSK, PKI, OAUTH.'],
  ['api=sms port=70000', 'port: It must be a port, as in 9090.'],
  ['api=sms upstream=ftp://x', 'upstream: It must be a URL, as in http://127.0.0.1:8080.'],
  ['api=sms; toString=1', '"toString=1" is none of api=,'],
])('of "%s" it is said what would be right', (text, because) => {
  expect(() => read(text)).toThrow(because);
});
