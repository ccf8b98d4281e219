/**
 * One of several services of an AEF, as a setting: `api=sms upstream=http://127.0.0.1:8081 methods=PKI,OAUTH port=8444
 * aef=north`. Where a text has more than one, semicolons separate them, so that a variable of the environment can have all.
 */
import { InvalidArgumentError } from 'commander';
import type { SecurityMethod } from '../../../machines/vocabulary.ts';
import { identifier } from '../../wire/paths.ts';
import { type HostAndPort, readAddress, readMethods, readNames, readPort } from '../arguments.ts';

/** `api` is always there. */
export type ServiceSetting = {
  api: string;
  name?: string;
  aef?: string;
  upstream?: URL;
  methods?: SecurityMethod[];
  host?: string;
  port?: number;
  published?: HostAndPort;
};

const members: { [Member in keyof ServiceSetting]-?: (text: string) => ServiceSetting[Member] } = {
  api: readName,
  name: readName,
  aef: readName,
  upstream: readUrl,
  methods: readMethods,
  host: (text) => readNames(text)[0]!,
  port: readPort,
  published: readAddress,
};

const example = '"api=sms upstream=http://127.0.0.1:8081 methods=PKI,OAUTH port=8444"';

/** Adds to those `before`. */
export function readServices(text: string, before: readonly ServiceSetting[] | undefined): ServiceSetting[] {
  const added = text
    .split(';')
    .filter((one) => one.trim() !== '')
    .map(readService);
  if (added.length === 0) throw new InvalidArgumentError(`It must be a service, as in ${example}.`);
  return [...(before ?? []), ...added];
}

function readService(text: string): ServiceSetting {
  const read = new Map<string, unknown>();
  for (const word of text.trim().split(/\s+/)) {
    const [, member = word, value] = /^([^=]*)=(.*)$/.exec(word) ?? [];
    if (value === undefined || !Object.hasOwn(members, member))
      throw new InvalidArgumentError(`"${word}" is none of ${Object.keys(members).join('=, ')}=, as in ${example}.`);
    if (read.has(member)) throw new InvalidArgumentError(`"${member}" is there twice, in "${text.trim()}".`);
    read.set(member, readMember(member as keyof ServiceSetting, value));
  }
  if (!read.has('api')) throw new InvalidArgumentError(`"${text.trim()}" has no API: it must be as in ${example}.`);
  return Object.fromEntries(read) as ServiceSetting;
}

function readMember(member: keyof ServiceSetting, value: string): unknown {
  try {
    return members[member](value);
  } catch (error) {
    throw new InvalidArgumentError(`${member}: ${(error as Error).message}`);
  }
}

function readName(text: string): string {
  const read = identifier.safeParse(text);
  if (read.success) return read.data;
  throw new InvalidArgumentError(`"${text}" must be 1 to 64 letters, digits, dots, underscores or hyphens.`);
}

export function readUrl(text: string): URL {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw new InvalidArgumentError('It must be a URL, as in http://127.0.0.1:8080.');
}
