/**
 * The settings of a role: from its flags, else from a configuration file, else from the environment, under the same names.
 * `--operator-port 1` is `"operatorPort": 1` in the file, and `CAPIF_CORE_OPERATOR_PORT=1` for `capif core`. The commands
 * below it, as `capif core token list`, have these settings too.
 */
import { type Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { readTextFile } from '../text-file.ts';
import { addressText, isAddress } from './arguments.ts';

const secret = /(secret|token|key)$/i;

/** Call it after the last option. Adds `--config` and `--print-config`. */
export function configurable(command: Command): Command {
  const prefix = `CAPIF_${command.name().toUpperCase()}_`;
  command.addOption(new Option('--config <file>', 'settings in JSON, by the names of the options'));
  for (const option of command.options) option.env(prefix + snakeCase(option.attributeName()));
  return command
    .addOption(new Option('--print-config', 'print the settings that are in force, and where each comes from'))
    .hook('preAction', (configured) => {
      applyEnvironment(configured);
      const { config, printConfig } = configured.opts() as { config?: string; printConfig?: true };
      if (config !== undefined) applyFile(configured, config);
      if (!printConfig) return;
      console.log(JSON.stringify(inForce(configured), undefined, 2));
      throw new CommanderError(0, 'capif.printed', '');
    });
}

/** The value of an option without which the command can do nothing. */
export function required<T>(command: Command, value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  const option = command.options.find((one) => one.attributeName() === name)!;
  const ways = `"${name}" in the file of --config, or the variable ${option.envVar}`;
  return command.error(`error: ${option.flags} is missing (${option.description}): give it, or ${ways}`);
}

/** Commander reads only the variables of options that had them when they were added. */
function applyEnvironment(command: Command): void {
  for (const option of command.options) {
    const text = option.envVar === undefined ? undefined : process.env[option.envVar];
    if (text === undefined || command.getOptionValueSource(option.attributeName()) === 'cli') continue;
    const value = option.isBoolean() && /^(true|false)$/.test(text) ? text === 'true' : text;
    apply(command, option, value, 'env', (because) => command.error(`error: ${option.envVar}: ${because}`));
  }
}

function applyFile(command: Command, file: string): void {
  const wrong = (because: string) => command.error(`error: ${file}: ${because}`);
  const settings = settingsIn(file, wrong);
  const options = command.options.filter(
    (option) => option.attributeName() !== 'config' && option.long !== '--print-config',
  );
  for (const [name, value] of Object.entries(settings)) {
    const option = options.find((one) => one.attributeName() === name);
    if (!option) {
      return wrong(`"${name}" is no setting; these are: ${options.map((one) => one.attributeName()).join(', ')}`);
    }
    if (command.getOptionValueSource(name) === 'cli') continue;
    apply(command, option, value, 'config', (because) => wrong(`"${name}": ${because}`));
  }
}

function apply(
  command: Command,
  option: Option,
  value: unknown,
  source: 'env' | 'config',
  wrong: (because: string) => never,
): void {
  try {
    command.setOptionValueWithSource(option.attributeName(), settingOf(option, value), source);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    wrong(error.message);
  }
}

function settingsIn(file: string, wrong: (because: string) => never): object {
  const read = readTextFile(file);
  if (read.outcome === 'unreadable') return wrong(read.because);
  try {
    const settings: unknown = JSON.parse(read.text);
    if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return settings;
  } catch (error) {
    return wrong(`not JSON: ${(error as Error).message}`);
  }
  return wrong('it must be one JSON object, as in {"methods": ["PKI"]}');
}

/** A value of the file is read as its option reads a text; a list may be written as one. */
function settingOf(option: Option, value: unknown): unknown {
  if (option.isBoolean()) {
    if (typeof value === 'boolean') return value || undefined;
    throw new InvalidArgumentError('It must be true or false.');
  }
  const texts = Array.isArray(value) ? value : [value];
  if (texts.length === 0 || texts.some((text) => typeof text !== 'string' && typeof text !== 'number'))
    throw new InvalidArgumentError('It must be a text, a number or a list of these.');
  const { parseArg = String } = option;
  if (isRepeatable(option)) return texts.reduce((before: unknown, text) => parseArg(text, before), undefined);
  return parseArg(texts.join(','), undefined);
}

/** Its reader takes what was given before. */
const isRepeatable = ({ parseArg, argChoices }: Option) => parseArg?.length === 2 && !argChoices;

/** Each setting with its value and its source; of a secret only that it is given. */
function inForce(command: Command): object {
  const settings = command.options
    .map((option) => option.attributeName())
    .filter((name) => name !== 'printConfig' && command.getOptionValue(name) !== undefined)
    .map((name) => {
      const value: unknown = command.getOptionValue(name);
      const shown = secret.test(name) ? '(given)' : textOf(value);
      return [name, { value: shown, from: sources[command.getOptionValueSource(name) ?? ''] ?? 'default' }];
    });
  return { schema: 1, command: command.name(), settings: Object.fromEntries(settings) };
}

/** The password in a URL is not shown. */
function textOf(value: unknown): unknown {
  if (!(value instanceof URL)) return isAddress(value) ? addressText(value) : value;
  if (value.password === '') return value;
  const shown = new URL(value);
  shown.password = '(given)';
  return decodeURI(shown.href);
}

const sources: Record<string, string> = { cli: 'flag', config: 'file', env: 'environment' };

const snakeCase = (camelCase: string) => camelCase.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
