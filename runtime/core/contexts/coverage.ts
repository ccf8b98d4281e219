/** The services that a security context is about: all that its subject names, less those that have been revoked. */
import type { Named } from '../../../machines/vocabulary.ts';
import type { Subject } from '../../wire/security-api.ts';
import { isPublished, type Service } from '../services/published-services.ts';
import { covers, namesAefAlone } from './subjects.ts';

type CoverageOptions = {
  subject: Subject;
  /** All services of the AEF, published now or before, in the order of a discovery. */
  services(): readonly Service[];
  isRevoked(service: Service): boolean;
};

export class Coverage {
  readonly #options: CoverageOptions;

  constructor(options: CoverageOptions) {
    this.#options = options;
  }

  /** All that the subject names. */
  get #named(): readonly Service[] {
    return this.#options.services().filter((one) => covers(this.#options.subject, one));
  }

  /** Those of them whose authorization has not been revoked. */
  get #covered(): readonly Service[] {
    return this.#named.filter((one) => !this.#options.isRevoked(one));
  }

  /** Whether all that it is about has been revoked. */
  get isLeftWithNothing(): boolean {
    return this.#named.length > 0 && this.#covered.length === 0;
  }

  /** What its machine knows as offered. Once nothing is left it is revoked, and does not select from any. */
  get offered(): readonly Service[] {
    return this.isLeftWithNothing ? this.#named : this.#covered;
  }

  /** Whether this service, as it was published, is offered to its machine. */
  isOffered(service: Service): boolean {
    const { subject, isRevoked } = this.#options;
    return covers(subject, service) && (!isRevoked(service) || this.isLeftWithNothing);
  }

  get published(): readonly Service[] {
    return this.#covered.filter(isPublished);
  }

  /** The ids of all service APIs that it is about. */
  get apiIds(): string[] {
    return [...new Set(this.#named.map(({ apiId }) => apiId))];
  }

  /** What it gives rights to: a name that several APIs have is left out if one of these is revoked. */
  get apiNames(): string[] {
    const covered = this.#covered;
    const revoked = this.#named.filter((one) => !covered.includes(one));
    const names = new Set(this.published.map(({ apiName }) => apiName));
    for (const { apiName } of revoked) names.delete(apiName);
    return [...names];
  }

  /** Whether its machine is asked for a token for this name: once nothing is left, it refuses. */
  isAskedFor(apiName: string): boolean {
    if (this.isLeftWithNothing) return this.#named.some((one) => one.apiName === apiName);
    return this.apiNames.includes(apiName);
  }

  /** The number of the service that the subject names, if it names more than an AEF; 0 otherwise. */
  get service(): number {
    return namesAefAlone(this.#options.subject) ? 0 : (this.offered[0]?.number ?? 0);
  }

  /** To a machine, a request is about all services that it was told of, unless it is about the one of its number. */
  named(service: number): Named {
    const isOne = !namesAefAlone(this.#options.subject) && this.published.every(({ number }) => number === service);
    return isOne ? 'serviceApi' : 'exposingFunction';
  }
}
