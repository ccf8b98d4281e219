/**
 * Mutants that no property can tell from the real machine, examined one by one and listed by reason. Either the change is
 * never exercised in the model (then a test of the machine alone exercises it), or the behaviour is the same. A mutant that
 * is listed here and yet killed is reported.
 */
const byReason: readonly { reason: string; ids: readonly string[] }[] = [
  {
    reason:
      'not exercised: in the model, AEFPSK is derived at once and never fails (macro-step.ts); ' +
      'machines/api-invoker-refusals.test.ts exercises it',
    ids: [
      'apiInvoker authenticated.derivingAefPsk: aefPsk.failed is dropped',
      'apiInvoker authenticated.derivingAefPsk: aefPsk.failed stays instead of #apiInvoker.gaveUp',
      'apiInvoker authenticated.derivingAefPsk: aefPsk.failed drops action report',
    ],
  },
  {
    reason:
      'not exercised: in the model, no AEF is gone for good, so that nobody gives up on it; ' +
      'machines/capif-core-function.test.ts exercises it',
    ids: [
      'capifCoreFunction anywhere: exposingFunction.gone is dropped',
      ...['informing', 'pausing'].flatMap((state) => [
        `capifCoreFunction revoked.${state}: exposingFunction.gone is dropped`,
        `capifCoreFunction revoked.${state}: exposingFunction.gone stays instead of abandoned`,
      ]),
      'capifCoreFunction revoked.abandoned: RevokeAuthorizationResponse is dropped',
      'capifCoreFunction revoked.abandoned: RevokeAuthorizationResponse stays instead of informed',
      'capifCoreFunction revoked.abandoned: exchange.failed is dropped',
    ],
  },
  {
    reason:
      'not exercised: in the model, the certificate of the core is always accepted (rules/loss.ts); ' +
      'machines/api-invoker-refusals.test.ts exercises it',
    ids: ['authenticating', 'mismatch'].flatMap((state) => [
      `apiInvoker ${state}: tls.failed #1 is dropped`,
      `apiInvoker ${state}: tls.failed #1 stays instead of #apiInvoker.gaveUp`,
      `apiInvoker ${state}: tls.failed #1 drops action report`,
    ]),
  },
  {
    reason:
      'not exercised: our core selects a method that the invoker listed (S2), and the change concerns cores that do not; ' +
      'machines/api-invoker-refusals.test.ts exercises it',
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
    ids: [
      'apiExposingFunction announcing: SecurityMethodsPublished #1 drops action reportSettled',
      'apiExposingFunction anywhere: securityMethods.changed #1 drops action reportWithdrawn',
      'apiExposingFunction anywhere: oldMethods.withdrawn drops action reportWithdrawn',
    ],
  },
  {
    reason:
      'not asked: a machine that is forgotten stands where it began, so only memory is saved; ' +
      'machines/invoker-admission.test.ts asks',
    ids: [
      'invokerAdmission fetching: SecurityInformationNotFound #2 drops action forgetInvoker',
      'invokerAdmission fetching: exchange.failed #3 drops action forgetInvoker',
    ],
  },
  {
    reason:
      'the same: where no initiation is held, a second refusal finds nobody who waits; machines/invoker-admission.test.ts asks',
    ids: ['invokerAdmission fetching: RevokeAuthorizationRequest #1 drops guard asksAgain'],
  },
  {
    reason:
      'not exercised: in the model, the core keeps its contexts through a restart (rules/restart.ts); ' +
      'machines/capif-core-function.test.ts and machines/api-invoker-refusals.test.ts exercise it',
    ids: [
      'apiInvoker authenticated.renegotiating: SecurityContextNotFound is dropped',
      'apiInvoker authenticated.renegotiating: SecurityContextNotFound stays instead of negotiating',
      'apiInvoker authenticated.renegotiating: SecurityContextNotFound drops action forgetContext',
      'capifCoreFunction withoutContext: SecurityMethodUpdateRequest is dropped',
      'capifCoreFunction withoutContext: SecurityMethodUpdateRequest drops action giveNoContext',
    ],
  },
  {
    reason:
      'the same: an invoker whose method was just refused has remembered its context since the selection of that method',
    ids: ['apiInvoker authenticated: SecurityMethodResponse #1 drops action rememberContext'],
  },
  {
    reason:
      'not exercised: a credential expires at the invoker only in "negotiated", where it has one (rules/forgery-and-expiry.ts)',
    ids: ['apiInvoker anywhere: credential.expired is dropped'],
  },
  {
    reason: 'the same: the state is left only when its pause is over, so there is no timer to stop',
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
    reason: 'the same: the transition of the whole machine is taken instead, and does the same',
    ids: [
      'capifCoreFunction negotiated: AccessTokenRequest #2 is dropped',
      'capifCoreFunction outdated: securityMethods.published #2 is dropped',
    ],
  },
  {
    reason:
      'the same: the transition of the whole machine is taken instead; it forgets what is already forgotten, and gives ' +
      'the same answer',
    ids: [
      'capifCoreFunction offboarded: invoker.offboarded is dropped',
      'invokerAdmission revoked: RevokeAuthorizationRequest is dropped',
    ],
  },
  {
    reason:
      'not exercised: in "negotiated" the selected method is still offered (S2), and the list of the invoker never changes, ' +
      'so there is always a common method',
    ids: [
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #2 drops guard selectsAny',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #3 is dropped',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #3 stays instead of #capifCoreFunction.withoutMethod',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #3 drops action forgetSelection',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #3 drops action giveNoMethod',
    ],
  },
  {
    reason: 'the same: in "withoutMethod" there is no selected method to forget (S2)',
    ids: ['capifCoreFunction withoutMethod: SecurityMethodUpdateRequest #3 drops action forgetSelection'],
  },
  {
    reason:
      'not exercised: before the initial state the first publication has reached the core and been acknowledged ' +
      '(rules/composition.ts), and all later ones are updates; machines/published-service.test.ts exercises it',
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
      'not exercised: in the model, the invoker invokes with its credential, and an API that it has rights for; ' +
      'machines/api-exposing-function.test.ts exercises it',
    ids: [
      'apiExposingFunction anywhere: invocation.unauthenticated is dropped',
      'apiExposingFunction anywhere: invocation.unauthenticated drops action refuseUnauthenticated',
      'apiExposingFunction anywhere: invocation.unauthorized is dropped',
      'apiExposingFunction anywhere: invocation.unauthorized drops action refuseUnauthorized',
    ],
  },
  {
    reason:
      'not exercised: the AEF tells its publisher of a change in the same macro-step, and the publisher tells the AEF once, ' +
      'and of the newest revision only; machines/api-exposing-function.test.ts exercises it',
    ids: [
      'apiExposingFunction announcing: SecurityMethodsPublished #1 drops guard isNewest',
      'apiExposingFunction announcing: SecurityMethodsPublished #2 is dropped',
      'apiExposingFunction settled: SecurityMethodsPublished is dropped',
    ],
  },
  {
    reason:
      'not exercised: the AEF has forgotten the credential of a revoked invoker (S3), so none can expire ' +
      '(rules/forgery-and-expiry.ts)',
    ids: ['invokerAdmission revoked: credential.expired is dropped'],
  },
];

export const equivalents: Readonly<Record<string, string>> = Object.fromEntries(
  byReason.flatMap(({ reason, ids }) => ids.map((id) => [id, reason])),
);
