/** `--limits`: names that the role knows, each with a count. */
import { expect, test } from 'vitest';
import { defaultLimits } from '../transport/listening/limits.ts';
import { limitsOption } from './role-options.ts';

const read = (text: string) => limitsOption(Object.keys(defaultLimits)).parseArg!(text, undefined);

test('limits are read by their names', () => {
  expect(read('requestsPerSecond=5')).toEqual({ requestsPerSecond: 5 });
  expect(read('connectionsPerPeer=1, requestsUnderWay=20')).toEqual({ connectionsPerPeer: 1, requestsUnderWay: 20 });
});

test.each(['requests=5', 'requestsPerSecond', 'requestsPerSecond=', 'requestsPerSecond=0', '__proto__=1', ''])(
  '%j is wrong usage, which says what would be right',
  (text) => {
    expect(() => read(text)).toThrow(/requestsPerSecond|whole number/);
  },
);
