/** Facts that the roles must know during a method update; if they do not, a run goes well only by luck. */

import { modelledService } from '../model/state.ts';
import { contextOf, isIn, isOffered } from './method-facts.ts';
import { always, type Property } from './property.ts';

export const whatRolesKnow: readonly Property[] = [
  always(
    'S1 the AEF accepts a withdrawn method only until its publisher knows the core has the update',
    '6.7',
    ['apiExposingFunction', 'apiPublishingFunction'],
    ({ apiExposingFunction: aef, apiPublishingFunction: publisher }) =>
      isIn(aef, 'settled')
        ? contextOf(aef).accepted.every((method) => contextOf(aef).methods.includes(method))
        : !isIn(publisher, 'published'),
  ),
  always(
    'S2 the core selects from the published methods',
    '6.3.1',
    ['capifCoreFunction', 'publishedService'],
    ({ capifCoreFunction, publishedService }) => {
      const offer = contextOf(capifCoreFunction).offers.find(({ service }) => service === modelledService);
      return String(offer?.methods) === String(contextOf(publishedService).methods);
    },
  ),
  always(
    'S2 the core knows whether the method that it selected is still offered',
    '6.7',
    ['capifCoreFunction'],
    ({ capifCoreFunction: core }) => {
      const { selected, offers, names } = contextOf(core);
      if (isIn(core, 'negotiated')) return selected !== undefined && isOffered(selected, offers, names);
      if (isIn(core, 'outdated')) return selected !== undefined && !isOffered(selected, offers, names);
      return selected === undefined;
    },
  ),
  always(
    'S3 the AEF holds keys only of invokers that it knows',
    'TS 29.222 5.6.2.5',
    ['invokerAdmission', 'aefPsk'],
    ({ invokerAdmission: admission, aefPsk: { keyCredential } }) => {
      const { credential } = contextOf(admission);
      if (keyCredential > credential) return false;
      return isIn(admission, 'unknown', 'revoked') ? credential === 0 : credential > 0 || isIn(admission, 'fetching');
    },
  ),
  always(
    'S5 the invoker sends no request over a connection that it has given up',
    '6.7',
    ['apiInvoker', 'control'],
    ({ apiInvoker, control }) => {
      if (control.at === 'openingCore') return isIn(apiInvoker, 'authenticating', 'mismatch');
      if (control.at === 'asking' && control.to === 'capifCoreFunction') return isIn(apiInvoker, 'authenticated');
      return ['asking', 'openingAef', 'heldByAef'].includes(control.at) ? isIn(apiInvoker, 'negotiated') : undefined;
    },
  ),
  always(
    'L3 the timer of a role runs exactly while the role pauses',
    '6.7',
    ['apiInvoker', 'capifCoreFunction', 'apiPublishingFunction'],
    ({ apiInvoker, capifCoreFunction, apiPublishingFunction }) =>
      apiInvoker.paused === isIn(apiInvoker, 'pausing') &&
      apiPublishingFunction.paused === isIn(apiPublishingFunction, 'pausing') &&
      capifCoreFunction.paused === (JSON.stringify(capifCoreFunction.value) === '{"revoked":"pausing"}'),
  ),
];
