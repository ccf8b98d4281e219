/** For tests: a role that tells all that it can, at the level `debug`: its log in each format, trace, metrics, health and errors. */
import { Writable } from 'node:stream';
import { logFormats } from '../../operating/role-log.ts';
import { type Observers, observe } from '../../operating/role-process.ts';

/** `told`: all that it has told since it was asked last, as text. */
export async function telling(role: string) {
  const said: string[] = [];
  const output = new Writable({
    write(chunk, _encoding, done) {
      said.push(String(chunk));
      done();
    },
  });
  const options = { logLevel: 'debug', operatorPort: 0 } as const;
  const all = await Promise.all(logFormats.map((logFormat) => observe(role, { ...options, logFormat }, { output })));
  for (const { ready } of all) ready(true);
  const ports = [...said.join('').matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g)].map(([, port]) => port!);
  const each =
    <K extends keyof Omit<Observers, 'log'>>(name: K) =>
    (...given: unknown[]): void => {
      for (const { observers } of all) (observers[name] as (...args: unknown[]) => void)(...given);
    };
  return {
    observers: {
      record(line: Parameters<Observers['record']>[0]): void {
        said.push(JSON.stringify(line));
        each('record')(line);
      },
      onError: each('onError'),
      onHandshakeFailure: each('onHandshakeFailure'),
      onLimit: each('onLimit'),
      onNotification: each('onNotification'),
      onMethodsPending: each('onMethodsPending'),
      onLogsWaiting: each('onLogsWaiting'),
    },
    async told(): Promise<string> {
      for (const path of ['health', 'metrics'])
        said.push(await (await fetch(`http://127.0.0.1:${ports[0]}/${path}`)).text());
      return said.splice(0).join('\n');
    },
    close(): void {
      for (const { close } of all) close();
    },
  };
}
