/** `capif core --defer-onboarding` and `--enrolment-lifetime`: its operator says who is onboarded, and for how long (TS 29.222 5.5.2.2). */
import { afterAll, expect, test } from 'vitest';
import { processFolder } from '../testing/role-processes.ts';

const { start, run, close } = processFolder();
afterAll(close);

test('an invoker waits until it is accepted, across a restart of the core, and is onboarded when it is started again', async () => {
  const started = async () => {
    const core = start('capif core --bind 127.0.0.1:0 --defer-onboarding');
    const said = await core.until(/capif invoke .*\n/);
    return { core, invoke: /^ {2}(capif invoke .*)$/m.exec(said)![1]! };
  };
  const before = await started();
  const waiting = await run(before.invoke);
  expect([waiting.status === 0, waiting.stderr]).toEqual([false, expect.stringContaining('defers the onboarding')]);

  await before.core.kill();
  const { invoke } = await started();
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

test('with --enrolment-lifetime an invoker is onboarded for so long, and is then told that this has expired', async () => {
  const core = start('capif core --bind 127.0.0.1:0 --folder short-lived --enrolment-lifetime 1');
  const [, invoke] = /^ {2}(capif invoke .*)$/m.exec(await core.until(/capif invoke .*\n/))!;
  const refused = async () => (await run(`${invoke} --folder short-lived-invoker`)).stderr;
  await expect.poll(refused, { timeout: 60_000 }).toContain('its onboarding has expired');
}, 90_000);
