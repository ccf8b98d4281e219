/** The process that serves in the benchmark of a method change: a core, and an AEF whose method its parent changes. */
import type { SecurityMethod } from '../../machines/vocabulary.ts';
import { exposing, type Known, onboarded, testbed } from '../testing/roles.ts';
import { serving } from './served.ts';

export type Changing = {
  core: { host: string; port: number; ca: string };
  aef: { aefId: string; host: string; port: number };
  /** Each is good for one invoker. */
  onboardingTokens: string[];
  /** Those of the hand-written client. */
  known: Known[];
};

const invokers = 16;
const at = await testbed({ record: () => {} });
const aef = await exposing(at, {
  methods: ['PKI'],
  record: () => {},
  serve: () => ({ status: 200, body: 'hello', headers: { 'content-type': 'text/plain' } }),
});
const onboardingTokens: string[] = [];
const known: Known[] = [];
for (let n = 0; n < invokers; n += 1) {
  onboardingTokens.push(await at.core.onboardingToken('bench'));
  known.push(await onboarded(at));
}
const { host, port, ca } = at.core;
const place: Changing = {
  core: { host, port, ca },
  aef: { aefId: aef.aefId, host: aef.host, port: aef.port },
  onboardingTokens,
  known,
};
serving(place, { change: (method: SecurityMethod) => aef.changeMethods([method]) });
