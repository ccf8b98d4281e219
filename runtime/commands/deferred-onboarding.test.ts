/** `capif core --defer-onboarding`: its operator says who is onboarded (TS 29.222 5.5.2.2). */
import { afterAll, expect, test } from 'vitest';
import { processFolder } from '../testing/role-processes.ts';

const { start, run, close } = processFolder();
afterAll(close);

test('an invoker waits until it is accepted, and is onboarded when it is started again', async () => {
  const said = await start('capif core --bind 127.0.0.1:0 --defer-onboarding').until(/capif invoke .*\n/);
  const invoke = /^ {2}(capif invoke .*)$/m.exec(said)![1]!;
  const waiting = await run(invoke);
  expect([waiting.status === 0, waiting.stderr]).toEqual([false, expect.stringContaining('defers the onboarding')]);

  const list = async () =>
    (JSON.parse((await run('capif core onboarding list --json')).stdout) as { onboardings: { tokenId: string }[] })
      .onboardings;
  const [one] = await list();
  const accepted = await run(`capif core onboarding accept ${one!.tokenId}`);
  expect(accepted).toMatchObject({ status: 0, stdout: `The onboarding ${one!.tokenId} is accepted.\n` });
  expect((await run('capif core onboarding list')).stdout).toBe('No onboarding waits.\n');
  expect(await run(`capif core onboarding refuse ${one!.tokenId}`)).toMatchObject({ status: 1 });
  expect((await run(invoke)).stderr).toContain('nothing is exposed yet');
}, 60_000);
