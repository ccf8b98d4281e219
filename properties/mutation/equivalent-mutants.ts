/**
 * Mutants that no sentence can tell from the real machine, and why: looked into one by one, by reason. Either the world
 * never asks what the change is about (and a test of the machine alone does), or the answer is the same. A mutant that is
 * listed here and yet caught is reported.
 */
const byReason: readonly { reason: string; ids: readonly string[] }[] = [
  {
    reason:
      'not asked: AEFPSK is derived at once and without fail in a world (turn.ts); machines/api-invoker-refusals.test.ts asks',
    ids: [
      'apiInvoker authenticated.derivingAefPsk: aefPsk.failed is dropped',
      'apiInvoker authenticated.derivingAefPsk: aefPsk.failed stays instead of #apiInvoker.gaveUp',
      'apiInvoker authenticated.derivingAefPsk: aefPsk.failed drops action report',
    ],
  },
  {
    reason:
      'not asked: the core selects from what the invoker listed (S2); machines/api-invoker-refusals.test.ts asks what ' +
      'becomes of a method that was never listed',
    ids: [
      'apiInvoker authenticated: SecurityMethodResponse #2 is dropped',
      'apiInvoker authenticated: SecurityMethodResponse #2 stays instead of #apiInvoker.withoutMethod',
      'apiInvoker authenticated: SecurityMethodResponse #2 drops action rememberContext',
      'apiInvoker authenticated: SecurityMethodResponse #2 drops action report',
    ],
  },
  {
    reason:
      'the same: the model has no time, so it does not matter how long a pause is (machine-table.ts); ' +
      'machines/capif-core-function.test.ts and machines/api-publishing-function.test.ts ask',
    ids: [
      'capifCoreFunction revoked.pausing: entry drops action countPause',
      'apiPublishingFunction pausing: entry drops action countPause',
    ],
  },
  {
    reason:
      'not asked: the operator of the AEF is not in the model; machines/api-exposing-function.test.ts asks what it is told',
    ids: ['apiExposingFunction announcing: SecurityMethodsPublished #1 drops action reportSettled'],
  },
  {
    reason:
      'not asked: a machine that is forgotten stands where it began, so only memory is saved; ' +
      'machines/invoker-admission.test.ts asks',
    ids: [
      'invokerAdmission fetching: SecurityInformationNotFound drops action forgetInvoker',
      'invokerAdmission fetching: exchange.failed #2 drops action forgetInvoker',
    ],
  },
  {
    reason:
      'not asked: a core keeps the contexts that it gave through a restart (restarts.ts); machines/capif-core-function.test.ts and ' +
      'machines/api-invoker-refusals.test.ts ask',
    ids: [
      'apiInvoker authenticated.renegotiating: SecurityContextNotFound is dropped',
      'apiInvoker authenticated.renegotiating: SecurityContextNotFound stays instead of negotiating',
      'apiInvoker authenticated.renegotiating: SecurityContextNotFound drops action forgetContext',
      'capifCoreFunction withoutContext: SecurityMethodUpdateRequest is dropped',
      'capifCoreFunction withoutContext: SecurityMethodUpdateRequest drops action giveNoContext',
    ],
  },
  {
    reason: 'the same: whose method was just refused has had a selection, and remembers the context since then',
    ids: ['apiInvoker authenticated: SecurityMethodResponse #1 drops action rememberContext'],
  },
  {
    reason: 'not asked: a credential expires at the invoker only while it is negotiated, where it has one (faults.ts)',
    ids: ['apiInvoker anywhere: credential.expired is dropped'],
  },
  {
    reason: 'the same: its pause is left only when it is over, so there is no timer left to stop',
    ids: ['capifCoreFunction revoked.pausing: exit drops action stopPause'],
  },
  {
    reason: 'the same: the target is the state itself, which does nothing when it is entered or left',
    ids: [
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #1 stays instead of #capifCoreFunction.negotiated',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #2 stays instead of #capifCoreFunction.negotiated',
      'capifCoreFunction withoutMethod: SecurityMethodUpdateRequest #3 stays instead of #capifCoreFunction.withoutMethod',
      'publishedService published: ServiceApiUpdateRequest #2 stays instead of published',
      'publishedService published: ServiceApiPublishRequest #2 stays instead of published',
    ],
  },
  {
    reason: 'the same: what is then taken is the transition of all states, which does nothing else',
    ids: [
      'capifCoreFunction negotiated: AccessTokenRequest #2 is dropped',
      'capifCoreFunction outdated: securityMethods.published #2 is dropped',
    ],
  },
  {
    reason:
      'the same: the transition of all states, taken instead, forgets what is forgotten already, and answers alike',
    ids: [
      'capifCoreFunction offboarded: invoker.offboarded is dropped',
      'invokerAdmission revoked: RevokeAuthorizationRequest is dropped',
    ],
  },
  {
    reason:
      'not asked: in "negotiated" the method that was selected is still offered (S2), and the list of the invoker does not ' +
      'change, so there always is a method in common',
    ids: [
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #2 drops guard selectsAny',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #3 is dropped',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #3 stays instead of #capifCoreFunction.withoutMethod',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #3 drops action forgetSelection',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #3 drops action giveNoMethod',
    ],
  },
  {
    reason: 'the same: in "withoutMethod" nothing is selected that could be forgotten (S2)',
    ids: ['capifCoreFunction withoutMethod: SecurityMethodUpdateRequest #3 drops action forgetSelection'],
  },
  {
    reason:
      'not asked: the first publication reaches the core, and its answer the publisher, before a world begins (rules.ts), ' +
      'and all that follow are updates; machines/published-service.test.ts asks',
    ids: [
      'publishedService unpublished: ServiceApiUpdateRequest is dropped',
      'publishedService unpublished: ServiceApiUpdateRequest stays instead of published',
      'publishedService unpublished: ServiceApiUpdateRequest drops action register',
      'publishedService unpublished: ServiceApiUpdateRequest drops action tellContexts',
      'publishedService unpublished: ServiceApiUpdateRequest drops action acknowledge',
      'publishedService published: ServiceApiPublishRequest #1 is dropped',
      'publishedService published: ServiceApiPublishRequest #1 drops guard isOutdated',
      'publishedService published: ServiceApiPublishRequest #1 negates guard isOutdated',
      'publishedService published: ServiceApiPublishRequest #1 drops action acknowledge',
      'publishedService published: ServiceApiPublishRequest #2 is dropped',
      'publishedService published: ServiceApiPublishRequest #2 drops action register',
      'publishedService published: ServiceApiPublishRequest #2 drops action tellContexts',
      'publishedService published: ServiceApiPublishRequest #2 drops action acknowledge',
      'apiPublishingFunction anywhere: ServiceApiUpdateResponse drops action rememberResource',
    ],
  },
  {
    reason:
      'not asked: the invoker of these worlds invokes with its credential, and the API that it has rights for; ' +
      'machines/api-exposing-function.test.ts asks',
    ids: [
      'apiExposingFunction anywhere: invocation.unauthenticated is dropped',
      'apiExposingFunction anywhere: invocation.unauthenticated drops action refuseUnauthenticated',
      'apiExposingFunction anywhere: invocation.unauthorized is dropped',
      'apiExposingFunction anywhere: invocation.unauthorized drops action refuseUnauthorized',
    ],
  },
  {
    reason:
      'not asked: the publisher hears of a change in the turn in which the AEF makes it, and tells the AEF of the newest ' +
      'revision only, and once; machines/api-exposing-function.test.ts asks',
    ids: [
      'apiExposingFunction announcing: SecurityMethodsPublished #1 drops guard isNewest',
      'apiExposingFunction announcing: SecurityMethodsPublished #2 is dropped',
      'apiExposingFunction settled: SecurityMethodsPublished is dropped',
    ],
  },
  {
    reason:
      'not asked: the AEF has forgotten the credential of a revoked invoker (S3), so that none expires (faults.ts)',
    ids: ['invokerAdmission revoked: credential.expired is dropped'],
  },
];

export const equivalents: Readonly<Record<string, string>> = Object.fromEntries(
  byReason.flatMap(({ reason, ids }) => ids.map((id) => [id, reason])),
);
