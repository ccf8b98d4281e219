/** Options that several roles have as processes. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { allAmendments } from '../../machines/vocabulary.ts';
import type { CoreAddress } from '../credentials/core-contact.ts';
import { storeKeyVariable } from '../credentials/key-folder.ts';
import { logFormats, logLevels } from '../operating/role-log.ts';
import type { OperatingOptions } from '../operating/role-process.ts';
import { readAmendments } from './arguments.ts';
import { required } from './configuration.ts';

export type HostAndPort = { host: string; port: number };

/** `HOST:PORT`, `[IPv6]:PORT` or `PORT`. */
export function readAddress(text: string): HostAndPort {
  const [, host = '127.0.0.1', digits = ''] = /^(?:(\[[^\]]+\]|[^:]+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) throw new InvalidArgumentError('It must be HOST:PORT, as in 127.0.0.1:8443.');
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

export const addressText = ({ host, port }: HostAndPort) => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

export const readPort = (text: string): number => readAddress(text).port;

export const amendmentsOption = (): Option =>
  new Option('--amendments <list>', 'all, none, or names separated by commas')
    .argParser(readAmendments)
    .default(allAmendments, 'all');

/** Log, trace, health and metrics. */
export function addOperatingOptions(command: Command): Command {
  return command
    .option('--operator-port <port>', 'health and metrics on this port of 127.0.0.1', readPort)
    .option('--trace <file>', 'record every step of every machine, one JSON object a line')
    .addOption(
      new Option('--log-level <level>', 'what is logged, on standard error').choices(logLevels).default('info'),
    )
    .addOption(
      new Option('--log-format <format>', 'for people, or one JSON object a line').choices(logFormats).default('text'),
    );
}

export type CoreOptions = { core?: HostAndPort; ca?: string; coreName?: string; corePin?: string };

/** Where the core is, and how it is known there. */
export function addCoreOptions(command: Command): Command {
  return command
    .option('--core <address>', 'the core, HOST:PORT', readAddress)
    .option('--ca <file>', 'the certificate of the core’s authority, PEM')
    .option('--core-name <name>', 'the name in the core’s certificate, if that is not its host')
    .option('--core-pin <sha256>', 'accept this very certificate of the core, whatever its name');
}

export function coreAddressOf(command: Command, { core, ca, coreName, corePin }: CoreOptions): CoreAddress {
  return {
    ...required(command, core, 'core'),
    ca: readFile(command, required(command, ca, 'ca')),
    ...(coreName !== undefined && { serverName: coreName }),
    ...(corePin !== undefined && { identity: { sha256: corePin } }),
  };
}

/** The text of a file that an option names; without it, wrong usage. */
export function readFile(command: Command, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    return command.error(`error: ${(error as Error).message}`);
  }
}

export const operatingOf = ({ logLevel, logFormat, operatorPort, trace }: OperatingOptions): OperatingOptions => ({
  logLevel,
  logFormat,
  operatorPort,
  trace,
});

export const storeKeyOption = (): Option =>
  new Option(
    '--store-key-file <file>',
    `the key of the secrets in the folder; without it ${storeKeyVariable}, or FOLDER/store.key`,
  );
