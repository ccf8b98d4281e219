/** Requests that are refused because there are too many: which answer, and to whom. */
import { expect, test } from 'vitest';
import { defaultLimits } from './limits.ts';
import { RequestLimit } from './request-limit.ts';

const problem = (answer: { body?: unknown } | undefined) => JSON.parse(String(answer?.body));

test('a peer that has too many requests under way gets 429, others are served, and so is it once one has ended', () => {
  const limit = new RequestLimit({ ...defaultLimits, requestsUnderWayPerPeer: 2 });
  expect([limit.begin('one', true), limit.begin('one', true)]).toEqual([undefined, undefined]);
  const refused = limit.begin('one', true);
  expect(refused).toMatchObject({ limit: 'requestsUnderWayPerPeer', status: 429, headers: { 'retry-after': '1' } });
  expect(problem(refused)).toMatchObject({ status: 429, cause: 'TOO_MANY_REQUESTS' });
  expect(limit.begin('another', true)).toBeUndefined();
  limit.ended('one');
  expect(limit.begin('one', true)).toBeUndefined();
});

test('where all together have too many under way, the next one gets 503', () => {
  const limit = new RequestLimit({ ...defaultLimits, requestsUnderWay: 2 });
  limit.begin('one', true);
  limit.begin('another', true);
  const refused = limit.begin('a third', true);
  expect(refused).toMatchObject({ limit: 'requestsUnderWay', status: 503, headers: { 'retry-after': '1' } });
  expect(problem(refused)).toMatchObject({ cause: 'UNAVAILABLE' });
  limit.ended('one');
  expect(limit.begin('a third', true)).toBeUndefined();
});

test('a peer that asks too often gets 429; who has proven nothing also begins anew with a handshake', () => {
  const limit = new RequestLimit({ ...defaultLimits, requestsPerSecond: 1 }, () => 0);
  const ask = (peer: string, isProven: boolean) => {
    const refused = limit.begin(peer, isProven);
    if (!refused) limit.ended(peer);
    return refused;
  };
  for (const peer of ['proven', 'stranger'])
    for (let n = 0; n < 10; n += 1) expect(ask(peer, peer === 'proven')).toBeUndefined();
  const refused = ask('proven', true);
  expect(refused).toMatchObject({ limit: 'requestsPerSecond', status: 429 });
  expect(refused?.headers).toMatchObject({ 'retry-after': '1' });
  expect(refused?.headers).not.toHaveProperty('connection');
  expect(ask('stranger', false)?.headers).toMatchObject({ 'retry-after': '1', connection: 'close' });
  expect(ask('another', true)).toBeUndefined();
});
