/** The instances of roles in a recorded trace, by the names that its machines bear. */

import { type MachineId, roleOf } from '../../machines/roles.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { Role } from '../../machines/vocabulary.ts';
import { type Instance, rolesInOrder } from './sequence.ts';

export type MachineLine = TraceLine & { role: MachineId };

/** A role that recorded nothing has an instance too, because others send to it. */
export function instancesOf(lines: readonly MachineLine[]): Instance[] {
  return rolesInOrder.flatMap((role): Instance[] => {
    const found = new Set(
      lines
        .filter((line) => roleOf[line.role] === role && line.role !== 'apiInvokerEnrolment')
        .map(({ instance }) => nameOf(role, instance)),
    );
    if (role === 'capifCoreFunction' || found.size === 0) return [{ id: role, role }];
    return [...found].map((name) => ({ id: `${role} ${name}`, role, name }));
  });
}

/** The instance of that role which a machine belongs to or sends to; an invoker has no name before it is onboarded. */
export function nearest(instances: readonly Instance[], role: Role, machineInstance: string): Instance {
  const all = instances.filter((each) => each.role === role);
  const named = all.find(({ name }) => name !== undefined && namesIn(machineInstance).includes(name));
  return named ?? all[0] ?? { id: role, role };
}

/** A machine of an invoker and an AEF bears both names, as in `invoker/AEF`. */
const namesIn = (machineInstance: string) => machineInstance.split('/');
export const sharesName = (one: string, other: string): boolean =>
  namesIn(one).some((name) => namesIn(other).includes(name));

const nameOf = (role: Role, machineInstance: string): string =>
  (role === 'apiInvoker' ? namesIn(machineInstance)[0] : namesIn(machineInstance).at(-1)) ?? machineInstance;
