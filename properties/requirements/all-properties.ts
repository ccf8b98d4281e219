/** All properties of a configuration: what the update of a method guarantees, and what each role guarantees at each step. */

import { type CapifSystem, compose } from '../model/rules/composition.ts';
import type { Configuration } from '../model/setting.ts';
import { fewMismatches, methodUpdate } from './method-update.ts';
import type { Property } from './property.ts';
import { stepsOfCore } from './steps-of-core.ts';
import { stepsOfEveryRole } from './steps-of-every-role.ts';
import { stepsOfInvoker } from './steps-of-invoker.ts';
import { stepsOfProvider } from './steps-of-provider.ts';

export type CapifModel = CapifSystem & { properties: readonly Property[] };

/** The model of a configuration, with all that must be true of it. */
export const modelOf = (configuration: Configuration): CapifModel => ({
  ...compose(configuration),
  properties: propertiesOf(configuration),
});

export const propertiesOf = (configuration: Configuration): Property[] => [
  ...methodUpdate(configuration.supported).filter((one) => one !== fewMismatches || configuration.withdrawals === 0),
  ...stepsOfInvoker(configuration),
  ...stepsOfEveryRole,
  ...stepsOfCore(configuration),
  ...stepsOfProvider(configuration),
];
