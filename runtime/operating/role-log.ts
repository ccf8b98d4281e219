/** The log of a role that runs as a process: one line for each message that it saw, and for each error. No secret is in it. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { stateName } from '../../machines/steps/step.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
export const logFormats = ['text', 'json'] as const;

export type RoleLog = {
  say(level: Exclude<LogLevel, 'silent'>, text: string, more?: object): void;
  /** A step of a machine: `info` if it was for a message, `debug` otherwise. */
  step(line: TraceLine): void;
};

type RoleLogOptions = {
  role: string;
  level: LogLevel;
  format: (typeof logFormats)[number];
  /** By default standard error. */
  output?: NodeJS.WritableStream;
};

export function roleLog({ role, level, format, output = process.stderr }: RoleLogOptions): RoleLog {
  const destination = format === 'json' ? output : asText(output);
  const logger = pino(
    {
      base: { role },
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination as Writable,
  );
  return {
    say: (at, text, more = {}) => logger[at](more, text),
    step({ role: machine, instance, event, state, unexpected, facts }) {
      const more = { machine, instance, state: stateName(state), ...facts };
      if (unexpected) return logger.warn(more, `unexpected ${event.type}`);
      logger[facts ? 'info' : 'debug'](more, event.type);
    },
  };
}

type Entry = { time: string; level: string; role: string; msg: string } & Record<string, unknown>;

/** `12:34:56.789 info  core  SecurityMethodRequest  from=…` */
const asText = (output: NodeJS.WritableStream): Writable =>
  new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      const { time, level, role, msg, ...more } = JSON.parse(text) as Entry;
      const details = Object.entries(more).map(([name, value]) => `${name}=${valueText(value)}`);
      output.write(`${time.slice(11, 23)} ${level.padEnd(5)} ${role}  ${[msg, ...details].join('  ')}\n`);
      done();
    },
  });

const valueText = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /\s/.test(text) ? JSON.stringify(text) : text;
};
