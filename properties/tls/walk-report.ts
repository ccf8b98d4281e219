/** The report of `capif walk --over tls`: how much was compared, or the short run that differs. */
import type { Configuration } from '../model/setting.ts';
import { again, scenarioOf } from '../random-walk/again.ts';
import type { SampleOptions } from '../random-walk/walk.ts';
import { amendmentsText } from '../traces/amendment-text.ts';
import { defaults, type SampleOverTls } from './walk-over-tls.ts';

const command = 'capif walk --over tls';

export function report(
  configuration: Configuration,
  options: SampleOptions,
  { failure, ...sampled }: SampleOverTls,
): string[] {
  const { runs, transitions, steps, seconds, seed } = sampled;
  const line = [
    `${configuration.name} over TLS, ${amendmentsText(configuration.amendments)}: ${runs} ${runs === 1 ? 'walk' : 'walks'}`,
    `${transitions} transitions`,
    `${seconds.toFixed(1)} s`,
    `seed ${seed}`,
  ].join(', ');
  if (!failure) {
    const cut = sampled.partial ? ['PARTIAL: ended by Ctrl-C; the walks that were not taken could differ.'] : [];
    return [line, `  all ${steps} steps of the real roles are those of the model`, ...cut];
  }
  return [
    line,
    `  DIFFERS  ${failure.because}`,
    `           ${failure.actions.join(' / ')}`,
    `  again: ${again(command, configuration, defaults, { ...options, seed })}`,
    `  this walk alone, found by ${failure.shrinks} shrinks: --path ${failure.path}`,
  ];
}

export function asJson(
  configuration: Configuration,
  options: SampleOptions,
  { failure, rules, transitions: moves, ...sampled }: SampleOverTls,
) {
  return {
    schema: 1,
    setting: configuration.name,
    over: 'tls',
    amendments: configuration.amendments,
    evidence: 'sampled',
    verdict: failure ? 'differs' : sampled.partial ? 'no difference so far' : 'agrees',
    length: options.length ?? defaults.length,
    moves,
    ...sampled,
    rules: Object.fromEntries([...rules].sort()),
    ...(failure && {
      failure: {
        because: failure.because,
        moves: failure.actions,
        shrinks: failure.shrinks,
        path: failure.path,
        again: again(command, configuration, defaults, { ...options, seed: sampled.seed }),
        scenario: scenarioOf(configuration, failure.actions),
      },
    }),
  };
}
