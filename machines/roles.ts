/** Every machine of the model, by its id, and the role that it belongs to. */
import { apiExposingFunction } from './api-exposing-function.ts';
import { apiInvoker } from './api-invoker.ts';
import { apiInvokerEnrolment } from './api-invoker-enrolment.ts';
import { apiPublishingFunction } from './api-publishing-function.ts';
import { capifCoreFunction } from './capif-core-function.ts';
import { invokerAdmission } from './invoker-admission.ts';
import { invokerProfile } from './invoker-profile.ts';
import { publishedService } from './published-service.ts';
import type { Role } from './vocabulary.ts';

export const machines = {
  apiInvokerEnrolment,
  apiInvoker,
  invokerProfile,
  capifCoreFunction,
  publishedService,
  apiExposingFunction,
  invokerAdmission,
  apiPublishingFunction,
} as const;
export type MachineId = keyof typeof machines;

export const roleOf: Record<MachineId, Role> = {
  apiInvokerEnrolment: 'apiInvoker',
  apiInvoker: 'apiInvoker',
  invokerProfile: 'capifCoreFunction',
  capifCoreFunction: 'capifCoreFunction',
  publishedService: 'capifCoreFunction',
  apiExposingFunction: 'apiExposingFunction',
  invokerAdmission: 'apiExposingFunction',
  apiPublishingFunction: 'apiPublishingFunction',
};
