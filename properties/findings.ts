/**
 * What clause 6.7 leaves open, one finding at a time: the gap, a run that shows it, the amendment that closes it, and words
 * for a change request. What is said here of a run is checked when the page is made.
 */
import { type Amendment, allAmendments, amendments, type Clause } from '../machines/vocabulary.ts';
import { chart } from './chart.ts';
import { replayed } from './counterexample.ts';
import { methodUpdate } from './method-update.ts';
import { compose } from './rules.ts';
import { type Setting, settings, type World } from './setting.ts';
import { type Verdict, type Verification, verify } from './verify.ts';

export type Finding = {
  /** Name of its page. */
  name: string;
  title: string;
  /** As the races of clause 6.7 are numbered in this project. */
  races: string;
  clause: Clause;
  /** What goes wrong, in two sentences. */
  gap: string;
  amendment: Amendment;
  /** Where its absence shows, and in which sentence. */
  setting: Setting;
  sentence: 'L1' | 'L2' | 'S3 an invoker';
  /** Left out as well in the run that is shown, where another amendment would soften what it shows. */
  alsoWithout?: readonly Amendment[];
  wording: string;
};

const settingOf = (name: string, changed: Partial<Setting> = {}): Setting => ({
  ...settings.find((one) => one.name === name)!,
  ...changed,
});
const lossyOnce = settingOf('lossy', { about: 'exchanges break as often as they like', changes: 1 });
const revokedOnce = settingOf('revocation', {
  about: 'the core revokes the invoker at any moment, and the AEF or the invoker restarts',
  cuts: 0,
});

const offboardedOnce = settingOf('offboarding', {
  about: 'the invoker is offboarded at any moment, and one exchange breaks',
  cuts: 1,
  restarts: 0,
});

export const findings: readonly Finding[] = [
  {
    name: 'lost-publication',
    title: 'A publication that is lost is never repeated',
    races: 'R3',
    clause: '6.7',
    gap:
      'The core is to receive the update, but nobody is told what to do when it does not. The AEF has switched, the core ' +
      'goes on selecting the old method, and an invoker that does all that 6.7 asks of it is refused for ever.',
    amendment: 'publish-until-acknowledged',
    setting: lossyOnce,
    sentence: 'L1',
    alsoWithout: ['accept-both-until-published'],
    wording:
      'The API publishing function shall repeat the update of the service API information until the CAPIF core function has ' +
      'acknowledged it, or until it is superseded by a later update.',
  },
  {
    name: 'late-publication',
    title: 'Until the core has the update, an invoker is sent round in circles',
    races: 'R1, R2',
    clause: '6.7',
    gap:
      'The AEF may refuse the old method before the core has heard of the new one. Every question of the invoker is then ' +
      'answered with the method that has just been refused, as often and as fast as it asks.',
    amendment: 'accept-both-until-published',
    setting: settingOf('fair'),
    sentence: 'L2',
    wording:
      'The API exposing function shall accept both the previous and the updated security method until its API publishing ' +
      'function has received the acknowledgement of the update from the CAPIF core function, and shall send the failure ' +
      'response of the present clause only after that.',
  },
  {
    name: 'overtaken-publication',
    title: 'An older update that arrives last undoes the newer one',
    races: 'R5, R7',
    clause: 'TS 29.222 5.3.2.5',
    gap:
      'Two changes in a row are two updates, and nothing says which is the newer. If the older arrives last, the core has ' +
      'the older methods, all updates are acknowledged, and nobody will ever send another.',
    amendment: 'newest-revision-wins',
    setting: settingOf('fair'),
    sentence: 'L1',
    wording:
      'Each update of the security methods of an AEF shall carry a revision that increases with every change. The CAPIF core ' +
      'function shall acknowledge an update whose revision is lower than the one it holds, and shall not apply it.',
  },
  {
    name: 'cached-credentials',
    title: 'A key that the AEF has cached outlives the negotiation it belongs to',
    races: 'R29',
    clause: 'TS 29.222 6.2.2.2',
    gap:
      'The AEF fetches security information only if it has none. After a renegotiation it still has the key before, answers ' +
      'the authentication initiation with success, and the TLS-PSK handshake fails, however often the invoker asks the core.',
    amendment: 'fetch-credentials-again',
    setting: settingOf('fair'),
    sentence: 'L1',
    wording:
      'Upon each request to initiate authentication, the API exposing function shall obtain the security information of the ' +
      'API invoker from the CAPIF core function, whether or not it holds security information of that API invoker.',
  },
  {
    name: 'offboarded-invoker',
    title: 'An invoker that is offboarded goes on being served',
    races: 'R35',
    clause: '6.8',
    gap:
      'The core cancels the enrolment and deletes what belongs to it, and nothing asks it to tell the AEF. An invoker that keeps ' +
      'its key or token, be it that the answer to its request is lost, is served by an AEF that still knows it.',
    amendment: 'revoke-at-offboarding',
    setting: offboardedOnce,
    sentence: 'S3 an invoker',
    wording:
      'When it cancels the enrolment of an API invoker, the CAPIF core function shall revoke the authorization of that API ' +
      'invoker at each API exposing function to which it has given security information or for which it has issued an access ' +
      'token, as if its authorization had been revoked (TS 29.222 5.6.2.5), until the API exposing function has acknowledged it.',
  },
  {
    name: 'forgotten-revocation',
    title: 'An AEF that restarts forgets whom it was told to refuse',
    races: 'R36, R41',
    clause: 'TS 29.222 6.2.2.3',
    gap:
      'The AEF acknowledges a revocation, so the core will not repeat it, and nothing asks the AEF to keep it. After a ' +
      'restart a token that was issued before proves itself (C.2), and its bearer is served until it expires.',
    amendment: 'keep-revocations',
    setting: revokedOnce,
    sentence: 'S3 an invoker',
    wording:
      'The API exposing function shall store the revocation of the authorization of an API invoker so that it outlasts a ' +
      'restart, before it acknowledges the revocation, and shall keep it until every access token that has been issued to ' +
      'that API invoker has expired.',
  },
];

const without = (left: Amendment): Amendment[] => allAmendments.filter((one) => one !== left);

function verified(setting: Setting, amended: readonly Amendment[]): { world: World; verification: Verification } {
  const world = { ...setting, amendments: amended };
  return { world, verification: verify(compose(world), methodUpdate(setting.supported)) };
}

const failures = ({ verdicts }: Verification): Verdict[] => verdicts.filter(({ holds }) => !holds);
const names = (verdicts: readonly Verdict[]): string =>
  verdicts.length === 0
    ? 'every sentence holds'
    : [...new Set(verdicts.map(({ property }) => property.sentence.split(' ')[0]))].join(', ');

/** Throws if the gap is not there: a finding is not to outlive what it found. */
export function page(finding: Finding): string {
  const { name, title, races, clause, gap, amendment, setting, sentence, alsoWithout = [], wording } = finding;
  const { verification: ablated } = verified(setting, without(amendment));
  const left = [amendment, ...alsoWithout];
  const { world, verification } =
    alsoWithout.length === 0
      ? verified(setting, without(amendment))
      : verified(
          setting,
          allAmendments.filter((one) => !left.includes(one)),
        );
  const amended = verified(setting, allAmendments).verification;
  const failed = failures(verification).find(({ property, run }) => run && property.sentence.startsWith(sentence));
  const isNeeded = failures(ablated).some(({ property }) => property.sentence.startsWith(sentence));
  if (!failed || !isNeeded)
    throw new Error(`${name}: ${sentence} holds in the setting "${setting.name}" without ${amendment}`);
  if (failures(amended).length > 0) throw new Error(`${name}: not every sentence holds with all amendments`);
  const played = replayed(verification, failed, world);
  return `# ${title}

${races}, clause ${clause}. ${gap}

## What shows it

${failed.property.sentence}: **fails**. Shortest way into the loop that the search found, in the setting \`${setting.name}\`
(${setting.about}; changes: ${setting.changes}), with every amendment but ${left.map((one) => `\`${one}\``).join(' and ')}:

\`\`\`
${chart(played).trimEnd()}
\`\`\`

The same run as a scenario, which \`capif play\` plays again:

\`\`\`
${played.text.trimEnd()}
\`\`\`

## What closes it

\`${amendment}\`: ${amendments[amendment]}.

| amendments | worlds | fails |
|---|---|---|
| all but \`${amendment}\` | ${ablated.worlds} | ${names(failures(ablated))} |
| all | ${amended.worlds} | ${names(failures(amended))} |

Suggested wording:

> ${wording}
`;
}

const ablationSettings = [settingOf('fair'), lossyOnce, revokedOnce, offboardedOnce];

export function overview(): string {
  const sets: [string, readonly Amendment[]][] = [
    ['as written', []],
    ['all amendments', allAmendments],
    ...allAmendments.map((left): [string, readonly Amendment[]] => [`all but \`${left}\``, without(left)]),
  ];
  const rows = sets.map(([label, amended]) => {
    const cells = ablationSettings.map((setting) => names(failures(verified(setting, amended).verification)));
    return `| ${label} | ${cells.join(' | ')} |`;
  });
  return `# What clause 6.7 of TS 33.122 does not guarantee

Made by \`capif findings\` from the machines; a test makes it again and compares.

The clause tells an invoker what to do after a mismatch, and as to the method it is safe: in no world is an invocation served
under a method that the AEF has withdrawn, and no indication, true or forged, changes a method but on the core's word (S1, S2,
S4, S5). What it does not guarantee is that the procedure ends (L1–L3), nor, where it meets TS 29.222, that an invoker whose
authorization has been taken away stays refused (S3): ${findings.length} gaps, each with a run that shows it and words that close it.

| | finding | race | amendment |
|---|---|---|---|
${findings.map(({ name, title, races, amendment }, n) => `| ${n + 1} | [${title}](${name}.md) | ${races} | \`${amendment}\` |`).join('\n')}

## Which amendment is needed

| amendments | nothing is lost | exchanges break, one change | revocation, a restart, one change | offboarding, a broken exchange, one change |
|---|---|---|---|---|
${rows.join('\n')}

An amendment whose absence breaks no sentence is not needed: asking again after a pause and a bound on attempts only save work
where \`accept-both-until-published\` holds. They stay in the runtime because a peer may not have the others.

Every sentence is meant for runs in which changes, broken exchanges and attacks happen as often as they like, but not for
ever; for one invoker, one core, one AEF and its publisher. \`capif verify --help\` has the settings, ARCHITECTURE.md the rest.
`;
}

/** Every page by its file name. */
export function allPages(): [file: string, text: string][] {
  return [
    ['README.md', overview()],
    ...findings.map((finding): [string, string] => [`${finding.name}.md`, page(finding)]),
  ];
}
