/** R1 to R25: the change against its publication, how an invoker learns of it, and how it gets the updated method. */
import type { Race } from './races.ts';

const converges = { sentence: 'L1 once changes stop' } as const;

export const racesOfUpdates: readonly Race[] = [
  {
    number: 1,
    what: 'the AEF changes before the core has heard of it',
    modelled: [
      { finding: 'late-publication' },
      { amendment: 'accept-both-until-published' },
      { amendment: 'ask-again-after-a-pause' },
      { scenario: 'r1-publication-is-late' },
    ],
  },
  {
    number: 2,
    what: 'the core has the update before the AEF changes',
    modelled: [{ finding: 'late-publication' }, { machine: 'apiExposingFunction', state: 'announcing' }],
    outOfScope:
      'an AEF that publishes first and changes later; ours accepts the new method from the moment it is announced',
  },
  {
    number: 3,
    what: 'the update is lost after the AEF has changed',
    modelled: [
      { finding: 'lost-publication' },
      { amendment: 'publish-until-acknowledged' },
      { setting: 'lossy' },
      { scenario: 'r3-publication-is-lost' },
    ],
  },
  {
    number: 4,
    what: 'a second change overtakes recovery from the first',
    modelled: [{ setting: 'three' }, converges, { sentence: 'L2 after the last change' }],
  },
  {
    number: 5,
    what: 'there and back again (A, B, A), with late failures and updates of the first A',
    modelled: [
      { finding: 'overtaken-publication' },
      { amendment: 'newest-revision-wins' },
      { scenario: 'r5-older-publication-arrives-last' },
      { sentence: 'S2 the method of an invoker' },
    ],
  },
  {
    number: 6,
    what: 'one AEF in several published APIs, each with its own copy of the methods',
    modelled: [{ machine: 'publishedService' }],
    outOfScope:
      'copies that differ: the registry has one entry for each AEF, and the newest publication of any API counts',
  },
  {
    number: 7,
    what: 'lost update: two of them, and nothing says which is newer',
    modelled: [
      { finding: 'overtaken-publication' },
      { setting: 'late' },
      { test: 'runtime/core/selection.test.ts', name: 'an older publication is acknowledged' },
    ],
    outOfScope: 'PATCH',
  },
  {
    number: 8,
    what: 'the order of the answer to the publisher and of what invokers hear',
    modelled: [{ rule: 'publish' }, { rule: 'acknowledge' }, { setting: 'fair' }],
    outOfScope: 'notifications to the invoker: it learns of a change by being refused',
  },
  {
    number: 9,
    what: 'can the AEF tell by which method it is invoked, where two run over the same TLS?',
    modelled: [
      { machine: 'apiExposingFunction' },
      { test: 'runtime/exposing/method-switch.test.ts', name: 'ends the one on old connections and new' },
    ],
  },
  {
    number: 10,
    what: 'a mismatch that shows in the handshake, which cannot carry the indicator',
    modelled: [
      { rule: 'fail CAPIF-2e' },
      { machine: 'apiInvoker', state: 'negotiated.openingConnection' },
      { test: 'runtime/transport/aef-listener.test.ts', name: 'a key of a withdrawn method is told over HTTP' },
    ],
  },
  {
    number: 11,
    what: 'an indicator that is forged or replayed',
    modelled: [
      { setting: 'hostile' },
      { rule: 'forge' },
      { sentence: 'S4 an invoker changes its method' },
      { scenario: 'forged-indication-costs-a-question' },
    ],
  },
  {
    number: 12,
    what: 'no code is standardised for the indicator; mismatch, missing and revoked authorization look alike',
    modelled: [
      { machine: 'apiInvoker', state: 'mismatch' },
      { machine: 'apiInvoker', state: 'refused' },
      { amendment: 'bounded-attempts' },
      {
        test: 'runtime/exposing/revoked-invoker.test.ts',
        name: 'is refused at its next invocation and not asked again',
      },
    ],
  },
  {
    number: 13,
    what: 'live connections and invocations under way at the moment of the change; what has been executed is invoked again',
    modelled: [
      { setting: 'fair' },
      { test: 'runtime/demonstration/at-most-once.test.ts', name: 'no invocation is lost, executed twice' },
      { test: 'runtime/invoker/cut-connections.test.ts', name: 'whose connection is cut before the answer' },
      { test: 'runtime/transport/client-exchange.test.ts', name: 'is never a resumption' },
    ],
  },
  {
    number: 14,
    what: 'TLS 1.3 falls back in silence from a pre-shared key to the certificate of the server',
    modelled: [
      { test: 'runtime/transport/connection-facts.test.ts', name: 'naming an identity without having its key' },
      { sentence: 'S3 every invocation that is served' },
    ],
  },
  {
    number: 15,
    what: 'the clause speaks of one method, the AEF publishes a set',
    modelled: [
      { setting: 'sets' },
      { test: 'runtime/exposing/method-switch.test.ts', name: 'a method that is added breaks nobody' },
    ],
  },
  {
    number: 16,
    what: 'which operation is “contact the core”?',
    modelled: [
      { machine: 'apiInvoker', state: 'authenticated.renegotiating' },
      { test: 'runtime/core/selection.test.ts', name: 'an update needs a context' },
      { decision: 'PUT and POST …/update both act per entry' },
    ],
    outOfScope: 'discovery and events as a way to learn the method',
  },
  {
    number: 17,
    what: 'is the selection of an existing context made again at publication, or at renegotiation?',
    modelled: [{ machine: 'capifCoreFunction', state: 'outdated' }, { sentence: 'S2 the core knows whether' }],
  },
  {
    number: 18,
    what: 'no common method: the procedure has no exit',
    modelled: [
      { setting: 'disjoint' },
      { machine: 'apiInvoker', state: 'withoutMethod' },
      { scenario: 'no-common-method-then-recovery' },
    ],
  },
  {
    number: 19,
    what: 'some AEFs of a request get a method, some do not',
    modelled: [{ test: 'runtime/core/selection.test.ts', name: 'two AEFs are negotiated in one request' }],
  },
  {
    number: 20,
    what: 'what the order of the methods means, and whether the choice is deterministic',
    modelled: [{ test: 'machines/vocabulary.test.ts', name: 'the invoker prefers no other common method' }],
    outOfScope: 'a core with an order of its own',
  },
  {
    number: 21,
    what: 'interfaces of one AEF with different methods',
    outOfScope: '`interfaceDetails`: a negotiation is about an AEF, whose methods are one set',
  },
  {
    number: 22,
    what: 'two APIs of one AEF with different methods collide in one entry',
    outOfScope: 'security information per API (`apiId`): the life of a machine is that of an invoker and an AEF',
  },
  {
    number: 23,
    what: 'does an update replace or merge?',
    modelled: [
      { decision: 'PUT and POST …/update both act per entry' },
      { test: 'runtime/core/selection.test.ts', name: 'one that is left out stays as it is' },
    ],
    outOfScope: 'two instances of one invoker that negotiate at once',
  },
  {
    number: 24,
    what: 'a publication lands while a negotiation is under way',
    modelled: [{ setting: 'fair' }, { sentence: 'S2 the core selects' }, { sentence: 'S2 the core knows whether' }],
    outOfScope: 'within the core: it selects and remembers in one step',
  },
  {
    number: 25,
    what: 'the choice depends on the access scenario, which no field carries',
    outOfScope:
      'the core selects by the methods of both sides; who prefers to authenticate with the invocation lists OAUTH first',
  },
];
