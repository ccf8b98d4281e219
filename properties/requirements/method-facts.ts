/** Facts about states and transitions that the properties of a method update read. */

import { outermostState } from '../../machines/steps/step.ts';
import type { Named, SecurityMethod } from '../../machines/vocabulary.ts';
import type { MachineState } from '../model/machine-table.ts';
import type { MachineStep } from '../model/macro-step.ts';
import type { Transition } from '../model/rule.ts';
import { modelledService, type Part } from '../model/state.ts';
import { sends } from './role-step.ts';

type Offer = { service: number; methods: readonly SecurityMethod[] };

export const contextOf = (state: MachineState) =>
  state.context as {
    selected?: SecurityMethod;
    credential: number;
    accepted: SecurityMethod[];
    methods: SecurityMethod[];
    offers: Offer[];
    names: Named;
  };

/** No service that the negotiation is about lacks the method: only the invoked one if the entry names it. */
export function isOffered(method: SecurityMethod, offers: readonly Offer[], names: Named): boolean {
  const meant = offers.filter(({ service }) => names === 'exposingFunction' || service === modelledService);
  return meant.length > 0 && !meant.some(({ methods }) => !methods.includes(method));
}

export const isIn = (state: MachineState, ...states: string[]): boolean => states.includes(outermostState(state.value));

export const stepsOf = ({ steps }: Transition, part: Part): MachineStep[] => steps.filter((step) => step.part === part);

export const enters = (part: Part, state: string) => (transition: Transition) =>
  stepsOf(transition, part).some(({ before, after }) => isIn(after, state) && !isIn(before, state));

/** The method of the invocation that the transition serves, if it serves one. */
export function methodServed(transition: Transition): SecurityMethod | undefined {
  const step = stepsOf(transition, 'invokerAdmission').find((one) => sends(one, 'ServiceApiInvocationResponse'));
  return step && (step.event as { method?: SecurityMethod }).method;
}

export const isRefusedForMethod = (transition: Transition): boolean =>
  transition.steps.some((step) => sends(step, 'IncorrectMethodFailure'));
