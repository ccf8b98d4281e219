/** What no move of the model can do: an answer arrives that the invoker no longer waits for (6.5.2). */
import { setTimeout as later } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { TraceLine } from '../../machines/trace.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import { settings } from '../model/setting.ts';
import { credentialLifetimeMs, startParties } from './roles-under-test.ts';

test('the answer to an initiation under a credential that has expired is not taken for that of the next', async () => {
  const lines: TraceLine[] = [];
  const world = { ...settings.find(({ name }) => name === 'fair')!, amendments: allAmendments };
  const parties = await startParties(world, (line) => void lines.push(line));
  const { invokerToCore, invokerToAef, aefToCore } = parties.boxes;
  const heard = (type: string) =>
    lines.filter(({ role, event }) => role === 'apiInvoker' && event.type === type).length;
  const until = (type: string, times: number) => expect.poll(() => heard(type), { timeout: 10_000 }).toBe(times);
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
    parties.invoker.want();
    const first = await negotiates(1);
    await first.deliverRequest();
    await expect
      .poll(() => lines.some(({ role, state }) => role === 'invokerAdmission' && state === 'known'))
      .toBe(true);
    parties.clocks.invoker.expire(credentialLifetimeMs);
    const second = await negotiates(2);

    first.deliverAnswer();
    await later(100);
    expect(heard('AuthenticationInitiationResponse')).toBe(0);
    await second.deliverRequest();
    second.deliverAnswer();
    await until('AuthenticationInitiationResponse', 1);
  } finally {
    await parties.close();
  }
});
