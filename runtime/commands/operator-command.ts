/** A command of the operator to a role that runs: what it says, and its exit code. */
import type { Command } from 'commander';
import { control } from '../operating/control-socket.ts';

/** Sends it to the role that runs in `--folder`, and prints what `say` makes of the result. Exit code 1 if it is refused. */
export async function operatorCommand<T>(
  command: Command,
  name: string,
  argument: unknown,
  say: (result: T) => string,
): Promise<void> {
  const { folder } = command.optsWithGlobals<{ folder: string }>();
  try {
    console.log(say((await control(folder, name, argument)) as T));
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
