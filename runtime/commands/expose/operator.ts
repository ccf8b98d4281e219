/** What the operator of an AEF that runs asks of it: new methods, for all services or for some, and the end of old ones. */
import type { Command } from 'commander';
import type { SecurityMethod } from '../../../machines/vocabulary.ts';
import type { ExposingFunction } from '../../exposing/exposing-function.ts';
import type { Controls } from '../../operating/control-socket.ts';
import { readMethods } from '../arguments.ts';
import { operatorCommand } from '../operator-command.ts';

/** `services`: their names; without any, all. */
type Change = { methods: string; services: readonly string[] };

export const controlsOf = (aef: ExposingFunction): Controls => ({
  async methods(argument) {
    const { methods, services } =
      typeof argument === 'string' ? { methods: argument, services: [] } : (argument as Change);
    const wanted = readMethods(String(methods));
    await Promise.all(named(aef, services).map((one) => one.changeMethods(wanted)));
    return wanted;
  },
  async withdraw(argument) {
    await Promise.all(named(aef, (argument ?? []) as readonly string[]).map((one) => one.withdrawOldMethods()));
  },
  identity: async () => aef.identity(),
});

function named({ services }: ExposingFunction, names: readonly string[]): ExposingFunction['services'] {
  const known = services.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`no service is named "${unknown}": these are ${known.join(', ')}`);
  return names.length === 0 ? services : services.filter(({ name }) => names.includes(name));
}

export function addOperatorCommands(command: Command): void {
  command
    .command('methods')
    .description('changes the methods of the AEF that runs in --folder')
    .argument('<list>', 'the new methods, separated by commas', readMethods)
    .argument('[services...]', 'the names of the services, if it has several and not all are meant')
    .action(changeMethods);
  command
    .command('withdraw')
    .description('ends the old methods of a change at once; invokers may be refused until the core knows the new ones')
    .argument('[services...]', 'the names of the services, if it has several and not all are meant')
    .action(withdraw);
}

async function changeMethods(
  methods: SecurityMethod[],
  services: string[],
  _: object,
  command: Command,
): Promise<void> {
  const done = `The core knows the methods ${methods.join(', ')}${ofServices(services)}, and the others are withdrawn.`;
  await operatorCommand(command, 'methods', { methods: methods.join(','), services } satisfies Change, () => done);
}

async function withdraw(services: string[], _: object, command: Command): Promise<void> {
  const done = `Only the latest methods${ofServices(services)} are accepted.`;
  await operatorCommand(command, 'withdraw', services, () => done);
}

const ofServices = (names: readonly string[]) => (names.length === 0 ? '' : ` of ${names.join(', ')}`);
