/** Alterations of a recorded trace, one at a time: what a fault of a role, of its recorder or of a hand could make of it. */
import type { TraceLine, TransportFacts } from '../../machines/steps/trace.ts';
import { securityMethods } from '../../machines/vocabulary.ts';

/** `changed`: the line that says something else now, counted from 0, if one does. */
export type Altered = { kind: string; lines: readonly TraceLine[]; changed?: number };

/** Numbers that look random and are the same at each run (Lehmer). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

export function* alterations(lines: readonly TraceLine[]): Generator<Altered> {
  const random = numbers(7);
  for (const [n, line] of lines.entries()) {
    yield { kind: 'deleted', lines: lines.toSpliced(n, 1) };
    yield { kind: 'duplicated', lines: lines.toSpliced(n, 0, line) };
    yield { kind: 'repeated later', lines: lines.toSpliced(n + 1 + random(lines.length - n), 0, line) };
    if (n + 1 < lines.length)
      yield { kind: 'swapped with the next', lines: lines.toSpliced(n, 2, lines[n + 1]!, line) };
    yield { kind: 'moved', lines: lines.toSpliced(n, 1).toSpliced(random(lines.length), 0, line) };
    yield { kind: 'moved earlier', lines: lines.toSpliced(n, 1).toSpliced(random(n + 1), 0, line) };
    yield { kind: 'cut off after it', lines: lines.slice(0, n + 1) };
    const others = [...new Set(lines.filter(({ role }) => role === line.role).map(({ instance }) => instance))];
    for (const instance of others.filter((one) => one !== line.instance).slice(0, 1 + random(2)))
      yield { kind: 'of another instance', lines: lines.with(n, { ...line, instance }) };
    for (const [at] of line.effects.entries())
      yield { kind: 'without an effect', lines: lines.with(n, { ...line, effects: line.effects.toSpliced(at, 1) }) };
    for (const [kind, changed] of contents(line, random))
      yield { kind, lines: lines.with(n, { ...line, ...changed }), changed: n };
  }
}

type Event = TraceLine['event'] & { [member: string]: unknown };

/** The same line with another content. */
function* contents(
  { event, facts }: TraceLine,
  random: (below: number) => number,
): Generator<[string, Partial<TraceLine>]> {
  const { revision, credential, method, methods, selected } = event as Event;
  const other = (said: unknown) => securityMethods.filter((one) => one !== said)[random(2)];
  const changed = (member: string, value: unknown): [string, Partial<TraceLine>] => [
    `another ${member}`,
    { event: { ...event, [member]: value } as Event },
  ];
  if (typeof revision === 'number') yield changed('revision', revision + 1);
  if (typeof credential === 'number') yield changed('credential', credential + 1);
  if (method !== undefined) yield changed('method', other(method));
  if (methods !== undefined) yield changed('methods', [other((methods as unknown[])[0])]);
  if (selected !== undefined) yield changed('selected', other(selected));
  if (!facts) return;
  for (const [fact, value] of otherFacts(event.type, facts))
    yield [`another ${fact} in facts`, { facts: { ...facts, [fact]: value } }];
}

/** What cannot have been seen of the same message. */
function* otherFacts(
  type: string,
  { referencePoint, from, to, request, status, tls, suite, proof, peer }: TransportFacts,
) {
  yield ['referencePoint', referencePoint === 'CAPIF-2e' ? 'CAPIF-3' : 'CAPIF-2e'] as const;
  if (/\d$/.test(from)) yield ['from', from.replace(/\d$/, '7')] as const;
  if (/\d$/.test(to)) yield ['to', to.replace(/\d$/, '7')] as const;
  // A service may answer as it likes.
  if (status !== undefined && type !== 'ServiceApiInvocationResponse')
    yield ['status', status < 300 ? 500 : 200] as const;
  if (tls !== undefined) yield ['tls', tls === 'TLSv1.3' ? 'TLSv1.2' : 'TLSv1.3'] as const;
  if (suite !== undefined) yield ['suite', `${suite}_OTHER`] as const;
  if (proof !== undefined) yield ['proof', proof.startsWith('PSK') ? 'certificate x' : 'PSK x'] as const;
  if (peer !== undefined) yield ['peer', `${peer}7`] as const;
  if (request?.includes('/v1/')) yield ['request', 'PATCH /other'] as const;
}
