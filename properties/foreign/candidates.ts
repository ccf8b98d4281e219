/** The configurations of the model in which a record may have happened: the methods that it names, and everything that may go wrong. */
import {
  type Amendment,
  allAmendments,
  asWritten,
  type SecurityMethod,
  securityMethods,
} from '../../machines/vocabulary.ts';
import { type Configuration, settings } from '../model/setting.ts';
import type { Recorded } from './exchange-record.ts';

type Known = {
  /** Of the invoker, in its order of preference. */
  supported?: readonly SecurityMethod[] | undefined;
  /** Of the AEF, before anything is recorded. */
  first?: readonly SecurityMethod[] | undefined;
  /** By default first all, then the text as written. */
  amendments?: readonly Amendment[] | undefined;
};

export function candidates(exchanges: readonly Recorded[], { supported, first, amendments }: Known): Configuration[] {
  const named = new Set(
    exchanges.flatMap(({ securityMethod, selected, methods = [] }) => [securityMethod, selected, ...methods]),
  );
  const some = securityMethods.filter((method) => named.has(method));
  // Whoever names one or none may still have changed to another.
  const methods = some.length > 1 ? some : securityMethods;
  const published = exchanges.flatMap((one) => (one.kind === 'publication' && one.methods ? [one.methods] : []));
  const sets = distinct([...published.map(inOrder), ...methods.map((one) => [one])]);
  const before = exchanges.find(({ kind, methods }) => kind === undefined && methods)?.methods;
  // Where publications are not seen, the AEF may have changed to any other at once.
  const known = first ?? before;
  const beginnings = known ? [inOrder(known)] : published.length > 0 ? sets : sets.slice(0, 1);
  return (amendments ? [amendments] : [unbounded, asWritten]).flatMap((amended) =>
    ([1, 2] as const).flatMap((invocations) =>
      beginnings.map((beginning) => ({
        ...settings[0]!,
        supported: supported ?? methods,
        first: beginning,
        changesTo: sets,
        changes: 'always',
        cuts: 'always',
        expiries: 'always',
        revocations: exchanges.some(({ kind }) => kind === 'revocation') ? 1 : 0,
        notifications: amended.includes('notify-of-updates') ? 'at any moment' : 'lost',
        attemptsMax: 1,
        invocations,
        amendments: amended,
      })),
    ),
  );
}

/** An invoker that gives up says so to its application alone: seen from outside, it is one that waits. */
const unbounded = allAmendments.filter((one) => one !== 'bounded-attempts');

/** The methods of an AEF have no order: equal sets are equal values. */
const inOrder = (methods: readonly SecurityMethod[]) => securityMethods.filter((method) => methods.includes(method));
const distinct = (sets: readonly (readonly SecurityMethod[])[]) => [
  ...new Map(sets.map((set) => [set.join(), set])).values(),
];
