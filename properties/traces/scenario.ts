/**
 * Plays a scenario: blocks of a move, `----`, and what was seen. A counterexample is the same text, and so is a replay.
 *
 * Worlds are renamed after each move, as the explorer does: the numbers of credentials and revisions in a move's words
 * are ranks among those in use, so a number may be smaller the next time it is met.
 */
import type { Effect } from '../../machines/effects.ts';
import { canonical } from '../checker/kernel/value-numbers.ts';
import { type Composition, compose, type Move } from '../model/composition.ts';
import type { World } from '../model/setting.ts';
import { type Part, parts, type Slots, slots } from '../model/state.ts';
import { beginWords, readBegin } from './scenario-header.ts';

export const rule = '----';
/** Not a move: here begins what is repeated for ever. */
export const loopMark = 'loop';

export type PlayedMove = { move: Move; before: Slots; after: Slots };
export type Played = {
  outcome: 'played';
  /** The file as it should read. */
  text: string;
  world: World;
  moves: PlayedMove[];
  /** How many moves come before the loop, if there is one. */
  loopAt: number | undefined;
  last: Slots;
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
export function replay(text: string, composeWorld: (world: World) => Composition = compose): Played | Unplayable {
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

  const composition = composeWorld(begun.world);
  let at = canonical(composition.first);
  const moves: PlayedMove[] = [];
  let loopAt: number | undefined;
  const shown = new Map([[opening, [beginWords(begun.world), rule, ...parts.map((part) => standing(part, at))]]]);
  for (const block of [opening, ...others]) {
    const { command, rest } = block;
    if (rest.length > 0 && rest[0] !== rule)
      return unplayable(block, `"${command}" is followed by "${rest[0]}", not by ${rule}`);
    if (block === opening) continue;
    if (command === loopMark) {
      if (loopAt !== undefined) return unplayable(block, 'a second loop: a run has one at most');
      loopAt = moves.length;
      shown.set(block, [loopMark, rule]);
      continue;
    }
    const move = movesAt(composition, at).find(({ words }) => words === command);
    if (!move) return unplayable(block, impossible(command!, composition, at));
    const after = canonical({ ...at, ...move.after });
    moves.push({ move, before: at, after });
    shown.set(block, [move.words, rule, ...seen(at, move)]);
    at = after;
  }

  const trouble = loopAt === undefined ? undefined : loopTrouble(moves, loopAt, at);
  if (trouble) return unplayable(others.at(-1)!, trouble);
  const read = blocks.map((block) => [...block.comments, ...(shown.get(block) ?? [])].join('\n'));
  return { outcome: 'played', text: `${read.join('\n\n')}\n`, world: begun.world, moves, loopAt, last: at };
}

function loopTrouble(moves: readonly PlayedMove[], loopAt: number, last: Slots): string | undefined {
  const start = moves[loopAt]?.before;
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

export const movesAt = ({ rules }: Composition, world: Slots): Move[] => rules.flatMap((one) => one.moves(world));

function impossible(command: string, composition: Composition, world: Slots): string {
  const can = [...new Set(movesAt(composition, world).map(({ words }) => words))];
  return `"${command}" cannot happen here; these can: ${can.join(', ') || 'nothing'}`;
}

/** The slots in which two worlds differ. */
export const differences = (one: Slots, other: Slots): string[] =>
  slots.filter((slot) => JSON.stringify(one[slot]) !== JSON.stringify(other[slot]));

/** What there is to see of a move: each step, and what it asked for. */
function seen(before: Slots, move: Move): string[] {
  const restarts = restarted(before, move).map((part) => change(part, before[part].state, move.after[part]!.state));
  const steps = move.steps.flatMap(({ part, before: from, after: to, effects }) => [
    change(part, from.state, to.state),
    ...effects.flatMap(asked),
  ]);
  return [...restarts, ...steps];
}

/** Parts that are elsewhere without having taken a step there. */
export const restarted = (before: Slots, { steps, after }: Move): Part[] =>
  parts.filter((part) => after[part] && after[part] !== before[part] && steps.every((step) => step.part !== part));

const standing = (part: Part, world: Slots): string => `${part} ${stateName(world[part].state)}`;

function change(part: Part, before: unknown, after: unknown): string {
  const [from, to] = [stateName(before), stateName(after)];
  return from === to ? `${part} ${to}` : `${part} ${from} -> ${to}`;
}

/** A state within a state is written with a dot. */
export const stateName = (state: unknown): string =>
  typeof state === 'string'
    ? state
    : Object.entries(state as object)
        .map(([outer, inner]) => `${outer}.${stateName(inner)}`)
        .join(' ');

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
