/**
 * How a command of the operator reaches a role that runs: HTTP over a Unix socket in the folder of the role, which only
 * its owner can open. Each request is a JSON text in, and a JSON text out.
 */
import { rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

const socketIn = (folder: string) => join(folder, 'control.sock');

type Control = (argument: unknown) => Promise<unknown>;
/** A command by its name; what it throws is told to whoever gave it. */
export type Controls = Record<string, Control>;

/** `controls`: or what is done for each command. Rejects if another process has the socket. */
export async function controlSocket(folder: string, controls: Controls | Control): Promise<{ close(): void }> {
  const path = socketIn(folder);
  if (await isAnswered(path)) throw new Error(`another process runs in ${folder}`);
  rmSync(path, { force: true });
  const server = createServer(async ({ url = '/' }, response) => {
    const control = typeof controls === 'function' ? controls : controls[url.slice(1)];
    const answer = (status: number, value: unknown) => response.writeHead(status).end(JSON.stringify(value));
    if (!control) return answer(404, `there is no command "${url.slice(1)}"`);
    try {
      const text = (await buffer(response.req)).toString();
      answer(200, (await control(JSON.parse(text))) ?? null);
    } catch (error) {
      answer(400, (error as Error).message);
    }
  });
  const formerMask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(formerMask);
  }
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Rejects with an Error that says whether no process runs in the folder, or why it refuses. */
export async function control(folder: string, command: string, argument: unknown): Promise<unknown> {
  const { status, value } = await send(socketIn(folder), command, argument).catch((error) => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ECONNREFUSED') throw new Error(`${folder} cannot be asked: ${message}`);
    throw new Error(`no role runs in ${folder}: start it, or name its folder with --folder`);
  });
  if (status !== 200) throw new Error(String(value));
  return value;
}

const isAnswered = (path: string): Promise<boolean> =>
  send(path, '', null).then(
    () => true,
    () => false,
  );

function send(socketPath: string, command: string, argument: unknown): Promise<{ status: number; value: unknown }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: `/${command}`, method: 'POST', agent: false }, (answer) =>
      buffer(answer).then(
        (text) => resolve({ status: answer.statusCode!, value: JSON.parse(text.toString()) }),
        reject,
      ),
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(argument));
  });
}
