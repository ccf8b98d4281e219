/** What one report tells of, where several events are told together: at the end of a period, or of what there is (8.3.4.2.5). */
import type { EventDetail, EventName } from '../../wire/events/notifications.ts';

/** One notification: it has one event, and all that is told of it. */
export type Report = { event: EventName; detail?: EventDetail | undefined };

/** A receiver may take bodies of 64 KiB and no more. */
const detailBytes = 48 * 1024;

/** With one more event: in a report that is there already, as long as that is small enough. Policies are those of one service API. */
export function collected(reports: readonly Report[], { event, detail }: Report): Report[] {
  for (const [n, known] of reports.entries()) {
    if (known.event !== event || known.detail?.accCtrlPolList?.apiId !== detail?.accCtrlPolList?.apiId) continue;
    const merged = known.detail && detail && together(known.detail, detail);
    if (merged && JSON.stringify(merged).length > detailBytes) continue;
    return reports.with(n, { event, detail: merged });
  }
  return [...reports, { event, detail }];
}

/** What is told of the same service API, or of the same API invoker, twice is told as it is now. */
function together(before: EventDetail, { accCtrlPolList, ...now }: EventDetail): EventDetail {
  const policies = [
    ...(before.accCtrlPolList?.apiInvokerPolicies ?? []),
    ...(accCtrlPolList?.apiInvokerPolicies ?? []),
  ];
  const apis = [...(before.serviceAPIDescriptions ?? []), ...(now.serviceAPIDescriptions ?? [])];
  return {
    apiIds: some([...new Set([...(before.apiIds ?? []), ...(now.apiIds ?? [])])]),
    apiInvokerIds: some([...new Set([...(before.apiInvokerIds ?? []), ...(now.apiInvokerIds ?? [])])]),
    serviceAPIDescriptions: some(latest(apis, ({ apiId }) => apiId)),
    invocationLogs: some([...(before.invocationLogs ?? []), ...(now.invocationLogs ?? [])]),
    accCtrlPolList: accCtrlPolList && {
      ...accCtrlPolList,
      apiInvokerPolicies: latest(policies, (one) => one.apiInvokerId),
    },
  };
}

const some = <T>(list: readonly T[]) => (list.length > 0 ? list : undefined);
const latest = <T>(list: readonly T[], idOf: (one: T) => unknown): T[] => [
  ...new Map(list.map((one) => [idOf(one), one])).values(),
];
