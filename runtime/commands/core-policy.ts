/** `capif core policy …`: how often and when an invoker may invoke what an AEF exposes (TS 29.222 8.6). */
import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import type { CoreFunction } from '../core/core-function.ts';
import type { Controls } from '../operating/control-socket.ts';
import { operatorCommand } from './operator-command.ts';

const examples = `
Examples:
  capif core policy set api-invoker-1 aef-1 --total 1000 --per-second 5
  capif core policy set api-invoker-1 aef-1 --from 2026-12-01T00:00:00Z --until 2026-12-31T23:59:59Z
  capif core policy remove api-invoker-1 aef-1              no limit any more

A policy replaces that of before. An AEF enforces it if it runs with --enforce-policies, after ten seconds at most.
`;

const subject = z.object({ apiInvokerId: z.string(), aefId: z.string(), apiId: z.string().optional() });
/** The core says what is wrong with a policy. */
const setting = z.object({ subject, policy: z.looseObject({}).optional() });

type Limits = { total?: number; perSecond?: number; from?: string; until?: string; api?: string };

export const policyControls = (core: CoreFunction): Controls => ({
  async setPolicy(argument) {
    const { subject, policy } = setting.parse(argument);
    await core.setAccessControlPolicy(subject, policy);
  },
});

export function addPolicyCommands(core: Command): void {
  const policy = core.command('policy').description('how often and when an invoker may invoke what an AEF exposes');
  const onSubject = (command: Command): Command =>
    command
      .argument('<invoker>', 'the id of the API invoker')
      .argument('<aef>', 'the id of the AEF')
      .option('--api <id>', 'only for this service API; by default for all that the AEF exposes')
      .addHelpText('after', examples);
  onSubject(policy.command('set').description('sets the policy of an invoker at an AEF'))
    .option('--total <count>', 'how many invocations in all', readCount)
    .option('--per-second <count>', 'how many invocations in a second', readCount)
    .option('--from <time>', 'none before, as in 2026-12-01T00:00:00Z', readTime)
    .option('--until <time>', 'none after', readTime)
    .action(function (this: Command, apiInvokerId: string, aefId: string, limits: Limits) {
      const { api: apiId, ...given } = limits;
      if (Object.keys(given).length === 0)
        this.error('error: a policy needs a limit: give --total, --per-second, --from or --until');
      const argument = { subject: { apiInvokerId, aefId, apiId }, policy: policyOf(limits) };
      return operatorCommand(this, 'setPolicy', argument, () => `The policy of ${apiInvokerId} at ${aefId} is set.`);
    });
  onSubject(policy.command('remove').description('takes the policy of an invoker at an AEF away')).action(function (
    this: Command,
    apiInvokerId: string,
    aefId: string,
    { api }: Limits,
  ) {
    const argument = { subject: { apiInvokerId, aefId, apiId: api } };
    return operatorCommand(this, 'setPolicy', argument, () => `${apiInvokerId} has no policy at ${aefId}.`);
  });
}

const policyOf = ({ total, perSecond, from, until }: Limits) => ({
  allowedTotalInvocations: total,
  allowedInvocationsPerSecond: perSecond,
  ...((from ?? until) !== undefined && { allowedInvocationTimeRangeList: [{ startTime: from, stopTime: until }] }),
});

function readCount(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

function readTime(text: string): string {
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return text;
  throw new InvalidArgumentError('It must be a date and a time with an offset, as in 2026-12-01T00:00:00Z.');
}
