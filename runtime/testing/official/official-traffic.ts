/** What the official files say of the exchanges of a test: how many there were, and what is not as the files have it. */
import { type HttpExchange, httpExchanges } from '../../transport/http-service.ts';
import { OfficialFiles, type Operation } from './official-files.ts';

export type Fault = { operation: string; where: 'request' | 'answer'; status: number; fault: string; body: string };

export class OfficialTraffic {
  readonly files = new OfficialFiles();
  readonly faults: Fault[] = [];
  /** By operation, how many exchanges had which status. */
  readonly seen = new Map<string, Map<number, number>>();
  readonly #hear = (exchange: unknown) => this.#check(exchange as HttpExchange);

  start(): void {
    httpExchanges.subscribe(this.#hear);
  }

  stop(): void {
    httpExchanges.unsubscribe(this.#hear);
  }

  /** The operations that no exchange has had success with. */
  unanswered(): string[] {
    return this.files.operations
      .map(nameOf)
      .filter((name) => ![...(this.seen.get(name)?.keys() ?? [])].some(isSuccess));
  }

  /** A request that was refused may be as wrong as a test wants it; one that was taken is checked. */
  #check(exchange: HttpExchange): void {
    const found = this.files.operationOf(exchange);
    if (!found) return;
    const { status, requestBody, answerBody } = exchange;
    const operation = nameOf(found);
    const statuses = this.seen.get(operation) ?? new Map<number, number>();
    this.seen.set(operation, statuses.set(status, (statuses.get(status) ?? 0) + 1));
    const add = (where: Fault['where'], body: string) => (fault: string) =>
      this.faults.push({ operation, where, status, fault, body });
    if (status < 400) this.files.requestFaults(found, exchange).forEach(add('request', requestBody));
    this.files.answerFaults(found, exchange).forEach(add('answer', answerBody));
  }
}

const isSuccess = (status: number) => status < 300;
const nameOf = ({ method, file, path }: Operation) =>
  `${method.toUpperCase()} ${file.replace(/^TS29222_|_API\.yaml$/g, '')} ${path}`;
