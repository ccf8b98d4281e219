/**
 * Replays a scenario in the model: blocks of an action, `----`, and what is then observed. A counterexample has the same form.
 *
 * After each transition the state is made canonical, as in the checker: the numbers of credentials and revisions in an
 * action are ranks among those in use, so the same credential may have a smaller number later.
 */

import type { Effect } from '../../machines/effects.ts';
import { stateName } from '../../machines/steps/step.ts';
import type { Transition } from '../model/rule.ts';
import { type CapifSystem, compose } from '../model/rules/composition.ts';
import type { Configuration } from '../model/setting.ts';
import { type Part, parts, type State, variables } from '../model/state.ts';
import { canonical } from '../model/symmetry.ts';
import { headerOf, readHeader } from './scenario-header.ts';

export const separator = '----';
/** Not an action: what follows is repeated for ever. */
const loopMark = 'loop';

export type ReplayedTransition = { transition: Transition; before: State; after: State };
export type ReplayedRun = {
  outcome: 'played';
  /** The scenario with everything that is observed. */
  text: string;
  configuration: Configuration;
  transitions: ReplayedTransition[];
  /** The number of transitions before the loop, if there is one. */
  loopAt: number | undefined;
  last: State;
};
type Unplayable = { outcome: 'unplayable'; line: number; because: string };

type Block = { line: number; comments: string[]; command: string | undefined; rest: string[] };

/** `composeModel`: for a scenario of mutants, or of a model that is already composed. */
export function replay(
  text: string,
  composeModel: (configuration: Configuration) => CapifSystem = compose,
): ReplayedRun | Unplayable {
  const blocks = blocksOf(text);
  const [opening, ...others] = blocks.filter(({ command }) => command !== undefined);
  const unplayable = ({ line, comments }: Block, because: string): Unplayable => ({
    outcome: 'unplayable',
    line: line + comments.length,
    because,
  });
  if (!opening) return { outcome: 'unplayable', line: 1, because: 'the file has no "begin setting=NAME amendments=…"' };
  const begun = readHeader(opening.command!);
  if (begun.outcome === 'malformed') return unplayable(opening, begun.because);

  const model = composeModel(begun.configuration);
  let at = canonical(model.initial[0]);
  const transitions: ReplayedTransition[] = [];
  let loopAt: number | undefined;
  const shown = new Map([
    [opening, [headerOf(begun.configuration), separator, ...parts.map((part) => stateLine(part, at))]],
  ]);
  for (const block of [opening, ...others]) {
    const { command, rest } = block;
    if (rest.length > 0 && rest[0] !== separator)
      return unplayable(block, `"${command}" is followed by "${rest[0]}", not by ${separator}`);
    if (block === opening) continue;
    if (command === loopMark) {
      if (loopAt !== undefined) return unplayable(block, 'there is a second loop, and a run has at most one');
      loopAt = transitions.length;
      shown.set(block, [loopMark, separator]);
      continue;
    }
    const transition = enabledAt(model, at).find(({ action }) => action === command);
    if (!transition) return unplayable(block, impossible(command!, model, at));
    const after = canonical({ ...at, ...transition.after });
    transitions.push({ transition, before: at, after });
    shown.set(block, [transition.action, separator, ...observed(at, transition)]);
    at = after;
  }

  const trouble = loopAt === undefined ? undefined : loopTrouble(transitions, loopAt, at);
  if (trouble) return unplayable(others.at(-1)!, trouble);
  const read = blocks.map((block) => [...block.comments, ...(shown.get(block) ?? [])].join('\n'));
  return {
    outcome: 'played',
    text: `${read.join('\n\n')}\n`,
    configuration: begun.configuration,
    transitions,
    loopAt,
    last: at,
  };
}

function loopTrouble(transitions: readonly ReplayedTransition[], loopAt: number, last: State): string | undefined {
  const start = transitions[loopAt]?.before;
  if (!start) return `nothing happens after "${loopMark}"`;
  const differ = differences(start, last);
  return differ.length === 0
    ? undefined
    : `the loop does not come back to where it began: ${differ.join(', ')} ${differ.length === 1 ? 'differs' : 'differ'}`;
}

/** Empty lines separate blocks; in a block, comments come first. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  const all = [...text.split(/\r?\n/).map((line) => line.trimEnd()), ''];
  for (const [n, line] of all.entries()) {
    if (line !== '') lines.push(line);
    else if (lines.length > 0) {
      const comments = lines.filter((one) => one.startsWith('#'));
      const [command, ...rest] = lines.filter((one) => !one.startsWith('#'));
      blocks.push({ line: n + 1 - lines.length, comments, command, rest });
      lines = [];
    }
  }
  return blocks;
}

const enabledAt = ({ rules }: CapifSystem, state: State): Transition[] => rules.flatMap((one) => one.enabled(state));

function impossible(command: string, model: CapifSystem, state: State): string {
  const can = [...new Set(enabledAt(model, state).map(({ action }) => action))];
  return `"${command}" cannot happen here; these can: ${can.join(', ') || 'nothing'}`;
}

/** The variables in which two states differ. */
export const differences = (one: State, other: State): string[] =>
  variables.filter((variable) => JSON.stringify(one[variable]) !== JSON.stringify(other[variable]));

/** The lines below a transition: each step, and the effects that others notice. */
function observed(before: State, transition: Transition): string[] {
  const restarts = restarted(before, transition).map((part) =>
    stepLine(part, before[part].value, transition.after[part]!.value),
  );
  const steps = transition.steps.flatMap(({ part, before: from, after: to, effects }) => [
    stepLine(part, from.value, to.value),
    ...effects.flatMap(effectLines),
  ]);
  return [...restarts, ...steps];
}

/** The machines whose state a transition changes without a step of theirs. */
export const restarted = (before: State, { steps, after }: Transition): Part[] =>
  parts.filter((part) => after[part] && after[part] !== before[part] && steps.every((step) => step.part !== part));

const stateLine = (part: Part, state: State): string => `${part} ${stateName(state[part].value)}`;

function stepLine(part: Part, before: unknown, after: unknown): string {
  const [from, to] = [stateName(before), stateName(after)];
  return from === to ? `${part} ${to}` : `${part} ${from} -> ${to}`;
}

/** Messages, connections and reports. An event that one machine tells another shows in the step that follows. */
function effectLines(effect: Effect): string[] {
  switch (effect.type) {
    case 'send': {
      const { type, ...details } = effect.message;
      return [`  ${type} to ${effect.to}${detailsText(details)}`];
    }
    case 'openTls': {
      const { type: _, to, ...details } = effect;
      return [`  TLS to ${to}${detailsText(details)}`];
    }
    case 'report':
      return [`  report ${effect.outcome}: ${effect.because}`];
    default:
      return [];
  }
}

const detailsText = (details: object): string => (Object.keys(details).length > 0 ? ` ${JSON.stringify(details)}` : '');
