/** R1 to R25: a change and its publication, how an invoker learns of it, and how it gets the updated method. */
import type { Race } from './race.ts';

const converges = { property: 'L1 once changes stop' } as const;

export const racesOfUpdates: readonly Race[] = [
  {
    number: 1,
    what: 'the AEF changes before the core has the update',
    modelled: [
      { finding: 'late-publication' },
      { amendment: 'accept-both-until-published' },
      { amendment: 'ask-again-after-a-pause' },
      { setting: 'withdrawn' },
      { scenario: 'r1-publication-is-late' },
    ],
  },
  {
    number: 2,
    what: 'the core has the update before the AEF changes',
    modelled: [{ finding: 'late-publication' }, { machine: 'apiExposingFunction', state: 'announcing' }],
    outOfScope: 'an AEF that publishes first and changes later; ours accepts the new method as soon as it announces it',
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
    what: 'a second change happens during recovery from the first',
    modelled: [{ setting: 'three' }, converges, { property: 'L2 after the last change' }],
  },
  {
    number: 5,
    what: 'a change and back again (A, B, A), with late failures and updates of the first A',
    modelled: [
      { finding: 'overtaken-publication' },
      { amendment: 'newest-revision-wins' },
      { scenario: 'r5-older-publication-arrives-last' },
      { property: 'S2 the method of an invoker' },
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
    what: 'lost update: of two updates, nothing says which one is newer',
    modelled: [
      { finding: 'overtaken-publication' },
      { setting: 'late' },
      { test: 'runtime/core/selection.test.ts', name: 'an older publication is acknowledged' },
    ],
    outOfScope: 'PATCH',
  },
  {
    number: 8,
    what: 'the order in which the publisher gets its answer and invokers learn of the change',
    modelled: [
      { finding: 'learning-by-refusal' },
      { rule: 'publish' },
      { rule: 'acknowledge' },
      { rule: 'notify' },
      { setting: 'fair' },
      { setting: 'notified' },
    ],
  },
  {
    number: 9,
    what: 'can the AEF tell which method an invocation uses, if two methods look alike in TLS?',
    modelled: [
      { machine: 'apiExposingFunction' },
      { test: 'runtime/exposing/method-switch.test.ts', name: 'ends the one on old connections and new' },
    ],
  },
  {
    number: 10,
    what: 'a mismatch that shows in the handshake, where no indicator can be sent',
    modelled: [
      { rule: 'fail CAPIF-2e' },
      { machine: 'apiInvoker', state: 'negotiated.openingConnection' },
      {
        test: 'runtime/transport/listening/aef-listener.test.ts',
        name: 'a key of a withdrawn method is told over HTTP',
      },
    ],
  },
  {
    number: 11,
    what: 'a forged or replayed indicator',
    modelled: [
      { setting: 'hostile' },
      { rule: 'forge' },
      { property: 'S4 an invoker changes its method' },
      { scenario: 'forged-indication-costs-a-question' },
    ],
  },
  {
    number: 12,
    what: 'no code is standardized for the indicator; a mismatch looks like missing or revoked authorization',
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
    what: 'live connections and invocations under way during the change; an executed invocation is sent again',
    modelled: [
      { setting: 'fair' },
      { test: 'runtime/demonstration/at-most-once.test.ts', name: 'no invocation is lost, executed twice' },
      { test: 'runtime/invoker/cut-connections.test.ts', name: 'whose connection is cut before the answer' },
      { test: 'runtime/transport/client-exchange.test.ts', name: 'is never a resumption' },
    ],
  },
  {
    number: 14,
    what: 'TLS 1.3 silently falls back from a pre-shared key to the certificate of the server',
    modelled: [
      { test: 'runtime/transport/connection-facts.test.ts', name: 'naming an identity without having its key' },
      { property: 'S3 every served invocation' },
    ],
  },
  {
    number: 15,
    what: 'the clause speaks of one method, but the AEF publishes a set',
    modelled: [
      { setting: 'sets' },
      { amendment: 'enforce-the-selection' },
      { test: 'runtime/exposing/method-switch.test.ts', name: 'adding a method breaks no invoker' },
    ],
  },
  {
    number: 16,
    what: 'which operation does “contact the core” mean?',
    modelled: [
      { machine: 'apiInvoker', state: 'authenticated.renegotiating' },
      { test: 'runtime/core/selection.test.ts', name: 'an update needs a context' },
      { decision: 'PUT and POST …/update both act per entry' },
      { finding: 'learning-by-refusal' },
    ],
    outOfScope: 'discovery, and events with details, as a way to learn the method itself',
  },
  {
    number: 17,
    what: 'does the core select again for an existing context at publication, or at renegotiation?',
    modelled: [{ machine: 'capifCoreFunction', state: 'outdated' }, { property: 'S2 the core knows whether' }],
  },
  {
    number: 18,
    what: 'without a common method, the procedure has no exit',
    modelled: [
      { setting: 'disjoint' },
      { machine: 'apiInvoker', state: 'withoutMethod' },
      { scenario: 'no-common-method-then-recovery' },
    ],
  },
  {
    number: 19,
    what: 'some AEFs of a request get a method, and others do not',
    modelled: [{ test: 'runtime/core/selection.test.ts', name: 'two AEFs are negotiated in one request' }],
  },
  {
    number: 20,
    what: 'what does the order of the methods mean, and is the choice deterministic?',
    modelled: [{ test: 'machines/vocabulary.test.ts', name: 'the invoker prefers no other common method' }],
    outOfScope: 'a core with an order of its own',
  },
  {
    number: 21,
    what: 'interfaces of one AEF with different methods',
    modelled: [
      { setting: 'services' },
      { finding: 'two-services' },
      { rule: 'publish another service' },
      { test: 'machines/capif-core-function.test.ts', name: 'gets a method that fits all its services, or none' },
    ],
  },
  {
    number: 22,
    what: 'two APIs of one AEF with different methods collide in one entry',
    modelled: [
      { setting: 'services' },
      { finding: 'two-services' },
      { amendment: 'name-the-service-api' },
      { test: 'machines/capif-core-function.test.ts', name: 'is not touched by the methods of another one' },
    ],
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
    what: 'a publication arrives during a negotiation',
    modelled: [{ setting: 'fair' }, { property: 'S2 the core selects' }, { property: 'S2 the core knows whether' }],
    outOfScope: 'races within the core: it selects and remembers in one step',
  },
  {
    number: 25,
    what: 'the choice depends on the access scenario, which no field carries',
    outOfScope:
      'our core selects by the methods of both sides; an invoker that prefers to authenticate with the invocation lists OAUTH first',
  },
];
