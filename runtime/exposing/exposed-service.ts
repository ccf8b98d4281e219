/**
 * One service of the exposing function, one service API at one interface: the universal listener on CAPIF-2e, the machines
 * that decide about its methods, and the admissions that decide about invokers (6.5.2, 6.7).
 */
import type { TransportFacts } from '../../machines/steps/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { hasBoundMasterSecret } from '../credentials/tls-session.ts';
import type { ServiceApiResource } from '../publishing/service-api-resource.ts';
import type { Store } from '../store/store.ts';
import type { Connector } from '../transport/connector.ts';
import { httpService } from '../transport/http-service.ts';
import { aefListener } from '../transport/listening/aef-listener.ts';
import type { Listener } from '../transport/listening/listener.ts';
import { Admissions } from './admissions/admissions.ts';
import type { Own } from './admissions/security-information.ts';
import { aefRoutes } from './aef-routes.ts';
import { AnnouncedService } from './announced-service.ts';
import { accessControlOf, fetchSecurityInformation, loggingOf } from './core-side.ts';
import { reportingReader, type Settled, type WantedService } from './exposing-options.ts';
import { InitiationLimit } from './initiation-limit.ts';
import type { SenderOptions } from './invocation-sender.ts';
import type { InvocationLogging } from './invocations/invocation-logging.ts';
import type { Address, KeptServices } from './kept-services.ts';
import type { EnrolledFunction } from './provider/provider.ts';
import { serviceInvocations } from './service-invocations.ts';

type ExposedServiceOptions = {
  settled: Settled;
  wanted: WantedService;
  aef: EnrolledFunction;
  toCore: Connector;
  verifier: SenderOptions['verifier'];
  kept: KeptServices;
  /** A store of this service alone. */
  store: Store;
  /** Revokes at all services of its AEF that have these APIs; false if there is none. */
  revoke(apiInvokerId: string, apiIds: readonly string[], facts: TransportFacts): boolean;
  onMethodsPending(stillAccepted: readonly SecurityMethod[]): void;
  onLogsWaiting(bytes: number): void;
};

type Begun = {
  announced: AnnouncedService;
  admissions: Admissions;
  logging: InvocationLogging | undefined;
  answer: ReturnType<typeof httpService>;
};

export class ExposedService {
  readonly id: string;
  readonly name: string;
  readonly apiName: string;
  readonly aefId: string;
  readonly host: string;
  readonly #options: ExposedServiceOptions;
  readonly #listener: Listener;
  #port = 0;
  #resource: ServiceApiResource | undefined;
  #begun: Begun | undefined;

  constructor(options: ExposedServiceOptions) {
    const { wanted, aef, settled } = options;
    this.#options = options;
    this.id = wanted.id;
    this.name = wanted.name;
    this.apiName = wanted.apiName;
    this.aefId = aef.id;
    this.host = wanted.host;
    this.#listener = aefListener({
      ...aef.certificate,
      ca: settled.core.ca,
      tls: settled.tls,
      connectionsMax: settled.connectionsMax,
      limits: settled.limits,
      onLimit: (limit) => settled.onLimit(limit),
      accept: hasBoundMasterSecret,
      pskFor: (identity) => this.#begun?.admissions.pskFor(identity),
      onHandshakeFailure: (failure) => settled.onHandshakeFailure(failure),
      // Others of its AEF may still be about to listen.
      onRequest: (...exchange) => (this.#begun ? this.#begun.answer(...exchange) : exchange[0].socket.destroy()),
    });
  }

  /** At the port of before, where invokers know it, if any would do and that one is still free. */
  async listen(): Promise<void> {
    const { wanted, kept } = this.#options;
    const before = kept.portOf(wanted.id);
    const listen = (port: number) => this.#listener.listen(port, this.host);
    this.#port = await (wanted.port === 0 && before !== undefined
      ? listen(before).catch(() => listen(0))
      : listen(wanted.port));
    kept.putPort(wanted.id, this.#port);
  }

  /** Where it listens. */
  get port(): number {
    return this.#port;
  }

  get published(): Address {
    return this.#options.wanted.published ?? { host: this.host, port: this.#port };
  }

  /** What the core calls its API, once the first publication is acknowledged. */
  get apiId(): string | undefined {
    return this.#resource?.apiId;
  }

  get announced(): AnnouncedService {
    return this.#running.announced;
  }

  get admissions(): Admissions {
    return this.#running.admissions;
  }

  get #running(): Begun {
    if (!this.#begun) throw new Error('the service has not begun');
    return this.#begun;
  }

  /** Announces its methods, and takes invocations. `instance`: how its machines are named in traces. */
  begin(instance: string, resource: ServiceApiResource): void {
    const { settled, wanted, toCore, store, onMethodsPending, ...parts } = this.#options;
    const { amendments, record, clock, pause, onError, credentialLifetimeMs } = settled;
    this.#resource = resource;
    const own = (): Own => ({ aefId: this.aefId, ...this.published, apiId: this.apiId });
    const admissions = new Admissions({
      ...{ amendments, record, store, clock, credentialLifetimeMs, onError },
      service: instance,
      fetchSecurityInformation: (apiInvokerId) => fetchSecurityInformation(toCore, this.aefId, apiInvokerId),
      learntFrom: reportingReader(settled, own),
    });
    const { id, apiName, aef, methods } = wanted;
    const announced = new AnnouncedService({
      ...{ id, apiName, aef, methods, amendments, record, clock, pause, store, instance, resource, onMethodsPending },
      ...{ aefId: this.aefId, published: this.published, kept: parts.kept },
      invoke: (...invocation) => admissions.invoke(...invocation),
    });
    const ofCore = { toCore, own, store };
    const logging = loggingOf(settled, { ...ofCore, apiName, onLogsWaiting: parts.onLogsWaiting });
    this.#begun = { announced, admissions, logging, answer: this.#answerWith(announced, admissions, logging, ofCore) };
  }

  #answerWith(
    announced: AnnouncedService,
    admissions: Admissions,
    logging: InvocationLogging | undefined,
    ofCore: Parameters<typeof accessControlOf>[1],
  ): Begun['answer'] {
    const { settled, wanted, verifier, revoke } = this.#options;
    const { core, clock, bodyLimitBytes, invokerOf, store, limits = {}, onLimit, onError } = settled;
    const limit = new InitiationLimit(limits, onLimit);
    const { aefId } = this;
    return httpService({
      routes: aefRoutes({ aefId, core, admissions, limit, revoke, invokerOf, store, onError }),
      otherwise: serviceInvocations({
        ...{ aefId, admissions, verifier, logging, clock, invokerOf, apiName: wanted.apiName, serve: wanted.serve },
        accessControl: accessControlOf(settled, ofCore),
        decide: announced.decide,
      }),
      bodyLimitBytes,
      onError,
    });
  }

  async close(withinMs: number, because: Error): Promise<void> {
    this.#begun?.announced.close(because);
    await this.#listener.close(withinMs);
    await this.#begun?.logging?.close(withinMs);
    this.#begun?.admissions.close();
  }
}
