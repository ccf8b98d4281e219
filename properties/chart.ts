/** A message sequence chart in plain text: one column for each role, a line for each message, states as notes. */
import { roleOf } from '../machines/roles.ts';
import type { Role } from '../machines/vocabulary.ts';
import { type Played, type PlayedMove, restarted, stateName } from './scenario.ts';
import type { TurnStep } from './turn.ts';
import { type Part, parts, type Slots } from './world.ts';

const columns: readonly Role[] = ['apiInvoker', 'capifCoreFunction', 'apiExposingFunction', 'apiPublishingFunction'];

type Arrow = { from: Role; to: Role; label: string; isLost: boolean };
type Row = Arrow | { over: Role; note: string } | { mark: string };
/** Between whom each kind of message goes. */
type Routes = Map<string, { from: Role; to: Role }>;

export function chart({ moves, loopAt }: Played): string {
  const routes: Routes = new Map([
    // These may be faked before anybody has sent one.
    ['IncorrectMethodFailure', { from: 'apiExposingFunction', to: 'apiInvoker' }],
  ]);
  for (const { move } of moves) for (const step of move.steps) learn(routes, step);
  const rows = moves.flatMap((played, n): Row[] => [
    ...(n === loopAt ? [{ mark: 'loop' }] : []),
    ...rowsOf(played, routes),
  ]);
  return draw(loopAt === undefined ? rows : [...rows, { mark: 'and so on, from "loop", for ever' }]);
}

function learn(routes: Routes, { part, effects }: TurnStep): void {
  for (const effect of effects) {
    if (effect.type === 'send') routes.set(effect.message.type, { from: roleOf[part], to: effect.to });
  }
}

function rowsOf({ move, before }: PlayedMove, routes: Routes): Row[] {
  const steps = move.steps.flatMap((step, n): Row[] => [
    ...toldBy(move.steps.slice(0, n), step),
    ...stateNote(step.part, step.before.state, step.after.state),
    ...step.effects.flatMap((effect) =>
      effect.type === 'report' ? [{ over: roleOf[step.part], note: `reports ${effect.outcome}` }] : [],
    ),
  ]);
  const restarts = restarted(before, move).flatMap((part) =>
    stateNote(part, before[part].state, move.after[part]?.state),
  );
  return [happening(move, before, routes), ...restarts, ...steps];
}

/** What the move itself is: a message that arrives or does not, a connection, or something that happens at one role. */
function happening({ words, steps }: PlayedMove['move'], before: Slots, routes: Routes): Row {
  const [verb = '', ...rest] = words.split(' ');
  const type = rest.find((word) => routes.has(word));
  const route = type === undefined ? undefined : routes.get(type);
  if (verb === 'deliver' && route) {
    return { ...route, label: `${told(steps[0]!.event)}${rest[0] === 'late' ? ' (late)' : ''}`, isLost: false };
  }
  if (verb === 'forge' && route) return { ...route, label: `forged ${rest.join(' ')}`, isLost: false };
  if (verb === 'repeat' && route) return { over: route.from, note: words };
  if (route) return { ...route, label: verb === 'delay' ? `${type} (delayed)` : `${type}`, isLost: true };
  const { control } = before;
  const isAboutTls = /^(open CAPIF|fail CAPIF|cut TLS|forge alert)/.test(words);
  if (isAboutTls && control.at === 'openingCore') {
    return { from: 'apiInvoker', to: 'capifCoreFunction', label: 'TLS', isLost: verb !== 'open' };
  }
  if (isAboutTls && control.at === 'openingAef') {
    const label = `TLS by ${control.method} ${control.credential}${verb === 'forge' ? ', forged alert' : ''}`;
    return { from: 'apiInvoker', to: 'apiExposingFunction', label, isLost: verb !== 'open' };
  }
  const part = parts.find((one) => rest.includes(one)) ?? steps[0]?.part ?? 'apiInvoker';
  return { over: roleOf[part], note: words };
}

/** A word between machines of two roles is an arrow too. */
function toldBy(earlier: readonly TurnStep[], { part, event }: TurnStep): Arrow[] {
  const teller = earlier.findLast(({ effects }) =>
    effects.some((effect) => effect.type === 'tell' && effect.to === part && effect.event.type === event.type),
  );
  if (!teller || roleOf[teller.part] === roleOf[part]) return [];
  return [{ from: roleOf[teller.part], to: roleOf[part], label: told(event), isLost: false }];
}

/** A message with what matters of it on a chart: all but the invoker's own list, which is always the same. */
function told({ type, ...details }: { type: string }): string {
  const { supported: _, ...others } = details as Record<string, unknown>;
  return [type, ...Object.values(others).map((value) => (Array.isArray(value) ? value.join(',') : value))].join(' ');
}

function stateNote(part: Part, before: unknown, after: unknown): Row[] {
  const [from, to] = [stateName(before), stateName(after)];
  return from === to ? [] : [{ over: roleOf[part], note: part === roleOf[part] ? `(${to})` : `(${part} ${to})` }];
}

/** The columns are as far apart as the longest label between two of them needs. */
function draw(rows: readonly Row[]): string {
  const at = (role: Role) => columns.indexOf(role);
  const widthOf = (row: Row): number => {
    if ('mark' in row) return 0;
    if ('note' in row) return row.note.length + 3;
    return Math.ceil((row.label.length + 9) / Math.abs(at(row.from) - at(row.to)));
  };
  const apart = Math.max(24, ...rows.map(widthOf));
  const x = (role: Role) => Math.ceil(apart / 2) + at(role) * apart;
  const width = x('apiPublishingFunction') + Math.ceil(apart / 2);

  const over = (line: string, text: string, from: number) =>
    line.slice(0, from) + text + line.slice(from + text.length);
  const centred = (line: string, role: Role, text: string) => over(line, text, x(role) - Math.floor(text.length / 2));
  const lifelines = columns.reduce((line, role) => over(line, '|', x(role)), ' '.repeat(width));

  const arrow = ({ from, to, label, isLost }: Arrow): string => {
    const [left, right] = [Math.min(x(from), x(to)) + 1, Math.max(x(from), x(to))];
    const length = right - left - (isLost ? 4 : 0);
    const isRightward = x(from) < x(to);
    const tip = isLost ? 'x' : isRightward ? '>' : '<';
    const room = length - 1 - label.length - 2;
    const line = `${'-'.repeat(Math.floor(room / 2))} ${label} ${'-'.repeat(Math.ceil(room / 2))}`;
    const start = isLost && !isRightward ? left + 4 : left;
    return over(lifelines, isRightward ? line + tip : tip + line, start);
  };

  const lines = rows.map((row) => {
    if ('mark' in row) return `==== ${row.mark} ====`;
    return 'note' in row ? centred(lifelines, row.over, row.note) : arrow(row);
  });
  const title = columns.reduce((line, role) => centred(line, role, role), ' '.repeat(width));
  return `${[title, lifelines, ...lines].map((line) => line.trimEnd()).join('\n')}\n`;
}
