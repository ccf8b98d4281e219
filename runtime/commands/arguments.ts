/** Arguments that several commands take. The command line shows what they throw as wrong usage. */
import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';
import {
  type Amendment,
  allAmendments,
  parseAmendments,
  type SecurityMethod,
  securityMethods,
} from '../../machines/vocabulary.ts';

export function readAmendments(text: string): readonly Amendment[] {
  const read = parseAmendments(text);
  if (read) return read;
  const known = allAmendments.join(', ');
  throw new InvalidArgumentError(`"${text}" is neither all, nor none, nor a list of amendments: ${known}.`);
}

/** Names of security methods, in any case, separated by commas. */
export function readMethods(text: string): SecurityMethod[] {
  const methods = text.toUpperCase().split(',');
  const unknown = methods.find((method) => !(securityMethods as readonly string[]).includes(method));
  if (unknown === undefined) return methods as SecurityMethod[];
  throw new InvalidArgumentError(`"${unknown}" is none of ${securityMethods.join(', ')}.`);
}

export const countUpTo =
  (most: number) =>
  (text: string): number => {
    const count = Number(text);
    if (/^[1-9]\d*$/.test(text) && count <= most) return count;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };

/** `NAME=COUNT`, separated by commas. */
export function readCounts(text: string, known: readonly string[]): Record<string, number> {
  const counts = text.split(',').map((one) => {
    const [, name = '', count = ''] = /^(\w+)=(.+)$/.exec(one.trim()) ?? [];
    if (known.includes(name)) return [name, countUpTo(1e6)(count)] as const;
    throw new InvalidArgumentError(`"${one}" is not NAME=COUNT, where NAME is one of ${known.join(', ')}.`);
  });
  return Object.fromEntries(counts);
}

/** Longer than any demonstration, and short enough for a timer. */
export const oneDayMs = 86_400_000;

export type HostAndPort = { host: string; port: number };

/** `HOST:PORT`, `[IPv6]:PORT` or `PORT`. */
export function readAddress(text: string): HostAndPort {
  const [, host = '127.0.0.1', digits = ''] = /^(?:(\[[^\]]+\]|[^:]+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) throw new InvalidArgumentError('It must be HOST:PORT, as in 127.0.0.1:8443.');
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

export const isAddress = (value: unknown): value is HostAndPort =>
  typeof value === 'object' && value !== null && 'host' in value && 'port' in value;

export const addressText = ({ host, port }: HostAndPort) => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

export function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a port, as in 9090.');
}

/** Host names and addresses, separated by commas. */
export function readNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find(
    (name) => isIP(name) === 0 && !/^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i.test(name),
  );
  if (wrong === undefined) return names;
  throw new InvalidArgumentError(`"${wrong}" is no host name or address.`);
}
