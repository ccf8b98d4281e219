/**
 * Which traces a run of the model can have, told without the trace check: each machine steps as it does, nothing is received more often
 * than it was sent to that machine before, and who is told something steps next. Who sent what is taken from the trace as it was
 * recorded, so that it is enough to count.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Effect } from '../../machines/effects.ts';
import { type MachineId, machines, roleOf } from '../../machines/roles.ts';
import { rememberedStep } from '../../machines/steps/remembered-steps.ts';
import { begin } from '../../machines/steps/step.ts';
import type { TraceLine } from '../../machines/steps/trace.ts';
import type { Altered } from './alterations.ts';

type Message = { type: string; credential?: number };
/** A receipt: the machine that has it, of the machine that sent it, and what it says. */
type Channel = string;

const machineOf = ({ role, instance }: TraceLine) => `${role} ${instance}`;
const isTold = ({ role, event: { type } }: TraceLine) =>
  /^(SecurityMethods(Changed|Published)|securityMethods\.published|invoker\.offboarded)$/.test(type) ||
  (role === 'invokerAdmission' && type === 'ServiceApiInvocation');
const isReceived = (line: TraceLine) =>
  isTold(line) || (/^[A-Z]/.test(line.event.type) && line.event.type !== 'ServiceApiUpdateNotification');
const contentOf = ({ type, credential: _, ...rest }: Message) =>
  JSON.stringify([type.replace('PublishRequest', 'UpdateRequest'), rest]);

/** Names of parties that both have must agree; the AEF knows by its transport who invokes. */
function mayMeet(one: TraceLine, other: TraceLine): boolean {
  const names = (line: TraceLine) => [...line.instance.split('/'), line.facts?.from ?? ''];
  const of = (line: TraceLine, kind: RegExp) => names(line).find((name) => kind.test(name));
  return [/^api-invoker-/, /^aef-/].every((kind) => {
    const [here, there] = [of(one, kind), of(other, kind)];
    return here === undefined || there === undefined || here === there;
  });
}

/** What the recorded trace says of the sending of each of its receipts. */
export class Original {
  readonly #lines: readonly TraceLine[];
  /** By line that sends: on which channel it is received how often. By line that receives: its channel. */
  readonly #sends = new Map<TraceLine, Channel[]>();
  readonly #receives = new Map<TraceLine, Channel>();

  constructor(lines: readonly TraceLine[]) {
    this.#lines = lines;
    for (const [n, line] of lines.entries()) {
      if (!isReceived(line)) continue;
      const alike = lines.slice(0, n).filter((one) => sendsTo(one, line) && mayMeet(one, line));
      const fewest = Math.min(...alike.map((one) => this.#countTo(one, line)));
      const isFree = (one: TraceLine) => this.#countTo(one, line) === fewest;
      const sender = isTold(line) ? alike.findLast(isFree) : alike.find(isFree);
      if (!sender) throw new Error(`line ${n + 1} is of nobody: ${JSON.stringify(line)}`);
      const channel = `${machineOf(sender)} > ${machineOf(line)}: ${contentOf(line.event)}`;
      this.#sends.set(sender, [...(this.#sends.get(sender) ?? []), channel]);
      this.#receives.set(line, channel);
    }
  }

  #countTo(sender: TraceLine, line: TraceLine): number {
    const content = contentOf(line.event);
    const isFannedOut = isTold(line) || /^(SecurityInformation|AccessToken|Revoke.*)Request$/.test(line.event.type);
    const all = (this.#sends.get(sender) ?? []).filter((channel) => channel.endsWith(content));
    return isFannedOut ? all.filter((channel) => channel.includes(`> ${machineOf(line)}:`)).length : all.length;
  }

  /** Lines of the altered trace that are not lines of the original are of nobody. */
  isLegal({ lines, changed }: Altered): boolean {
    const now = changed === undefined ? undefined : lines[changed]!;
    const was = changed === undefined ? undefined : this.#lines[changed]!;
    const isOtherMessage = now && was && isReceived(was);
    const hasOtherFacts = now && was && !isDeepStrictEqual(now.facts, was.facts);
    if (isOtherMessage || hasOtherFacts) return false;
    return eachMachineSteps(lines) && this.#countsAgree(lines) && this.#toldStepNext(lines);
  }

  #countsAgree(lines: readonly TraceLine[]): boolean {
    const open = new Map<Channel, number>();
    const add = (channel: Channel, count: number) => {
      open.set(channel, (open.get(channel) ?? 0) + count);
      return open.get(channel)!;
    };
    return lines.every((line) => {
      if (isReceived(line)) {
        const channel = this.#receives.get(line);
        if (channel === undefined || add(channel, -1) < 0) return false;
      }
      for (const channel of this.#sends.get(line) ?? []) add(channel, 1);
      return true;
    });
  }

  #toldStepNext(lines: readonly TraceLine[]): boolean {
    // A machine that is told something may begin for that.
    const isBeginning = (line: TraceLine, n: number) => {
      const next = lines[n + 1];
      return line.event.type === 'begin' && next !== undefined && machineOf(next) === machineOf(line);
    };
    const steps = lines.filter((line, n) => !isBeginning(line, n));
    return steps.every((line, n) => {
      const told = (line.effects as Effect[]).some(({ type }) => type === 'tell') ? (this.#sends.get(line) ?? []) : [];
      const isHeard = told.filter((channel) => !channel.includes('> apiInvokerEnrolment') && isOfTell(channel));
      const next = steps.slice(n + 1, n + 1 + isHeard.length).map((one) => this.#receives.get(one));
      return isDeepStrictEqual(next.sort(), isHeard.toSorted());
    });
  }
}

const isOfTell = (channel: Channel) =>
  /: \["(SecurityMethods(Changed|Published)|securityMethods\.published|invoker\.offboarded)"/.test(channel) ||
  /^apiExposingFunction.*> invokerAdmission/.test(channel);

const sendsTo = ({ effects }: TraceLine, line: TraceLine): boolean =>
  (effects as Effect[]).some((effect) => {
    if (effect.type === 'tell')
      return effect.to === line.role && isTold(line) && contentOf(effect.event) === contentOf(line.event);
    if (effect.type !== 'send' || effect.to !== roleOf[line.role as MachineId] || isTold(line)) return false;
    return contentOf(effect.message) === contentOf(line.event);
  });

function eachMachineSteps(lines: readonly TraceLine[]): boolean {
  const at = new Map<string, never>();
  return lines.every((line) => {
    const machine = machines[line.role as MachineId] as never;
    const before = at.get(machineOf(line));
    const isBeginning = line.event.type === 'begin';
    if (isBeginning === (before !== undefined)) return false;
    const taken = isBeginning
      ? { ...begin(machine, (line.event as { input?: never }).input as never), expected: true }
      : rememberedStep(machine, before!, line.event as never);
    const { snapshot, effects } = JSON.parse(JSON.stringify({ snapshot: taken.snapshot, effects: taken.effects }));
    if (line.effects.some((effect) => (effect as Effect).type === 'forgetInvoker')) at.delete(machineOf(line));
    else at.set(machineOf(line), taken.snapshot as never);
    return (
      isDeepStrictEqual(snapshot.value, line.state) &&
      isDeepStrictEqual(effects, line.effects) &&
      taken.expected === (line.unexpected !== true)
    );
  });
}
