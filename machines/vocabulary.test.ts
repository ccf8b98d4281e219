import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  allAmendments,
  parseAmendments,
  type SecurityMethod,
  securityMethods,
  selection,
  union,
} from './vocabulary.ts';

const all = [...securityMethods];
const inAnyOrder = fc.shuffledSubarray(all);

const isBefore = (methods: SecurityMethod[], one: SecurityMethod, other: SecurityMethod) =>
  methods.indexOf(one) < methods.indexOf(other);

const holds = (predicate: (some: SecurityMethod[], others: SecurityMethod[]) => void) =>
  fc.assert(fc.property(inAnyOrder, inAnyOrder, predicate), { includeErrorInReport: true });

test('the selected method is in both lists, and there is one unless they are disjoint (6.3.1)', () => {
  holds((supported, offered) => {
    const common = supported.filter((method) => offered.includes(method));
    const selected = selection(supported, offered);

    if (common.length === 0) expect(selected).toBeUndefined();
    else expect(common).toContain(selected);
  });
});

test('the invoker prefers no other common method to the selected one (6.3.1)', () => {
  holds((supported, offered) => {
    const selected = selection(supported, offered);
    if (!selected) return;
    for (const other of offered) {
      if (supported.includes(other) && other !== selected) expect(isBefore(supported, selected, other)).toBe(true);
    }
  });
});

test('the order in which the exposing function offers its methods does not matter (6.3.1)', () => {
  holds((supported, offered) => {
    expect(selection(supported, offered.toReversed())).toBe(selection(supported, offered));
    expect(
      selection(
        supported,
        all.filter((method) => offered.includes(method)),
      ),
    ).toBe(selection(supported, offered));
  });
});

test('an order of preference decides between the same methods (6.3.1)', () => {
  expect(selection(['PSK', 'OAUTH'], ['OAUTH', 'PSK'])).toBe('PSK');
  expect(selection(['OAUTH', 'PSK'], ['OAUTH', 'PSK'])).toBe('OAUTH');
  expect(selection(['PKI', 'OAUTH', 'PSK'], ['PSK', 'OAUTH'])).toBe('OAUTH');
  expect(selection([], ['PSK'])).toBeUndefined();
});

test('a union has each method of both sets once, in a fixed order (6.7)', () => {
  holds((some, others) => {
    const both = union(some, others);

    expect(both).toEqual(all.filter((method) => [...some, ...others].includes(method)));
    expect(union(others, some)).toEqual(both);
    expect(union(both, some)).toEqual(both);
  });
});

test('amendments are read by name, all of them, or none', () => {
  expect(parseAmendments('all')).toEqual(allAmendments);
  expect(parseAmendments('none')).toEqual([]);
  expect(parseAmendments('keep-revocations,bounded-attempts')).toEqual(['keep-revocations', 'bounded-attempts']);
  for (const text of ['', 'more', 'keep-revocations,more', 'toString']) expect(parseAmendments(text)).toBeUndefined();
});
