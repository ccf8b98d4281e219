/** Properties of each step of every role: the event is expected, and each request is answered. */

import type { Answer } from '../checker/model.ts';
import type { MachineStep } from '../model/macro-step.ts';
import type { Part } from '../model/state.ts';
import { everyStep, type Property } from './property.ts';
import { ofEach } from './role-step.ts';

export const stepsOfEveryRole: readonly Property[] = [
  everyStep('L3 every role expects every event that reaches it, in every state', '6.7', ({ steps }) =>
    ofEach(steps, ({ expected }) => expected),
  ),
  everyStep('L3 every request is answered', '6.7', ({ steps }) => ofEach(steps, isAnswered)),
];

/** The possible answers to each request, in the same step; `tell`: another machine of the same role answers. */
const answers: Partial<Record<Part, Record<string, readonly string[]>>> = {
  capifCoreFunction: {
    SecurityMethodRequest: ['SecurityMethodResponse', 'NoCommonMethod', 'SecurityMethodRefused'],
    SecurityMethodUpdateRequest: [
      'SecurityMethodResponse',
      'NoCommonMethod',
      'SecurityMethodRefused',
      'SecurityContextNotFound',
    ],
    AccessTokenRequest: ['AccessTokenResponse', 'AccessTokenRefused'],
    SecurityInformationRequest: ['SecurityInformationResponse', 'SecurityInformationNotFound'],
  },
  publishedService: {
    ServiceApiPublishRequest: ['ServiceApiUpdateResponse'],
    ServiceApiUpdateRequest: ['ServiceApiUpdateResponse'],
  },
  apiExposingFunction: { ServiceApiInvocation: ['IncorrectMethodFailure', 'tell'] },
  invokerAdmission: {
    ServiceApiInvocation: [
      'ServiceApiInvocationResponse',
      'IncorrectMethodFailure',
      'NotAuthenticatedFailure',
      'NotAuthorizedFailure',
    ],
    RevokeAuthorizationRequest: ['RevokeAuthorizationResponse'],
  },
};

function isAnswered({ part, event, effects }: MachineStep): Answer {
  const possible = answers[part]?.[event.type];
  return (
    possible && effects.some((effect) => possible.includes(effect.type === 'send' ? effect.message.type : effect.type))
  );
}
