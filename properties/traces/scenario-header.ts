/** The header of a scenario: `begin setting=NAME amendments=all|none|LIST`, and the bounds that differ from that setting. */
import { allAmendments, parseAmendments, type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';
import {
  type Configuration,
  type Notifications,
  notificationKinds,
  type Setting,
  settings,
  type Times,
} from '../model/setting.ts';
import { amendmentsArgument } from './amendment-text.ts';

type Header = { outcome: 'read'; configuration: Configuration } | { outcome: 'malformed'; because: string };

type Changeable = Omit<Setting, 'name' | 'about'>;
/** How a bound of a setting is read and written, and what it must be. Reading gives undefined if it is something else. */
type Field<T> = { read(text: string): T | undefined; write(value: T): string; is: string };

const methods: Field<readonly SecurityMethod[]> = {
  read(text) {
    const names = text.split(',') as SecurityMethod[];
    return names.every((name, n) => securityMethods.includes(name) && names.indexOf(name) === n) ? names : undefined;
  },
  write: (names) => names.join(','),
  is: `a list of ${securityMethods.join(',')}`,
};
/** The methods of an AEF have no order: equal sets must be equal values. */
const methodSet: Field<readonly SecurityMethod[]> = {
  ...methods,
  read(text) {
    const names = methods.read(text);
    return names && securityMethods.filter((method) => names.includes(method));
  },
};
/** As `methodSets`; a service that is withdrawn has none. */
const offers: Field<readonly (readonly SecurityMethod[])[]> = {
  read(text) {
    const sets = text.split('/').map((set) => (set === 'none' ? [] : methodSet.read(set)));
    return text === 'nothing' ? [] : sets.every((set) => set !== undefined) ? sets : undefined;
  },
  write: (sets) => sets.map((set) => methods.write(set) || 'none').join('/') || 'nothing',
  is: 'a list of method sets or none, separated by /; or nothing',
};
const methodSets: Field<readonly (readonly SecurityMethod[])[]> = {
  read(text) {
    const sets = text.split('/').map(methodSet.read);
    return sets.every((set) => set !== undefined) ? sets : undefined;
  },
  write: (sets) => sets.map(methods.write).join('/'),
  is: 'a list of method sets, separated by /',
};
const times: Field<Times> = {
  read: (text) => (text === 'always' ? text : /^\d{1,3}$/.test(text) ? Number(text) : undefined),
  write: String,
  is: 'a whole number, or always',
};
const yes: Field<boolean> = {
  read: (text) => (text === 'yes' ? true : text === 'no' ? false : undefined),
  write: (value) => (value ? 'yes' : 'no'),
  is: 'yes or no',
};
/** A header has no spaces within a value. */
const notifications: Field<Notifications> = {
  read: (text) => notificationKinds.find((kind) => notifications.write(kind) === text),
  write: (kind) => kind.replaceAll(' ', '-'),
  is: notificationKinds.map((kind) => kind.replaceAll(' ', '-')).join(', '),
};
const attempts: Field<number> = {
  read: (text) => (/^[1-9]\d?$/.test(text) ? Number(text) : undefined),
  write: String,
  is: 'a whole number from 1 to 99',
};
const oneOrTwo: Field<1 | 2> = {
  read: (text) => (text === '1' ? 1 : text === '2' ? 2 : undefined),
  write: String,
  is: '1 or 2',
};
const fields: { [K in keyof Changeable]: Field<Changeable[K]> } = {
  supported: methods,
  first: methodSet,
  changesTo: methodSets,
  changes: times,
  otherServices: times,
  othersOffer: offers,
  withdrawals: times,
  cuts: times,
  lateRequests: yes,
  repetitions: times,
  forgeries: times,
  expiries: times,
  restarts: times,
  revocations: times,
  offboardings: times,
  notifications,
  attemptsMax: attempts,
  invocations: oneOrTwo,
};
const changeable = Object.keys(fields) as (keyof Changeable)[];

export function readHeader(command: string): Header {
  const malformed = (because: string): Header => ({ outcome: 'malformed', because });
  const [begin, ...parts] = command.split(/\s+/);
  if (begin !== 'begin')
    return malformed(`a scenario begins with "begin setting=NAME amendments=…", not with "${command}"`);

  const given = new Map<string, string>();
  for (const part of parts) {
    const [name = '', ...rest] = part.split('=');
    const text = rest.join('=');
    if (text === '') return malformed(`"${part}" is not of the form name=value`);
    if (given.has(name)) return malformed(`"${name}" is given twice`);
    given.set(name, text);
  }
  const setting = settings.find(({ name }) => name === given.get('setting'));
  const names = settings.map(({ name }) => name).join(', ');
  if (!setting) return malformed(`setting=${given.get('setting') ?? ''} is not one of ${names}`);
  const amended = parseAmendments(given.get('amendments') ?? '');
  if (!amended) {
    return malformed(
      `amendments=${given.get('amendments') ?? ''} is not all, none, or a list of ${allAmendments.join(', ')}`,
    );
  }
  given.delete('setting');
  given.delete('amendments');

  const changes: Record<string, unknown> = {};
  for (const [name, text] of given) {
    if (!Object.hasOwn(fields, name)) return malformed(`"${name}" is not one of ${changeable.join(', ')}`);
    const field = fields[name as keyof Changeable];
    const value = field.read(text);
    if (value === undefined) return malformed(`${name}=${text} is not ${field.is}`);
    changes[name] = value;
  }
  return { outcome: 'read', configuration: { ...setting, ...changes, amendments: amended } };
}

/** The header of this configuration: the name of its setting, and the bounds that differ from that setting. */
export function headerOf(configuration: Configuration): string {
  const setting = settings.find(({ name }) => name === configuration.name);
  if (!setting) throw new RangeError(`"${configuration.name}" is not the name of a setting`);
  const changes = changeable.flatMap((name) => {
    const write = fields[name].write as (value: unknown) => string;
    return write(configuration[name]) === write(setting[name]) ? [] : [`${name}=${write(configuration[name])}`];
  });
  return [
    'begin',
    `setting=${configuration.name}`,
    `amendments=${amendmentsArgument(configuration.amendments)}`,
    ...changes,
  ].join(' ');
}
