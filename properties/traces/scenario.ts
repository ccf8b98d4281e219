/**
 * Plays a scenario: blocks of a move, `----`, and what was seen. A counterexample is the same text, and so is a replay.
 *
 * Worlds are renamed after each move, as the explorer does: the numbers of credentials and revisions in a move's words
 * are ranks among those in use, so a number may be smaller the next time it is met.
 */

import type { Effect } from '../../machines/effects.ts';
import { stateName } from '../../machines/state-name.ts';
import type { Transition } from '../model/rule.ts';
import { type CapifSystem, compose } from '../model/rules/composition.ts';
import type { Configuration } from '../model/setting.ts';
import { type Part, parts, type State, variables } from '../model/state.ts';
import { canonical } from '../model/symmetry.ts';
import { beginWords, readBegin } from './scenario-header.ts';

export const separator = '----';
/** Not a move: here begins what is repeated for ever. */
export const loopMark = 'loop';

export type PlayedTransition = { transition: Transition; before: State; after: State };
export type Played = {
  outcome: 'played';
  /** The file as it should read. */
  text: string;
  configuration: Configuration;
  transitions: PlayedTransition[];
  /** How many moves come before the loop, if there is one. */
  loopAt: number | undefined;
  last: State;
};
export type Unplayable = { outcome: 'unplayable'; line: number; because: string };

type Block = { line: number; comments: string[]; command: string | undefined; rest: string[] };

/** Plays every block and returns the file as it should read. Compare, or accept. */
export function play(text: string): string {
  const replayed = replay(text);
  if (replayed.outcome === 'unplayable') throw new Error(`line ${replayed.line}: ${replayed.because}`);
  return replayed.text;
}

/** `composeWorld` stands in where machines are mutants. */
export function replay(
  text: string,
  composeWorld: (configuration: Configuration) => CapifSystem = compose,
): Played | Unplayable {
  const blocks = blocksOf(text);
  const [opening, ...others] = blocks.filter(({ command }) => command !== undefined);
  const unplayable = ({ line, comments }: Block, because: string): Unplayable => ({
    outcome: 'unplayable',
    line: line + comments.length,
    because,
  });
  if (!opening)
    return { outcome: 'unplayable', line: 1, because: 'there is no "begin setting=NAME amendments=…" in it' };
  const begun = readBegin(opening.command!);
  if (begun.outcome === 'malformed') return unplayable(opening, begun.because);

  const model = composeWorld(begun.configuration);
  let at = canonical(model.initial[0]);
  const transitions: PlayedTransition[] = [];
  let loopAt: number | undefined;
  const shown = new Map([
    [opening, [beginWords(begun.configuration), separator, ...parts.map((part) => standing(part, at))]],
  ]);
  for (const block of [opening, ...others]) {
    const { command, rest } = block;
    if (rest.length > 0 && rest[0] !== separator)
      return unplayable(block, `"${command}" is followed by "${rest[0]}", not by ${separator}`);
    if (block === opening) continue;
    if (command === loopMark) {
      if (loopAt !== undefined) return unplayable(block, 'a second loop: a run has one at most');
      loopAt = transitions.length;
      shown.set(block, [loopMark, separator]);
      continue;
    }
    const move = enabledAt(model, at).find(({ action }) => action === command);
    if (!move) return unplayable(block, impossible(command!, model, at));
    const after = canonical({ ...at, ...move.after });
    transitions.push({ transition: move, before: at, after });
    shown.set(block, [move.action, separator, ...seen(at, move)]);
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

function loopTrouble(transitions: readonly PlayedTransition[], loopAt: number, last: State): string | undefined {
  const start = transitions[loopAt]?.before;
  if (!start) return `nothing happens after "${loopMark}"`;
  const differ = differences(start, last);
  return differ.length === 0
    ? undefined
    : `the loop does not come back to where it began: ${differ.join(', ')} ${differ.length === 1 ? 'differs' : 'differ'}`;
}

/** Blocks have empty lines between them; in a block, comments come first. */
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

export const enabledAt = ({ rules }: CapifSystem, state: State): Transition[] =>
  rules.flatMap((one) => one.enabled(state));

function impossible(command: string, model: CapifSystem, state: State): string {
  const can = [...new Set(enabledAt(model, state).map(({ action }) => action))];
  return `"${command}" cannot happen here; these can: ${can.join(', ') || 'nothing'}`;
}

/** The slots in which two worlds differ. */
export const differences = (one: State, other: State): string[] =>
  variables.filter((variable) => JSON.stringify(one[variable]) !== JSON.stringify(other[variable]));

/** What there is to see of a move: each step, and what it asked for. */
function seen(before: State, transition: Transition): string[] {
  const restarts = restarted(before, transition).map((part) =>
    change(part, before[part].value, transition.after[part]!.value),
  );
  const steps = transition.steps.flatMap(({ part, before: from, after: to, effects }) => [
    change(part, from.value, to.value),
    ...effects.flatMap(asked),
  ]);
  return [...restarts, ...steps];
}

/** Parts that are elsewhere without having taken a step there. */
export const restarted = (before: State, { steps, after }: Transition): Part[] =>
  parts.filter((part) => after[part] && after[part] !== before[part] && steps.every((step) => step.part !== part));

const standing = (part: Part, state: State): string => `${part} ${stateName(state[part].value)}`;

function change(part: Part, before: unknown, after: unknown): string {
  const [from, to] = [stateName(before), stateName(after)];
  return from === to ? `${part} ${to}` : `${part} ${from} -> ${to}`;
}

/** Messages, connections and reports. What is told within a party shows in the step that it leads to. */
function asked(effect: Effect): string[] {
  switch (effect.type) {
    case 'send': {
      const { type, ...details } = effect.message;
      return [`  ${type} to ${effect.to}${written(details)}`];
    }
    case 'openTls': {
      const { type: _, to, ...details } = effect;
      return [`  TLS to ${to}${written(details)}`];
    }
    case 'report':
      return [`  report ${effect.outcome}: ${effect.because}`];
    default:
      return [];
  }
}

const written = (details: object): string => (Object.keys(details).length > 0 ? ` ${JSON.stringify(details)}` : '');
