/** All properties of a configuration: what the update of a method guarantees, and what each role guarantees at each step. */

import { type CapifSystem, compose } from '../model/rules/composition.ts';
import { type Configuration, settings } from '../model/setting.ts';
import { effectsOfSteps } from './effects-of-steps.ts';
import { everyMethodUpdate, methodUpdate } from './method-update.ts';
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
  ...methodUpdate(configuration),
  ...stepsOfInvoker(configuration),
  ...stepsOfEveryRole,
  ...stepsOfCore(configuration),
  ...stepsOfProvider(configuration),
  ...effectsOfSteps(configuration),
];

/** The statements of all of them, whatever the setting, those about the update of a method first. */
export const everyStatement = (): string[] => {
  const asWritten = propertiesOf({ ...settings[0]!, amendments: [] });
  return [...new Set([...everyMethodUpdate([]), ...asWritten].map(({ statement }) => statement))];
};
