/**
 * What each onboarded API invoker has said of itself (TS 29.222 8.4), the certificate that it was given last, and until when it is
 * onboarded.
 */
import type { Clock } from '../../clock.ts';
import { derOf, pemOf } from '../../credentials/certificate-bytes.ts';
import type { Collection, Store } from '../../store/store.ts';
import type { ApiInvokerEnrolment } from '../../wire/invoker-management-api.ts';
import type { IssuedCertificates } from './issued-certificates.ts';

/** `latest`: when its onboarding ends at the latest, whatever it updates. */
type Details = ApiInvokerEnrolment & { certificate: Buffer; latest?: string | undefined };
type KeptDetails = Omit<Details, 'certificate'> & { certificatePem: string };

type EnrolmentDetailsOptions = {
  certificates: IssuedCertificates;
  store: Store;
  clock: Clock;
  /** How long an API invoker is onboarded at most; by default without end. */
  enrolmentLifetimeSeconds?: number | undefined;
};

export class EnrolmentDetails {
  readonly #options: EnrolmentDetailsOptions;
  readonly #details = new Map<string, Details>();
  readonly #put: Collection<KeptDetails>['put'];

  constructor(options: EnrolmentDetailsOptions) {
    this.#options = options;
    const { kept, put } = options.store.collection<KeptDetails>('enrolment-details');
    for (const [id, { certificatePem, ...details }] of kept) this.#set(id, details, derOf(certificatePem));
    this.#put = put;
  }

  /** Undefined also for an invoker that a core of before has kept without them. */
  of = (apiInvokerId: string): Details | undefined => this.#details.get(apiInvokerId);

  /** The certificate of this key, in DER, which is a new one if the key is. Rejects with CertificateRequestRefused. */
  async enrol(apiInvokerId: string, wanted: ApiInvokerEnrolment): Promise<Buffer> {
    const known = this.of(apiInvokerId);
    const subject = { role: 'apiInvoker', id: apiInvokerId } as const;
    const certificate =
      known?.publicKeyPem === wanted.publicKeyPem
        ? known.certificate
        : derOf(
            await this.#options.certificates.issue({ subject, publicKey: wanted.publicKeyPem, usages: ['client'] }),
          );
    const latest = known ? known.latest : this.#latest();
    this.#set(apiInvokerId, { ...wanted, latest, expTime: earlier(wanted.expTime, latest) }, certificate);
    this.#put(apiInvokerId, () => this.#toKeep(apiInvokerId));
    return certificate;
  }

  #set(apiInvokerId: string, details: Omit<Details, 'certificate'>, certificate: Buffer): void {
    const { publicKeyPem, notificationDestination, information, supportedFeatures, requestTestNotification } = details;
    const { latest, expTime } = details;
    // Written out: in memory, an object that is made by spreading may have a description of its own.
    this.#details.set(apiInvokerId, {
      publicKeyPem,
      notificationDestination,
      information,
      supportedFeatures,
      requestTestNotification,
      certificate,
      latest,
      expTime,
    });
  }

  #toKeep(apiInvokerId: string): KeptDetails | undefined {
    const known = this.of(apiInvokerId);
    if (!known) return undefined;
    const { certificate, ...details } = known;
    return { ...details, certificatePem: pemOf(certificate) };
  }

  #latest(): string | undefined {
    const { clock, enrolmentLifetimeSeconds: seconds } = this.#options;
    return seconds === undefined ? undefined : new Date(clock.now() + seconds * 1000).toISOString();
  }

  forget(apiInvokerId: string): void {
    if (this.#details.delete(apiInvokerId)) this.#put(apiInvokerId, () => undefined);
  }
}

const earlier = (wanted: string | undefined, latest: string | undefined): string | undefined =>
  wanted === undefined || (latest !== undefined && Date.parse(latest) < Date.parse(wanted)) ? latest : wanted;
