/** The options of `capif core` that say whom it notifies, and who may look around (TS 29.222 7.6, 8.11). */
import { type Command, InvalidArgumentError } from 'commander';
import type { CoreFunctionOptions } from '../core/core-function.ts';
import { Destinations } from '../core/events/destinations.ts';
import { readCertificate } from './role-options.ts';

export type NotificationFlags = {
  notificationHosts?: readonly string[];
  notificationCa?: string;
  openDiscovery?: boolean;
};

export const addNotificationOptions = (command: Command): Command =>
  command
    .option(
      '--notification-hosts <list>',
      'hosts and networks that may be notified, as in app.lan,10.0.0.0/8; by default all that are public',
      readHosts,
    )
    .option('--notification-ca <file>', 'whose certificates those have, instead of the authorities that Node trusts')
    .option('--open-discovery', 'everybody may discover service APIs openly, not only who has a certificate');

export const notificationsOf = (
  command: Command,
  { notificationHosts: hosts, notificationCa, openDiscovery = false }: NotificationFlags,
): Pick<CoreFunctionOptions, 'notifications' | 'openDiscovery'> => ({
  openDiscovery,
  notifications: {
    ...(hosts && { hosts }),
    ...(notificationCa !== undefined && { trustAnchors: [readCertificate(command, 'notificationCa', notificationCa)] }),
  },
});

function readHosts(text: string): readonly string[] {
  const hosts = text.split(',').map((host) => host.trim());
  try {
    new Destinations({ hosts });
  } catch {
    throw new InvalidArgumentError('A network must be as in 10.0.0.0/8.');
  }
  if (hosts.includes('')) throw new InvalidArgumentError('It must be hosts or networks, separated by commas.');
  return hosts;
}
