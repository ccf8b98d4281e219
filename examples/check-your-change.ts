/**
 * Shows: what a change of one transition breaks. Here the exposing function acknowledges a revocation and keeps what it
 * knows of the invoker. The checker names the properties that fail, with a shortest run for each.
 * Run: node --import tsx examples/check-your-change.ts
 */
import { createMachine } from 'xstate';
import { invokerAdmission } from '../machines/invoker-admission.ts';
import { allAmendments } from '../machines/vocabulary.ts';
import { verify } from '../properties/checker/verify.ts';
import { compose } from '../properties/model/rules/composition.ts';
import { settings } from '../properties/model/setting.ts';
import { propertiesOf } from '../properties/requirements/all-properties.ts';
import { counterexample } from '../properties/traces/counterexample.ts';

const { config, implementations } = invokerAdmission;
const changed = createMachine(
  { ...config, on: { ...config.on, RevokeAuthorizationRequest: { actions: 'acknowledgeRevocation' } } } as never,
  implementations as never,
);

const setting = settings.find(({ name }) => name === 'revocation')!;
const configuration = { ...setting, cuts: 0, restarts: 0, amendments: allAmendments };
const system = compose(configuration, { invokerAdmission: changed });
const verification = verify({ ...system, properties: propertiesOf(configuration) });

const failures = verification.verdicts.filter(({ holds }) => !holds);
for (const { property } of failures) console.log(`FAILS ${property.statement} [${property.clause}]`);
const endless = failures.find(({ run }) => run && run.loop.length > 0);
if (endless) console.log(`\n${counterexample(verification, endless, configuration)}`);
