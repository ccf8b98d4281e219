/** Mutants that no sentence can tell from the real machine, and why: looked into one by one, by reason. */
const byReason: readonly { reason: string; ids: readonly string[] }[] = [
  {
    reason: 'a report is for the application, and no part of a world; machines/api-invoker.test.ts asks for it',
    ids: [
      'apiInvoker authenticating: tls.failed #2 drops action report',
      'apiInvoker authenticated: NoCommonMethod drops action report',
      'apiInvoker authenticated: SecurityMethodRefused drops action report',
      'apiInvoker authenticated: exchange.failed #2 drops action report',
      'apiInvoker authenticated.requestingToken: AccessTokenRefused #2 drops action report',
      'apiInvoker negotiated.initiatingAuthentication: AuthenticationInitiationRefused #2 drops action report',
      'apiInvoker negotiated.initiatingAuthentication: exchange.failed #2 drops action report',
      'apiInvoker negotiated.openingConnection: tls.failed #3 drops action report',
      'apiInvoker negotiated.invoking: IncorrectMethodFailure #2 drops action report',
      'apiInvoker negotiated.invoking: NotAuthenticatedFailure #2 drops action report',
      'apiInvoker negotiated.invoking: NotAuthorizedFailure #1 drops action report',
      'apiInvoker negotiated.invoking: invocation.failed #3 drops action report',
      'apiInvoker mismatch: tls.failed #2 drops action report',
    ],
  },
  {
    reason: "the core's key shows in the model by its selection, and the two transitions differ in nothing else",
    ids: [
      'capifCoreFunction anywhere: SecurityMethodRequest #1 is dropped',
      'capifCoreFunction anywhere: SecurityMethodRequest #1 drops action deriveAefPsk',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #1 is dropped',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #1 drops guard selectsPsk',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #1 negates guard selectsPsk',
      'capifCoreFunction negotiated: SecurityMethodUpdateRequest #1 drops action deriveAefPsk',
      'capifCoreFunction outdated: SecurityMethodUpdateRequest #1 is dropped',
      'capifCoreFunction outdated: SecurityMethodUpdateRequest #1 drops action deriveAefPsk',
      'capifCoreFunction withoutMethod: SecurityMethodUpdateRequest #1 is dropped',
      'capifCoreFunction withoutMethod: SecurityMethodUpdateRequest #1 drops action deriveAefPsk',
    ],
  },
  {
    reason:
      'the application of the model says again and again that it wants the service, so a wish that is forgotten is made anew',
    ids: [
      'apiInvoker anywhere: serviceApi.wanted is dropped',
      'apiInvoker anywhere: serviceApi.wanted drops action rememberWanted',
      'apiInvoker anywhere: IncorrectMethodFailure is dropped',
      'apiInvoker anywhere: IncorrectMethodFailure drops action rememberWanted',
      'apiInvoker anywhere: NotAuthenticatedFailure is dropped',
      'apiInvoker anywhere: NotAuthenticatedFailure drops action rememberWanted',
      'apiInvoker onboarded: serviceApi.wanted drops action rememberWanted',
      'apiInvoker negotiated.secured: IncorrectMethodFailure #1 drops action rememberWanted',
      'apiInvoker negotiated.invoking: IncorrectMethodFailure #1 drops action rememberWanted',
      'apiInvoker negotiated.invoking: NotAuthenticatedFailure #1 drops action rememberWanted',
      'apiInvoker withoutMethod: serviceApi.wanted drops action rememberWanted',
      'apiInvoker refused: serviceApi.wanted drops action rememberWanted',
      'apiInvoker gaveUp: serviceApi.wanted drops action rememberWanted',
      'apiInvoker gaveUp: IncorrectMethodFailure drops action rememberWanted',
    ],
  },
  {
    reason:
      'what the invoker waits for is over when it leaves, so closing the connection stops nothing that the model can see',
    ids: [
      'apiInvoker authenticated: exit drops action releaseCoreConnection',
      'apiInvoker negotiated: exit drops action closeConnection',
    ],
  },
  {
    reason:
      'a first publication and an update are registered alike, and both states answer alike to all that can still come',
    ids: [
      'publishedService unpublished: ServiceApiPublishRequest stays instead of published',
      'apiPublishingFunction publishing: ServiceApiUpdateResponse stays instead of published',
      'apiPublishingFunction publishing: ServiceApiUpdateResponse drops action rememberResource',
    ],
  },
  {
    reason: 'an AEF that loses nothing through a restart breaks no sentence either',
    ids: ['invokerAdmission anywhere: role.restarted is dropped'],
  },
  {
    reason: "the key is the AEF's to forget; that the core forgets its own shows in its selection",
    ids: ['capifCoreFunction revoked: entry drops action forgetCredential'],
  },
];

export const equivalents: Readonly<Record<string, string>> = Object.fromEntries(
  byReason.flatMap(({ reason, ids }) => ids.map((id) => [id, reason])),
);
