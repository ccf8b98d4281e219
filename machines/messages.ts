/**
 * The messages between the roles, named by the standard's nouns. What one role sends is, letter for letter, the event
 * that its peer receives. A `credential` is the number of the negotiation that a key, a token or a right belongs to;
 * the bytes themselves never enter a machine.
 */
import type { Named, SecurityMethod } from './vocabulary.ts';

type WithCredential<T extends string> = { type: T; credential: number };

/** CAPIF-1e, onboarding and offboarding (6.1, 6.8). */
export type OnboardApiInvokerRequest = { type: 'OnboardApiInvokerRequest' };
export type OnboardApiInvokerResponse = { type: 'OnboardApiInvokerResponse' };
export type OnboardingRefused = { type: 'OnboardingRefused' };
/** TS 29.222 5.5.2.2: the core will notify the invoker of the result. */
export type OnboardingDeferred = { type: 'OnboardingDeferred' };
export type OffboardApiInvokerRequest = { type: 'OffboardApiInvokerRequest' };
export type OffboardApiInvokerResponse = { type: 'OffboardApiInvokerResponse' };
export type OffboardingRefused = { type: 'OffboardingRefused' };

/** CAPIF-1e, negotiation (6.3.1): the first request of an invoker about an AEF, and every later one (6.7). */
type Negotiation<T extends string> = { type: T; supported: readonly SecurityMethod[]; names: Named };
export type SecurityMethodRequest = Negotiation<'SecurityMethodRequest'>;
export type SecurityMethodUpdateRequest = Negotiation<'SecurityMethodUpdateRequest'>;
export type SecurityMethodResponse = { type: 'SecurityMethodResponse'; selected: SecurityMethod; credential: number };
export type NoCommonMethod = { type: 'NoCommonMethod' };
export type SecurityContextNotFound = { type: 'SecurityContextNotFound' };
export type SecurityMethodRefused = { type: 'SecurityMethodRefused' };

/** CAPIF-1e, event SERVICE_API_UPDATE (TS 29.222 5.4.2.4): it says that something has changed, and not what. */
export type ServiceApiUpdateNotification = { type: 'ServiceApiUpdateNotification' };

/** CAPIF-1e, access tokens (6.5.2.3, C.3). */
export type AccessTokenRequest = { type: 'AccessTokenRequest' };
export type AccessTokenResponse = { type: 'AccessTokenResponse' };
export type AccessTokenRefused = { type: 'AccessTokenRefused' };

/** CAPIF-2e (6.5.2, 6.7). */
export type AuthenticationInitiationRequest = { type: 'AuthenticationInitiationRequest' };
export type AuthenticationInitiationResponse = { type: 'AuthenticationInitiationResponse' };
export type AuthenticationInitiationRefused = { type: 'AuthenticationInitiationRefused' };
export type ServiceApiInvocation = { type: 'ServiceApiInvocation'; method: SecurityMethod; credential: number };
export type ServiceApiInvocationResponse = WithCredential<'ServiceApiInvocationResponse'>;
/** 6.7: the "failure response with an indicator that the method is incorrect". */
export type IncorrectMethodFailure = WithCredential<'IncorrectMethodFailure'>;
export type NotAuthenticatedFailure = WithCredential<'NotAuthenticatedFailure'>;
export type NotAuthorizedFailure = WithCredential<'NotAuthorizedFailure'>;

/** CAPIF-3, keys and rights from the core to the exposing function (TS 29.222 5.6.2.4, 6.2.2.3). */
export type SecurityInformationRequest = { type: 'SecurityInformationRequest' };
/**
 * `selected`: the method of this negotiation (6.3.1). `hasAefPsk`: it brings AEFPSK along, because that method is TLS-PSK
 * (6.5.2.1).
 */
export type SecurityInformationResponse = {
  type: 'SecurityInformationResponse';
  credential: number;
  selected?: SecurityMethod | undefined;
  hasAefPsk: boolean;
};
export type SecurityInformationNotFound = { type: 'SecurityInformationNotFound' };
export type RevokeAuthorizationRequest = { type: 'RevokeAuthorizationRequest' };
export type RevokeAuthorizationResponse = { type: 'RevokeAuthorizationResponse' };

/** CAPIF-4, publication (TS 29.222 5.3.2.2, 5.3.2.5). The revision is ours: the standard has none. */
type Publication<T extends string> = { type: T; methods: readonly SecurityMethod[]; revision: number };
export type ServiceApiPublishRequest = Publication<'ServiceApiPublishRequest'>;
export type ServiceApiUpdateRequest = Publication<'ServiceApiUpdateRequest'>;
export type ServiceApiUpdateResponse = { type: 'ServiceApiUpdateResponse'; revision: number };

/** Between an exposing function and its publishing function: one provider domain, no interface of the standard. */
export type SecurityMethodsChanged = Publication<'SecurityMethodsChanged'>;
export type SecurityMethodsPublished = { type: 'SecurityMethodsPublished'; revision: number };

export type MessageToInvoker =
  | OnboardApiInvokerResponse
  | OnboardingRefused
  | OnboardingDeferred
  | OffboardApiInvokerResponse
  | OffboardingRefused
  | SecurityMethodResponse
  | NoCommonMethod
  | SecurityContextNotFound
  | SecurityMethodRefused
  | ServiceApiUpdateNotification
  | AccessTokenResponse
  | AccessTokenRefused
  | AuthenticationInitiationResponse
  | AuthenticationInitiationRefused
  | ServiceApiInvocationResponse
  | IncorrectMethodFailure
  | NotAuthenticatedFailure
  | NotAuthorizedFailure;

export type MessageToCore =
  | OnboardApiInvokerRequest
  | OffboardApiInvokerRequest
  | SecurityMethodRequest
  | SecurityMethodUpdateRequest
  | AccessTokenRequest
  | SecurityInformationRequest
  | RevokeAuthorizationResponse
  | ServiceApiPublishRequest
  | ServiceApiUpdateRequest;

export type MessageToExposing =
  | AuthenticationInitiationRequest
  | ServiceApiInvocation
  | SecurityInformationResponse
  | SecurityInformationNotFound
  | RevokeAuthorizationRequest
  | SecurityMethodsPublished;

export type MessageToPublishing = ServiceApiUpdateResponse | SecurityMethodsChanged;

export type Message = MessageToInvoker | MessageToCore | MessageToExposing | MessageToPublishing;
