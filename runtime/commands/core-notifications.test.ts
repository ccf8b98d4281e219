/** The flags of `capif core` about notifications: what they come to, and what is refused before anything starts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { authority } from '../testing/servers.ts';
import { addNotificationOptions, notificationsOf } from './core-notifications.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capif-flags-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function given(...flags: string[]) {
  let said = '';
  const command = addNotificationOptions(new Command('core')).exitOverride();
  command.configureOutput({ writeErr: (text) => (said += text) });
  try {
    command.parse(flags, { from: 'user' });
    return notificationsOf(command, command.opts());
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return said;
  }
}

test('without flags, a core notifies whom it reaches on public networks, and strangers discover nothing', () => {
  expect(given()).toEqual({ openDiscovery: false, notifications: {} });
});

test('hosts, networks and an authority are taken as they are given', () => {
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, authority.ca);
  const flags = ['--notification-hosts', 'app.lan, 10.0.0.0/8', '--notification-ca', ca, '--open-discovery'];
  expect(given(...flags)).toEqual({
    openDiscovery: true,
    notifications: { hosts: ['app.lan', '10.0.0.0/8'], trustAnchors: [authority.ca.trim()] },
  });
});

test('a network that is none, and a file that is no certificate, are said', () => {
  expect(given('--notification-hosts', '10.0.0.0/64')).toContain('A network must be as in 10.0.0.0/8.');
  expect(given('--notification-hosts', 'a,,b')).toContain('separated by commas');
  const file = join(folder, 'not.pem');
  writeFileSync(file, 'hello');
  expect(given('--notification-ca', file)).toContain('is not a certificate in PEM');
  expect(given('--notification-ca', join(folder, 'nowhere'))).toContain('ENOENT');
});
