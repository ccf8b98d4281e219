/** What each onboarded API invoker has said of itself (TS 29.222 8.4), and the certificate that it was given last. */
import type { Collection, Store } from '../../store/store.ts';
import type { ApiInvokerEnrolment } from '../../wire/invoker-management-api.ts';
import type { IssuedCertificates } from './issued-certificates.ts';

type Details = ApiInvokerEnrolment & { certificatePem: string };

export class EnrolmentDetails {
  readonly #certificates: IssuedCertificates;
  readonly #details: Map<string, Details>;
  readonly #put: Collection<Details>['put'];

  constructor({ certificates, store }: { certificates: IssuedCertificates; store: Store }) {
    this.#certificates = certificates;
    const { kept, put } = store.collection<Details>('enrolment-details');
    this.#details = new Map(kept);
    this.#put = put;
  }

  /** Undefined also for an invoker that a core of before has kept without them. */
  of = (apiInvokerId: string): Details | undefined => this.#details.get(apiInvokerId);

  /** The certificate of this key, which is a new one if the key is. Rejects with CertificateRequestRefused. */
  async enrol(apiInvokerId: string, wanted: ApiInvokerEnrolment): Promise<string> {
    const known = this.of(apiInvokerId);
    const subject = { role: 'apiInvoker', id: apiInvokerId } as const;
    const certificatePem =
      known?.publicKeyPem === wanted.publicKeyPem
        ? known.certificatePem
        : await this.#certificates.issue({ subject, publicKey: wanted.publicKeyPem, usages: ['client'] });
    this.#details.set(apiInvokerId, { ...wanted, certificatePem });
    this.#put(apiInvokerId, () => this.of(apiInvokerId));
    return certificatePem;
  }

  forget(apiInvokerId: string): void {
    if (this.#details.delete(apiInvokerId)) this.#put(apiInvokerId, () => undefined);
  }
}
