/** No transition of the model can do this: an answer arrives that the invoker no longer waits for (6.5.2). */
import { setTimeout as later } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import { settings } from '../model/setting.ts';
import { credentialLifetimeMs } from './hosts/run-options.ts';
import { startRoles } from './roles-under-test.ts';

test('a late answer to an initiation under an expired credential does not count for the next initiation', async () => {
  const lines: TraceLine[] = [];
  const configuration = { ...settings.find(({ name }) => name === 'fair')!, amendments: allAmendments };
  const roles = await startRoles(configuration, (line) => void lines.push(line));
  const { invokerToCore, invokerToAef, aefToCore } = roles.boxes;
  const received = (type: string) =>
    lines.filter(({ role, event }) => role === 'apiInvoker' && event.type === type).length;
  const until = (type: string, times: number) => expect.poll(() => received(type), { timeout: 10_000 }).toBe(times);
  try {
    const negotiates = async (times: number) => {
      const core = await invokerToCore.next();
      core.greet();
      await core.deliverRequest();
      core.deliverAnswer();
      await until('SecurityMethodResponse', times);
      const initiation = await invokerToAef.next();
      initiation.greet();
      return initiation;
    };
    aefToCore.setOpen(true);
    await roles.invoker.give('want');
    const first = await negotiates(1);
    await first.deliverRequest();
    await expect
      .poll(() => lines.some(({ role, state }) => role === 'invokerAdmission' && state === 'known'))
      .toBe(true);
    await roles.invoker.expire(credentialLifetimeMs);
    const second = await negotiates(2);

    first.deliverAnswer();
    await later(100);
    expect(received('AuthenticationInitiationResponse')).toBe(0);
    await second.deliverRequest();
    second.deliverAnswer();
    await until('AuthenticationInitiationResponse', 1);
  } finally {
    await roles.close();
  }
});
