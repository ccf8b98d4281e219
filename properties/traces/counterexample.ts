/** A run that violates a property, or shows what can happen, written as a scenario that can be read, kept and replayed. */

import { actionsOf } from '../checker/actions-of-run.ts';
import type { Verdict } from '../checker/verdicts.ts';
import type { Verification } from '../checker/verify.ts';
import type { Configuration } from '../model/setting.ts';
import type { CapifModel } from '../requirements/all-properties.ts';
import type { Property } from '../requirements/property.ts';
import { type ReplayedRun, replay, separator } from './scenario.ts';
import { headerOf } from './scenario-header.ts';

/** `configuration`: the one that was verified. Throws if the verdict has no run: only a failure or a `sometimes` has one. */
export function counterexample(
  verification: Verification<CapifModel>,
  verdict: Verdict<Property>,
  configuration: Configuration,
): string {
  return replayedCounterexample(verification, verdict, configuration).text;
}

/** The same as a replayed run, with its states. */
export function replayedCounterexample(
  verification: Verification<CapifModel>,
  { property, holds, run }: Verdict<Property>,
  configuration: Configuration,
): ReplayedRun {
  if (!run) throw new RangeError(`there is no run for "${property.statement}"`);
  const { stem, loop } = run;
  const blocks = [
    headerOf(configuration),
    ...actionsOf(verification, stem),
    ...(loop.length > 0 ? ['loop', ...actionsOf(verification, loop)] : []),
  ].map((command) => `${command}\n${separator}`);
  const header = [
    `# ${property.clause}: ${property.statement}`,
    `# ${explanation(holds, stem.length, loop.length)}`,
    '# Numbers of credentials and revisions are ranks among those in use.',
  ];
  const played = replay([...header, ...blocks].join('\n\n').replaceAll('\n\n#', '\n#'), () => verification.model);
  if (played.outcome === 'unplayable') throw new Error(`the run cannot be replayed: ${played.because}`);
  return played;
}

function explanation(holds: boolean, stem: number, loop: number): string {
  const transitions = (count: number) => `${count} ${count === 1 ? 'transition' : 'transitions'}`;
  if (holds) return `This happens after ${transitions(stem)}.`;
  if (loop === 0) return `This fails after ${transitions(stem)}.`;
  return `This fails: after ${transitions(stem)}, a fair loop of ${transitions(loop)} can go on for ever.`;
}
