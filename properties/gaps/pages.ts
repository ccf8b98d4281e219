/** The pages of what clause 6.7 leaves open (`gaps.ts`). What is said there of a run is checked when its page is made. */
import { type Amendment, allAmendments, amendments } from '../../machines/vocabulary.ts';
import type { Verdict } from '../checker/verdicts.ts';
import { type Verification, verify } from '../checker/verify.ts';
import { compose } from '../model/rules/composition.ts';
import type { Configuration, Setting } from '../model/setting.ts';
import type { CapifModel } from '../requirements/all-properties.ts';
import { methodUpdate } from '../requirements/method-update.ts';
import type { Property } from '../requirements/property.ts';
import { replayed } from '../traces/counterexample.ts';
import { chart } from '../traces/sequence-text.ts';
import { type Finding, findings, lossyOnce, offboardedOnce, revokedOnce, settingOf } from './gaps.ts';
import { racesFile, racesPage } from './races.ts';

const without = (left: Amendment): Amendment[] => allAmendments.filter((one) => one !== left);

function verified(
  setting: Setting,
  amended: readonly Amendment[],
): { configuration: Configuration; verification: Verification<CapifModel> } {
  const world = { ...setting, amendments: amended };
  return {
    configuration: world,
    verification: verify({ ...compose(world), properties: methodUpdate(setting.supported) }),
  };
}

const failures = ({ verdicts }: Verification<CapifModel>): Verdict<Property>[] =>
  verdicts.filter(({ holds }) => !holds);
const names = (verdicts: readonly Verdict<Property>[]): string =>
  verdicts.length === 0
    ? 'every sentence holds'
    : [...new Set(verdicts.map(({ property }) => property.statement.split(' ')[0]))].join(', ');

/** A page, and the run that shows it. Throws if the gap is not there: a finding is not to outlive what it found. */
export function pageAndRun(finding: Finding): { page: string; run: string } {
  const { name, title, races, clause, gap, amendment, setting, sentence, alsoWithout = [], wording } = finding;
  const { verification: ablated } = verified(setting, without(amendment));
  const left = [amendment, ...alsoWithout];
  const { configuration, verification } =
    alsoWithout.length === 0
      ? verified(setting, without(amendment))
      : verified(
          setting,
          allAmendments.filter((one) => !left.includes(one)),
        );
  const amended = verified(setting, allAmendments).verification;
  const failed = failures(verification).find(({ property, run }) => run && property.statement.startsWith(sentence));
  const isNeeded = failures(ablated).some(({ property }) => property.statement.startsWith(sentence));
  if (!failed || !isNeeded)
    throw new Error(`${name}: ${sentence} holds in the setting "${setting.name}" without ${amendment}`);
  if (failures(amended).length > 0) throw new Error(`${name}: not every sentence holds with all amendments`);
  const played = replayed(verification, failed, configuration);
  const page = `# ${title}

${races}, clause ${clause}. ${gap}

## What shows it

${failed.property.statement}: **fails**. Shortest way into the loop that the search found, in the setting \`${setting.name}\`
(${setting.about}; changes: ${setting.changes}), with every amendment but ${left.map((one) => `\`${one}\``).join(' and ')}:

![Message sequence chart: ${title}](../../diagrams/drawn/sequences/${name}.svg)

\`capif play properties/findings/${name}.txt\` plays [the run](${name}.txt) again, move by move.

<details><summary>The chart as text</summary>

\`\`\`
${chart(played).trimEnd()}
\`\`\`

</details>

## What closes it

\`${amendment}\`: ${amendments[amendment]}.

| amendments | worlds | fails |
|---|---|---|
| all but \`${amendment}\` | ${ablated.states} | ${names(failures(ablated))} |
| all | ${amended.states} | ${names(failures(amended))} |

Suggested wording:

> ${wording}
`;
  return { page, run: played.text };
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

[All races of the clause](${racesFile}), R1 to R41: where each is modelled, or why it is not.
`;
}

/** Every page, and every run, by its file name. */
export function allPages(): [file: string, text: string][] {
  return [
    ['README.md', overview()],
    [racesFile, racesPage()],
    ...findings.flatMap((finding): [string, string][] => {
      const { page, run } = pageAndRun(finding);
      return [
        [`${finding.name}.md`, page],
        [`${finding.name}.txt`, run],
      ];
    }),
  ];
}
