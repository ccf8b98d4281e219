/** `capif findings` writes where it should. */
import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import { addCommands } from './findings.ts';

vi.mock('../gaps/pages.ts', () => ({
  findingsFolder: '/usr/lib/node_modules/capif-machines/dist/properties/findings/',
  allPages: () => {
    throw new Error('nothing may be written');
  },
}));

test.each([[[]], [['--check']]])('an installed package is never written into: %j', (options) => {
  const program = new Command('capif').configureOutput({ writeErr() {} });
  addCommands(program);
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr() {} });
  expect(() => program.parse(['findings', ...options], { from: 'user' })).toThrow(
    'an installed package has no pages; add --out FOLDER',
  );
});
