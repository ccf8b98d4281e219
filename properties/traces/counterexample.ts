/** A run that shows something about a sentence, written as a scenario: to be read, kept, and played again. */

import { actionsOf } from '../checker/actions-of-run.ts';
import type { Verdict } from '../checker/verdicts.ts';
import type { Verification } from '../checker/verify.ts';
import type { Configuration } from '../model/setting.ts';
import type { CapifModel } from '../requirements/all-properties.ts';
import type { Property } from '../requirements/property.ts';
import { type Played, replay, separator } from './scenario.ts';
import { beginWords } from './scenario-header.ts';

/** `world`: what was verified. Refuses a verdict that has no run: a sentence that holds has none, unless it is of what can happen. */
export function counterexample(
  verification: Verification<CapifModel>,
  verdict: Verdict<Property>,
  configuration: Configuration,
): string {
  return replayed(verification, verdict, configuration).text;
}

/** The same, played: for charts, and for those who want the worlds. */
export function replayed(
  verification: Verification<CapifModel>,
  { property, holds, run }: Verdict<Property>,
  configuration: Configuration,
): Played {
  if (!run) throw new RangeError(`there is no run that shows anything about "${property.statement}"`);
  const { stem, loop } = run;
  const blocks = [
    beginWords(configuration),
    ...actionsOf(verification, stem),
    ...(loop.length > 0 ? ['loop', ...actionsOf(verification, loop)] : []),
  ].map((command) => `${command}\n${separator}`);
  const header = [
    `# ${property.clause}: ${property.statement}`,
    `# ${explanation(holds, stem.length, loop.length)}`,
    '# Numbers of credentials and revisions are ranks among those in use.',
  ];
  const played = replay([...header, ...blocks].join('\n\n').replaceAll('\n\n#', '\n#'), () => verification.model);
  if (played.outcome === 'unplayable') throw new Error(`the run cannot be played: ${played.because}`);
  return played;
}

function explanation(holds: boolean, stem: number, loop: number): string {
  const moves = (count: number) => `${count} ${count === 1 ? 'move' : 'moves'}`;
  if (holds) return `This happens, after ${moves(stem)}.`;
  if (loop === 0) return `Not so, after ${moves(stem)}.`;
  return `Not so: after ${moves(stem)} comes a loop of ${moves(loop)} that can go on for ever, and is fair.`;
}
