/** What `capif walk --over tls` says: how much was compared, or the short story of a difference. */
import { allAmendments } from '../../machines/vocabulary.ts';
import type { Configuration } from '../model/setting.ts';
import { type SampleOptions, walkSettings } from '../random-walk/walk.ts';
import { defaults, type SampleOverTls, scenarioOf } from './walk-over-tls.ts';

export function report(
  configuration: Configuration,
  options: SampleOptions,
  { failure, ...sampled }: SampleOverTls,
): string[] {
  const { runs, moves, steps, seconds, seed } = sampled;
  const compared = `${steps} steps of the real roles in ${moves} moves are those of the model`;
  const line = [
    `${configuration.name} over TLS, ${nameOf(configuration)}: ${runs} ${runs === 1 ? 'walk' : 'walks'}`,
    compared,
    `${seconds.toFixed(1)} s`,
    `seed ${seed}`,
  ].join(', ');
  if (!failure) return [line];
  return [
    line,
    `  DIFFERS  ${failure.because}`,
    `           ${failure.story.join(' / ')}`,
    `  again: ${again(configuration, options, seed)}`,
    `  after ${failure.shrinks} shrinks, this story alone: --path ${failure.path}`,
  ];
}

export function asJson(
  configuration: Configuration,
  options: SampleOptions,
  { failure, rules, ...sampled }: SampleOverTls,
) {
  return {
    schema: 1,
    setting: configuration.name,
    over: 'tls',
    amendments: configuration.amendments,
    evidence: 'sampled',
    verdict: failure ? 'differs' : 'agrees',
    length: options.length ?? defaults.length,
    ...sampled,
    rules: Object.fromEntries([...rules].sort()),
    ...(failure && {
      failure: {
        because: failure.because,
        moves: failure.story,
        shrinks: failure.shrinks,
        path: failure.path,
        again: again(configuration, options, sampled.seed),
        scenario: scenarioOf(configuration, failure.story),
      },
    }),
  };
}

const isAmended = ({ amendments }: Configuration): boolean => allAmendments.every((one) => amendments.includes(one));

function nameOf(configuration: Configuration): string {
  if (configuration.amendments.length === 0) return 'as written';
  return isAmended(configuration) ? 'all amendments' : configuration.amendments.join(', ');
}

/** The command that makes the same walks, with what is not said by default. */
function again(
  configuration: Configuration,
  { runs = defaults.runs, length = defaults.length }: SampleOptions,
  seed: number,
): string {
  const said = [
    ...(configuration.name === walkSettings[0]!.name ? [] : [`--setting ${configuration.name}`]),
    ...(isAmended(configuration) ? [] : [`--amendments ${configuration.amendments.join(',') || 'none'}`]),
    ...(runs === defaults.runs ? [] : [`--runs ${runs}`]),
    ...(length === defaults.length ? [] : [`--length ${length}`]),
  ];
  return ['capif walk --over tls', ...said, `--seed ${seed}`].join(' ');
}
