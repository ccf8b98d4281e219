/** For the tests with foreign programs: openssl and curl, and invokers and providers that do not use this runtime. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { type CoreFunction, createCoreFunction } from '../core/core-function.ts';
import { readableIds } from '../core/parties/ids.ts';
import { deriveAefPsk, serviceApiInterface } from '../credentials/aef-psk.ts';
import type { OwnCertificate } from '../credentials/core-contact.ts';
import { generateKeyPair } from '../credentials/key-pairs.ts';
import { createExposingFunction } from '../exposing/exposing-function.ts';
import { type Connector, connector } from '../transport/connector.ts';
import type { HttpRequest } from '../wire/http-message.ts';
import { readOnboardApiInvokerResponse, writeOnboardApiInvokerRequest } from '../wire/invoker-management-api.ts';
import { writeSecurityMethodRequest, writeSecurityMethodUpdateRequest } from '../wire/security-api.ts';

export const withoutOpenssl = missing('openssl', ['version'], /^OpenSSL ([3-9]|1\.1\.1)/);
export const withoutCurl = missing('curl', ['--version'], /^curl /) || withoutOpenssl;

/** Whether a program is missing, or is not one that the tests can use; prints why. */
function missing(program: string, args: string[], version: RegExp): boolean {
  const { stdout = '' } = spawnSync(program, args, { encoding: 'utf8' });
  const here = version.test(stdout ?? '');
  if (!here) console.warn(`no ${program} that these tests could use: those which need it are left out`);
  return !here;
}

const closing: (() => unknown)[] = [];

/** What is closed after the test, the latest first. */
export const later = (close: () => unknown): unknown => closing.unshift(close);

/** Call after each test: ends every process, closes every function and removes every folder of it. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0)) await close();
}

/** A program under way, with what it has said so far; it does not outlive the test. */
type Running = { child: ChildProcessWithoutNullStreams; said(): string; ended: Promise<number | null> };

export function start(program: string, args: readonly string[]): Running {
  const child = spawn(program, args, { env: { ...process.env, LC_ALL: 'C' } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text += chunk;
    });
  }
  // It may end before it has read everything.
  child.stdin.on('error', () => {});
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  later(() => {
    child.kill('SIGKILL');
    return ended;
  });
  return { child, said: () => text, ended };
}

/** Resolves with what the program's words match; rejects if it ends without having said it. */
export function hear({ child, said, ended }: Running, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = pattern.exec(said());
      if (found) resolve(found);
    };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
    look();
    ended.then(() => reject(new Error(`ended without ${pattern}:\n${said()}`)));
  });
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  input: string | Buffer = '',
): Promise<{ code: number; said: string }> {
  const running = start(program, args);
  running.child.stdin.end(input);
  const code = (await running.ended) ?? -1;
  return { code, said: running.said() };
}

let folder: Promise<string> | undefined;

/** Writes a file that is gone after the test, and says where it is. */
export async function file(name: string, content: string): Promise<string> {
  folder ??= mkdtemp(join(tmpdir(), 'capif-foreign-')).then((made) => {
    later(() => {
      folder = undefined;
      return rm(made, { recursive: true, force: true });
    });
    return made;
  });
  const path = join(await folder, name);
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

type CurlAnswer = { code: number; status: number; headers: Headers; text: string; json(): unknown };

/** What curl got: its exit code, and the answer if there was one, after those with 1xx. */
export async function curl(...args: string[]): Promise<CurlAnswer> {
  const { code, said } = await run('curl', ['--disable', '--noproxy', '*', '-sS', '-i', ...args]);
  const answer = /(?:^|\r\n\r\n)HTTP\/1\.1 ([2-5]\d\d)[^\r]*\r\n(.*?)\r\n\r\n(.*)$/s.exec(said);
  const [, status = 0, fields = '', text = said] = answer ?? [];
  const headers = new Headers(fields.split('\r\n').flatMap((line) => (line ? [split(line)] : [])));
  return { code, status: Number(status), headers, text, json: () => JSON.parse(text) as unknown };
}

function split(field: string): [string, string] {
  const colon = field.indexOf(':');
  return [field.slice(0, colon), field.slice(colon + 1).trim()];
}

export async function aCore(): Promise<CoreFunction> {
  const core = await createCoreFunction({ ids: readableIds(), onError: (error) => expect.fail(String(error)) });
  later(core.close);
  return core;
}

export const apiPath = '/greetings/v1/hello';

/** An AEF of this runtime; its service answers with the security method it was invoked with, and by whom. */
export async function anAef(core: CoreFunction, methods: SecurityMethod[], record?: (line: TraceLine) => void) {
  const aef = await createExposingFunction({
    core,
    registrationSecret: core.registrationSecret,
    apiName: 'greetings',
    methods,
    serve: ({ securityMethod, apiInvokerId }) => ({ status: 200, body: `${securityMethod} of ${apiInvokerId}` }),
    onError: (error) => expect.fail(String(error)),
    ...(record && { record }),
  });
  later(aef.close);
  await aef.settled();
  return aef;
}

export function connecting(core: CoreFunction, certificate?: OwnCertificate): Connector {
  const { host, port, ca } = core;
  const made = connector({
    host,
    port,
    ca,
    credential: certificate ? { by: 'certificate', ...certificate } : { by: 'nothing' },
    tls: { maxVersion: 'TLSv1.2' },
    singleConnection: true,
  });
  later(made.close);
  return made;
}

/** The answer, or a failed test. */
export async function asked(over: Connector, request: HttpRequest) {
  const outcome = await over.request(request);
  if (outcome.outcome !== 'answered') throw new Error(`${request.method} ${request.path}: ${outcome.because}`);
  return outcome;
}

export const notificationDestination = 'https://invoker.invalid/notifications';
type Onboarded = { id: string; certificate: OwnCertificate };

/** An invoker without any machine: it is only onboarded. */
export async function anInvoker(core: CoreFunction): Promise<Onboarded> {
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const request = writeOnboardApiInvokerRequest({ publicKeyPem, notificationDestination });
  const authorization = `Bearer ${await core.onboardingToken('foreign')}`;
  const answer = await asked(connecting(core), { ...request, headers: { ...request.headers, authorization } });
  const read = readOnboardApiInvokerResponse(answer);
  if (read.outcome !== 'read') throw new Error(read.because);
  return { id: read.value.apiInvokerId, certificate: { key: privateKeyPem, cert: read.value.certificatePem } };
}

/** Asks the core for a method, for the first time or again; the socket is the CAPIF-1e session of Annex A. */
export async function negotiate(
  core: CoreFunction,
  { id, certificate }: Onboarded,
  aef: { aefId: string; host: string; port: number },
  supported: readonly SecurityMethod[],
  again = false,
): Promise<{ aefPsk(): Buffer }> {
  const write = again ? writeSecurityMethodUpdateRequest : writeSecurityMethodRequest;
  const entries = [{ aefId: aef.aefId, supported }];
  const answer = await asked(
    connecting(core, certificate),
    write({ apiInvokerId: id, entries, notificationDestination }),
  );
  expect(answer.status).toBe(again ? 200 : 201);
  return { aefPsk: () => deriveAefPsk(answer.socket, serviceApiInterface(aef)).key };
}
