/**
 * Shows: a machine runs as it is under XState's own interpreter. Its effects are emitted events; here they are printed.
 * Run: node --import tsx examples/machine-as-actor.ts
 */
import { createActor } from 'xstate';
import { apiInvoker } from '../machines/api-invoker.ts';

const input = { supported: ['PSK', 'OAUTH'], amendments: [], attemptsMax: 3 } as const;
const invoker = createActor(apiInvoker, { input });
invoker.on('*', (effect) => console.log(JSON.stringify(effect)));
invoker.subscribe(({ value }) => console.log(JSON.stringify(value)));

invoker.start();
invoker.send({ type: 'serviceApi.wanted' });
invoker.send({ type: 'tls.established' });
invoker.send({ type: 'SecurityMethodResponse', selected: 'PSK', credential: 1 });
