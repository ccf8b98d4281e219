/** `capif core onboarding …`: onboardings that wait for the operator, where the core runs with `--defer-onboarding`. */
import type { Command } from 'commander';
import { z } from 'zod';
import type { CoreFunction } from '../core/core-function.ts';
import type { Controls } from '../operating/control-socket.ts';
import { operatorCommand } from './operator-command.ts';

type Waiting = ReturnType<CoreFunction['deferredOnboardings']>;

const deciding = z.object({ tokenId: z.string(), isAccepted: z.boolean() });

export const onboardingControls = (core: CoreFunction): Controls => ({
  deferred: async () => core.deferredOnboardings(),
  async decide(argument) {
    const { tokenId, isAccepted } = deciding.parse(argument);
    if (!(await core.decideOnboarding(tokenId, isAccepted))) throw new Error(`no onboarding waits with "${tokenId}"`);
  },
});

export function addOnboardingCommands(core: Command): void {
  const onboarding = core
    .command('onboarding')
    .description('onboardings that wait in the core that runs in --folder, if it was started with --defer-onboarding');
  onboarding
    .command('list')
    .description('lists them by the id of their token; what an invoker says of itself, nobody has checked')
    .option('--json', 'one JSON object on standard output')
    .action(function (this: Command, { json }: { json?: true }) {
      return operatorCommand(this, 'deferred', null, json ? asJson : asLines);
    });
  for (const [name, isAccepted, description, said] of [
    ['accept', true, 'onboards the invoker, and notifies it', 'is accepted'],
    ['refuse', false, 'does not onboard the invoker, ends its token, and notifies it', 'is refused'],
  ] as const)
    onboarding
      .command(name)
      .description(description)
      .argument('<id>', 'as the list shows it')
      .action(function (this: Command, tokenId: string) {
        return operatorCommand(this, 'decide', { tokenId, isAccepted }, () => `The onboarding ${tokenId} ${said}.`);
      });
}

const asJson = (onboardings: Waiting) => JSON.stringify({ schema: 1, onboardings });

/** Whatever an invoker writes, a line stays one. */
const asLines = (onboardings: Waiting) =>
  onboardings
    .map(({ tokenId, since, information, notificationDestination }) => {
      const about = information === undefined ? '' : JSON.stringify(information);
      return [tokenId, new Date(since).toISOString(), JSON.stringify(notificationDestination), about]
        .join('  ')
        .trimEnd();
    })
    .join('\n') || 'No onboarding waits.';
