/** What the operator of a running core may ask of it: `capif core token …`, `capif core revoke …`, `capif core give-up …`. */
import type { Command } from 'commander';
import { z } from 'zod';
import type { CoreFunction } from '../core/core-function.ts';
import type { OnboardingToken } from '../core/parties/onboarding-tokens.ts';
import type { Controls } from '../operating/control-socket.ts';
import { countUpTo } from './arguments.ts';
import { addOnboardingCommands, onboardingControls } from './core-onboardings.ts';
import { operatorCommand } from './operator-command.ts';

const examples = `
Examples:
  capif core token issue "the billing app" --lifetime 600   prints a token that onboards one invoker
  capif core token list                                     the tokens that were issued, and what became of them
  capif core token revoke 7d0e6c1c-…                        it onboards nobody any more
  capif core revoke api-invoker-1 aef-1                     the invoker is not served there any more (6.8)
`;

const longestTokenSeconds = 365 * 86_400;
const issuing = z.object({ subject: z.string().min(1), lifetimeSeconds: z.number() });
const revoking = z.object({ apiInvokerId: z.string(), aefId: z.string(), apiIds: z.array(z.string()).optional() });

/** Carried out by the core that runs; each resolves when what it has done is durable. */
export const coreControls = (core: CoreFunction): Controls => ({
  async issue(argument) {
    const { subject, lifetimeSeconds } = issuing.parse(argument);
    return core.onboardingToken(subject, lifetimeSeconds);
  },
  list: async () => core.onboardingTokens(),
  async revokeToken(tokenId) {
    if (!(await core.revokeOnboardingToken(String(tokenId)))) throw new Error(`there is no token "${tokenId}"`);
  },
  async revoke(argument) {
    const { apiInvokerId, aefId, apiIds } = revoking.parse(argument);
    await core.revoke(apiInvokerId, aefId, apiIds);
  },
  giveUp: (aefId) => core.giveUpOn(String(aefId)),
  ...onboardingControls(core),
});

export function addOperatorCommands(core: Command): void {
  const token = core.command('token').description('the onboarding tokens of the core that runs in --folder');
  token.addHelpText('after', examples);
  addOnboardingCommands(core);
  token
    .command('issue')
    .description('prints a new token, with which one invoker is onboarded')
    .argument('<subject>', 'whom it is for')
    .option('--lifetime <seconds>', 'how long it is valid', countUpTo(longestTokenSeconds), 3600)
    .action(function (this: Command, subject: string, { lifetime }: { lifetime: number }) {
      return operatorCommand(this, 'issue', { subject, lifetimeSeconds: lifetime }, String);
    });
  token
    .command('list')
    .description('lists the tokens; of the tokens themselves nothing is shown')
    .option('--json', 'one JSON object on standard output')
    .action(function (this: Command, { json }: { json?: true }) {
      return operatorCommand(this, 'list', null, json ? asJson : asLines);
    });
  token
    .command('revoke')
    .description('ends a token that is not used; whoever was onboarded with it stays onboarded')
    .argument('<id>', 'as the list shows it')
    .action(function (this: Command, id: string) {
      return operatorCommand(this, 'revokeToken', id, () => `The token ${id} onboards nobody any more.`);
    });
  core
    .command('revoke')
    .description('revokes the authorization of an invoker at an AEF, and tells the AEF')
    .argument('<invoker>', 'the id of the API invoker')
    .argument('<aef>', 'the id of the AEF')
    .option('--apis <list>', 'only for these service API ids', (text) => text.split(','))
    .addHelpText('after', examples)
    .action(function (this: Command, apiInvokerId: string, aefId: string, { apis }: { apis?: string[] }) {
      const argument = { apiInvokerId, aefId, ...(apis && { apiIds: apis }) };
      return operatorCommand(this, 'revoke', argument, () => `${apiInvokerId} is revoked at ${aefId}.`);
    });
  core
    .command('give-up')
    .description('does not tell an AEF that is gone for good of revocations any more')
    .argument('<aef>', 'the id of the AEF')
    .action(function (this: Command, aefId: string) {
      return operatorCommand(this, 'giveUp', aefId, () => `No revocation is sent to ${aefId} any more.`);
    });
}

const asJson = (tokens: readonly OnboardingToken[]) => JSON.stringify({ schema: 1, tokens });

const asLines = (tokens: readonly OnboardingToken[]) =>
  tokens
    .map(({ tokenId, subject, expires, state, apiInvokerId }) => {
      const until = state === 'unused' ? `until ${new Date(expires).toISOString()}` : (apiInvokerId ?? '');
      return [tokenId, state, subject, until].join('  ').trimEnd();
    })
    .join('\n') || 'There are no tokens.';
