/** Progress of long work on standard error: on a terminal one line that is rewritten, elsewhere a line now and then. */
import { columnsOf } from '../../runtime/terminal.ts';

const secondsBetweenLines = 10;

export type Progress = { say(text: string): void; clear(): void };

export const silent: Progress = { say() {}, clear() {} };

export function progressLine(): Progress {
  if (process.stderr.isTTY) {
    const columns = columnsOf(process.stderr);
    return {
      say(text) {
        process.stderr.write(`\r\x1b[K${text.slice(0, columns - 1)}`);
      },
      clear() {
        process.stderr.write('\r\x1b[K');
      },
    };
  }
  let saidAt = performance.now();
  return {
    say(text) {
      if (performance.now() - saidAt < secondsBetweenLines * 1000) return;
      saidAt = performance.now();
      process.stderr.write(`${text}\n`);
    },
    clear() {},
  };
}
