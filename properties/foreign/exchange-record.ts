/**
 * A record of HTTP exchanges, as any product can write it: one JSON object for each exchange on a line, in the order in which they were
 * answered. Members that are not named here are not looked at.
 */
import { z } from 'zod';
import { type SecurityMethod, securityMethods } from '../../machines/vocabulary.ts';

const securityMethod = z.enum(securityMethods as [SecurityMethod, ...SecurityMethod[]]);
const exchange = z.object({
  from: z.string().min(1),
  to: z.string().min(1),
  method: z.string().regex(/^[A-Z]+$/, 'an HTTP method in capitals'),
  /** With or without a query; an API root before it does no harm. */
  path: z.string().startsWith('/'),
  /** 0, null or left out: no answer came. */
  status: z.int().min(0).max(599).nullish(),
  /** What may be known beside: how an invocation was secured, what the core selected, what was published, and why it was refused. */
  securityMethod: securityMethod.optional(),
  selected: securityMethod.optional(),
  methods: z.array(securityMethod).optional(),
  cause: z.string().optional(),
});
type Exchange = z.infer<typeof exchange>;

export const kinds = [
  'negotiation',
  'token',
  'initiation',
  'invocation',
  'information',
  'publication',
  'revocation',
] as const;
export type Kind = (typeof kinds)[number];
/** `line` counts from 1. `kind`: undefined for exchanges that the model does not have, such as onboarding and discovery. */
export type Recorded = Exchange & { line: number; kind: Kind | undefined; isUpdate: boolean };

type ReadRecord = { outcome: 'read'; exchanges: Recorded[] } | { outcome: 'malformed'; line: number; because: string };

export function readExchanges(text: string): ReadRecord {
  const exchanges: Recorded[] = [];
  for (const [n, written] of text.split('\n').entries()) {
    if (written.trim() === '') continue;
    const malformed = (because: string) => ({ outcome: 'malformed', line: n + 1, because }) as const;
    let json: unknown;
    try {
      json = JSON.parse(written);
    } catch {
      return malformed('it is not JSON');
    }
    const read = exchange.safeParse(json);
    if (!read.success) {
      const [issue] = read.error.issues;
      return malformed(`${issue?.path.join('.') || 'the line'}: ${issue?.message}`);
    }
    exchanges.push({ ...read.data, line: n + 1, ...kindOf(read.data) });
  }
  return exchanges.length > 0
    ? { outcome: 'read', exchanges }
    : { outcome: 'malformed', line: 1, because: 'no exchange' };
}

/** The resources of TS 29.222 8.2, 8.5 and 9.1 by which the messages of the model travel. */
const resources: readonly [RegExp, Kind][] = [
  [/^POST .*\/aef-security\/v1\/check-authentication$/, 'initiation'],
  [/^POST .*\/aef-security\/v1\/revoke-authorization$/, 'revocation'],
  [/^POST .*\/capif-security\/v1\/securities\/[^/]+\/token$/, 'token'],
  [/^(PUT .*\/trustedInvokers\/[^/]+|POST .*\/trustedInvokers\/[^/]+\/update)$/, 'negotiation'],
  [/^GET .*\/trustedInvokers\/[^/]+$/, 'information'],
  [/^(PUT|PATCH|DELETE) .*\/published-apis\/v1\/[^/]+\/service-apis\/[^/]+$/, 'publication'],
];
/** Of the core, and not in the model. What the first publication says is where the model begins. */
const others =
  /\/(api-invoker-management|api-provider-management|published-apis|service-apis|capif-events|capif-security|aef-security|api-invocation-logs|logs|access-control-policy|capif-routing-info|\.well-known)\//;

function kindOf({ method, path }: Exchange): Pick<Recorded, 'kind' | 'isUpdate'> {
  const request = `${method} ${path.split('?')[0]}`;
  const kind = resources.find(([resource]) => resource.test(request))?.[1];
  return { kind: kind ?? (others.test(path) ? undefined : 'invocation'), isUpdate: request.endsWith('/update') };
}

/** Which of both ends is the invoker, and which the AEF. */
const ends: Readonly<Record<Kind, { invoker?: 'from'; aef?: 'from' | 'to' }>> = {
  negotiation: { invoker: 'from' },
  token: { invoker: 'from' },
  initiation: { invoker: 'from', aef: 'to' },
  invocation: { invoker: 'from', aef: 'to' },
  information: { aef: 'from' },
  publication: {},
  revocation: { aef: 'to' },
};

/** The names of the invokers and of the AEFs in a record. The model has one of each. */
export function partiesIn(exchanges: readonly Recorded[]): { invokers: string[]; aefs: string[] } {
  const named = (party: 'invoker' | 'aef') => {
    const names = exchanges.flatMap(({ kind, ...one }) => {
      const end = kind && ends[kind][party];
      return end ? [one[end]] : [];
    });
    return [...new Set(names)];
  };
  return { invokers: named('invoker'), aefs: named('aef') };
}

/** The exchanges of this invoker and this AEF, and those that name neither. Without a name, those of all. */
export function ofParties(
  exchanges: readonly Recorded[],
  { invoker, aef }: { invoker?: string | undefined; aef?: string | undefined },
): Recorded[] {
  const isOf = (name: string | undefined, [named]: readonly string[]) =>
    name === undefined || named === undefined || named === name;
  return exchanges.filter((one) => {
    const { invokers, aefs } = partiesIn([one]);
    return isOf(invoker, invokers) && isOf(aef, aefs);
  });
}
