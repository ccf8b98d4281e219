/** All that is asked of a world: what the update of a method guarantees, and what each step of a role owes to the others. */

import { type CapifSystem, compose } from '../model/rules/composition.ts';
import type { Configuration } from '../model/setting.ts';
import { methodUpdate } from './method-update.ts';
import type { Property } from './property.ts';
import { stepsOfInvoker } from './steps-of-invoker.ts';
import { stepsOfOthers } from './steps-of-others.ts';

export type CapifModel = CapifSystem & { properties: readonly Property[] };

/** The model of a configuration, with all that must be true of it. */
export const modelOf = (configuration: Configuration): CapifModel => ({
  ...compose(configuration),
  properties: propertiesOf(configuration),
});

export const propertiesOf = (configuration: Configuration): Property[] => [
  ...methodUpdate(configuration.supported),
  ...stepsOfInvoker(configuration),
  ...stepsOfOthers(configuration),
];
