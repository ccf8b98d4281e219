/** Options that several roles have as processes. */
import { X509Certificate } from 'node:crypto';
import { type Command, Option } from 'commander';
import { allAmendments } from '../../machines/vocabulary.ts';
import type { CoreAddress } from '../credentials/core-contact.ts';
import { storeKeyVariable } from '../credentials/key-folder.ts';
import { logFormats, logLevels } from '../operating/role-log.ts';
import type { OperatingOptions } from '../operating/role-process.ts';
import { readTextFile } from '../text-file.ts';
import { countUpTo, type HostAndPort, readAddress, readAmendments, readCounts, readPort } from './arguments.ts';
import { required } from './configuration.ts';

export const amendmentsOption = (): Option =>
  new Option('--amendments <list>', 'all, none, or names separated by commas')
    .argParser(readAmendments)
    .default(allAmendments, 'all');

export const bindOption = (otherwise: HostAndPort, text: string): Option =>
  new Option('--bind <address>', 'where it listens, HOST:PORT').argParser(readAddress).default(otherwise, text);

export const connectionsOption = (): Option =>
  new Option('--connections-max <count>', 'how many connections at once; strangers make room').argParser(
    countUpTo(1e6),
  );

/** `known`: by name, what the role limits. */
export const limitsOption = (known: readonly string[]): Option =>
  new Option('--limits <list>', `as requestsPerSecond=100,connectionsPerPeer=50: ${known.join(', ')}`).argParser(
    (text) => readCounts(text, known),
  );

/** How this command is called from where it was started: in a checkout, by npm. */
export const capif = () => (process.env.npm_lifecycle_event === 'capif' ? 'npm run -s capif --' : 'capif');

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
    .option('--core <address>', 'where the core is, HOST:PORT', readAddress)
    .option('--ca <file>', 'the certificate of the core’s authority, PEM')
    .option('--core-name <name>', 'the name in the core’s certificate, if that is not its host')
    .option('--core-pin <sha256>', 'accept this very certificate of the core, whatever its name');
}

export function coreAddressOf(command: Command, { core, ca, coreName, corePin }: CoreOptions): CoreAddress {
  return {
    ...required(command, core, 'core'),
    ca: readCertificate(command, 'ca', required(command, ca, 'ca')),
    ...(coreName !== undefined && { serverName: coreName }),
    ...(corePin !== undefined && { identity: { sha256: corePin } }),
  };
}

/** The text of the file that an option names; where it cannot be read, wrong usage. */
export function readFile(command: Command, name: string, file: string): string {
  const read = readTextFile(file);
  return read.outcome === 'read' ? read.text.trim() : command.error(`error: ${flagOf(command, name)}: ${read.because}`);
}

/** Certificates in PEM. */
export function readCertificate(command: Command, name: string, file: string): string {
  const pem = readFile(command, name, file);
  try {
    new X509Certificate(pem);
    return pem;
  } catch {
    return command.error(`error: ${flagOf(command, name)}: ${file} is not a certificate in PEM`);
  }
}

const flagOf = (command: Command, name: string) => command.options.find((one) => one.attributeName() === name)?.long;

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
