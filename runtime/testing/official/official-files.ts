/**
 * The official OpenAPI files of TS 29.222, where they are beside the checkout: which operation an exchange is of, and what
 * in it is not as the file has it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import type { HttpExchange } from '../../transport/http-service.ts';

export const officialFolder: string =
  process.env.CAPIF_OPENAPI ?? fileURLToPath(new URL('../../../../shared/spec/openapi/rel19', import.meta.url));
export const areOfficialFilesThere = existsSync(officialFolder);

type Reference = { $ref?: string };
type Content = Record<string, { schema?: object }>;
type Parameter = Reference & { name: string; in: string; required?: boolean; schema?: object; content?: Content };
type Response = Reference & { content?: Content; headers?: Record<string, { required?: boolean }> };
type OperationObject = {
  parameters?: Parameter[];
  requestBody?: Reference & { required?: boolean; content: Content };
  responses: Record<string, Response>;
};
type Document = {
  servers?: { url: string }[];
  paths?: Record<string, Record<string, OperationObject> & { parameters?: Parameter[] }>;
};

/** `pointer`: where it is in its file, as a JSON pointer without `#`. */
export type Operation = { file: string; method: string; path: string; pattern: RegExp; pointer: string };

const methods = ['get', 'put', 'post', 'delete', 'patch'];
const escaped = (text: string) => text.replaceAll('~', '~0').replaceAll('/', '~1');

export class OfficialFiles {
  readonly #documents = new Map<string, Document>();
  readonly #ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true, logger: false });
  readonly #validators = new Map<string, ValidateFunction | Error>();
  readonly operations: Operation[] = [];

  constructor(folder = officialFolder) {
    formats.default(this.#ajv);
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
      const document = parse(readFileSync(join(folder, file), 'utf8'), { logLevel: 'silent' }) as Document;
      this.#documents.set(file, document);
      this.#ajv.addSchema(document, file);
      if (file.startsWith('TS29222')) this.operations.push(...operationsOf(file, document));
    }
  }

  /** Undefined for an exchange of no CAPIF API. */
  operationOf({ method, url }: HttpExchange): Operation | undefined {
    const path = url.split('?')[0]!;
    return this.operations.find((one) => one.method === method.toLowerCase() && one.pattern.test(path));
  }

  /** What is wrong in the request, in words. */
  requestFaults(operation: Operation, { url, requestHeaders, requestBody }: HttpExchange): string[] {
    const { parameters = [], requestBody: expected } = this.#object(operation);
    const query = new URLSearchParams(url.split('?')[1]);
    const known = parameters.map((one) => this.#resolved(one, operation.file));
    const unknown = [...query.keys()].filter((name) => !known.some((one) => one.value.name === name));
    const missing = known.filter(({ value }) => value.in === 'query' && value.required && !query.has(value.name));
    const faults = [
      ...unknown.map((name) => `there is no query parameter "${name}"`),
      ...missing.map(({ value }) => `the query parameter "${value.name}" is missing`),
    ];
    if (!expected) return requestBody.length > 0 ? [...faults, 'it has a body'] : faults;
    const { value, file, pointer } = this.#resolved(expected, operation.file, `${operation.pointer}/requestBody`);
    return [...faults, ...this.#bodyFaults(value.content, requestHeaders['content-type'], requestBody, file, pointer)];
  }

  /** What is wrong in the answer, in words. */
  answerFaults(operation: Operation, { status, answerHeaders, answerBody }: HttpExchange): string[] {
    const { responses } = this.#object(operation);
    const name = String(status) in responses ? String(status) : 'default';
    const found = responses[name];
    if (!found) return [`it has no answer ${status}`];
    const place = `${operation.pointer}/responses/${name}`;
    const { value, file, pointer } = this.#resolved(found, operation.file, place);
    const absent = Object.entries(value.headers ?? {})
      .filter(([header, { required }]) => required && answerHeaders[header.toLowerCase()] === undefined)
      .map(([header]) => `the header ${header} is missing`);
    if (!value.content) return answerBody.length > 0 ? [...absent, `${status} has a body`] : absent;
    return [...absent, ...this.#bodyFaults(value.content, answerHeaders['content-type'], answerBody, file, pointer)];
  }

  #object({ file, path, method }: Operation): OperationObject {
    const item = this.#documents.get(file)!.paths![path]!;
    const operation = item[method]!;
    return { ...operation, parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])] };
  }

  #resolved<T extends Reference>(value: T, file: string, pointer = ''): { value: T; file: string; pointer: string } {
    if (value.$ref === undefined) return { value, file, pointer };
    const [other = '', place = ''] = value.$ref.split('#');
    const within = other === '' ? file : other;
    const steps = place.split('/').slice(1);
    const found = steps.reduce(
      (at: unknown, step) => (at as Record<string, unknown>)?.[step],
      this.#documents.get(within),
    );
    return this.#resolved(found as T, within, place);
  }

  #bodyFaults(content: Content, type: string | undefined, body: string, file: string, pointer: string): string[] {
    const media = type?.split(';')[0]?.trim().toLowerCase() ?? '';
    if (!(media in content)) return [`the media type is "${media}", not ${Object.keys(content).join(' or ')}`];
    const read = bodyIn(body, media);
    if (read === undefined) return ['it is not JSON'];
    const validate = this.#validator(`${file}#${pointer}/content/${escaped(media)}/schema`);
    if (validate instanceof Error) return [];
    if (validate(read.value)) return [];
    return validate.errors!.map(
      ({ instancePath, message, params }) => `${instancePath || 'body'} ${message} ${JSON.stringify(params)}`,
    );
  }

  /** An Error where the schema refers to a file that is not there. */
  #validator(reference: string): ValidateFunction | Error {
    const known = this.#validators.get(reference);
    if (known) return known;
    let made: ValidateFunction | Error;
    try {
      made = this.#ajv.compile({ $ref: encodeURI(reference) });
    } catch (error) {
      made = error as Error;
    }
    this.#validators.set(reference, made);
    return made;
  }

  /** Why bodies of this exchange's operation cannot be checked, if so. */
  get unchecked(): string[] {
    return [...this.#validators].flatMap(([reference, made]) =>
      made instanceof Error ? [`${reference}: ${made.message}`] : [],
    );
  }
}

function bodyIn(body: string, media: string): { value: unknown } | undefined {
  if (!media.endsWith('json')) return { value: Object.fromEntries(new URLSearchParams(body)) };
  try {
    return { value: JSON.parse(body) };
  } catch {
    return undefined;
  }
}

function operationsOf(file: string, { servers, paths = {} }: Document): Operation[] {
  const root = servers![0]!.url.replace('{apiRoot}', '');
  return Object.entries(paths).flatMap(([path, item]) =>
    methods
      .filter((method) => method in item)
      .map((method) => ({
        file,
        method,
        path,
        pattern: new RegExp(`^${root}${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
        pointer: `/paths/${escaped(path)}/${method}`,
      })),
  );
}
