/** Observers of an application that fail. (An exception that nobody catches fails a test run.) */
import { expect, test } from 'vitest';
import { errorObserver, observer } from './observers.ts';

const failing = [
  [
    'throws',
    () => {
      throw new Error('of the application');
    },
  ],
  [
    'rejects',
    async () => {
      throw new Error('of the application');
    },
  ],
] as const;

test.each(failing)('what an observer %s is told to onError, and what that does itself to nobody', async (_, fails) => {
  const errors: unknown[] = [];
  observer(fails, (error) => errors.push(error))();
  observer(fails, errorObserver(fails))();
  await new Promise((resolve) => setImmediate(resolve));
  expect(errors.map(String)).toEqual(['Error: of the application']);
});
