/** How a walk is repeated: as a command line, and as a scenario. */
import { type Configuration, settings } from '../model/setting.ts';
import { amendmentsArgument } from '../traces/amendment-text.ts';
import { separator } from '../traces/scenario.ts';
import { headerOf } from '../traces/scenario-header.ts';
import { type SampleOptions, walkSettings } from './walk.ts';

/** The command that repeats the same walks, with the options that differ from their defaults. */
export function again(
  command: string,
  { name, amendments }: Configuration,
  defaults: { runs: number; length: number },
  { runs = defaults.runs, length = defaults.length, seed }: SampleOptions & { seed: number },
): string {
  const list = amendmentsArgument(amendments);
  return [
    command,
    ...(name === walkSettings[0]!.name ? [] : [`--setting ${name}`]),
    ...(list === 'all' ? [] : [`--amendments ${list}`]),
    ...(runs === defaults.runs ? [] : [`--runs ${runs}`]),
    ...(length === defaults.length ? [] : [`--length ${length}`]),
    `--seed ${seed}`,
  ].join(' ');
}

/** A scenario for `capif play`: its header names a setting that scenarios know, and the bounds that differ from it. */
export function scenarioOf(configuration: Configuration, actions: readonly string[]): string {
  const header = headerOf({ ...configuration, name: settings[0]!.name });
  return [header, ...actions].map((command) => `${command}\n${separator}\n`).join('\n');
}
