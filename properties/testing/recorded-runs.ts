/** What real roles have recorded over TLS, for tests of the trace check. */
import type { TraceLine } from '../../machines/steps/trace.ts';
import { allAmendments, type SecurityMethod } from '../../machines/vocabulary.ts';
import { readableIds } from '../../runtime/core/parties/ids.ts';
import { methodChanges } from '../../runtime/demonstration/method-changes.ts';
import { closeAll, exposing, invoking, quick, saying, testbed } from '../../runtime/testing/roles.ts';

/** As it is read from a file. */
const written = (lines: readonly TraceLine[]): TraceLine[] => JSON.parse(JSON.stringify(lines));

/** One invoker, one AEF, all methods; the first copy of each publication is lost, so that the publisher pauses and repeats it. */
export async function runOfOneInvoker(): Promise<TraceLine[]> {
  const lines: TraceLine[] = [];
  await methodChanges({
    methods: ['PSK', 'PKI', 'OAUTH', 'PSK'],
    amendments: allAmendments,
    publication: { fate: 'lost' },
    refusalsMax: 10,
    patienceMs: 60_000,
    pause: quick,
    record: (line) => void lines.push(line),
  });
  return written(lines);
}

/** Four invokers and two AEFs in one record: they invoke and the AEFs change at the same time, one is revoked, one offboards. */
export async function runOfFourInvokers(): Promise<TraceLine[]> {
  const at = await testbed({ ids: readableIds() });
  const aefs = [await exposing(at), await exposing(at, { methods: ['OAUTH'] })];
  const invokers = await Promise.all([1, 2, 3, 4].map(() => invoking(at)));
  const everybody = () =>
    Promise.all(invokers.flatMap((invoker) => aefs.flatMap((aef) => [saying(invoker, aef), saying(invoker, aef)])));
  await everybody();
  for (const methods of [['PKI'], ['PSK', 'OAUTH'], ['PSK']] as const satisfies SecurityMethod[][])
    await Promise.all([everybody(), ...aefs.map((aef) => aef.changeMethods(methods)), everybody()]);
  await at.core.revoke(await invokers[0]!.onboard(), aefs[0]!.aefId);
  await invokers[1]!.offboard();
  await closeAll();
  return written(at.lines);
}
