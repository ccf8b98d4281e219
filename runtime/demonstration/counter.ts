/** Counts what the invoker does after a change of method, from its lines of trace. */
import type { TraceLine, TransportFacts } from '../../machines/steps/trace.ts';

export type Counter = ReturnType<typeof counter>;

export function counter() {
  const counts = {
    refused: 0,
    renegotiations: 0,
    requests: 0,
    onRefusal: (_: number): void => {},
    onNotification: (): void => {},
    reset(): void {
      counts.refused = counts.renegotiations = counts.requests = 0;
    },
    count({ role, event, effects, facts }: TraceLine): void {
      if (role !== 'apiInvoker') return;
      if (facts?.request) counts.requests += 1;
      if (event.type === 'ServiceApiUpdateNotification') counts.onNotification();
      if (isRefusal(event, facts)) counts.onRefusal(++counts.refused);
      for (const effect of effects as { type: string; message?: { type: string } }[]) {
        if (effect.message?.type === 'SecurityMethodUpdateRequest') counts.renegotiations += 1;
      }
    },
  };
  return counts;
}

function isRefusal(event: { type: string; because?: string }, facts: TransportFacts | undefined): boolean {
  if (event.type === 'IncorrectMethodFailure') return true;
  return facts?.referencePoint === 'CAPIF-2e' && event.because === 'handshake';
}
