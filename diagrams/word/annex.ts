/** The annex of a specification that shows the machines: what is in it, computed from the charts and their figures. */
import { createHash } from 'node:crypto';
import { type MachineId, roleOf } from '../../machines/roles.ts';
import { amendments } from '../../machines/vocabulary.ts';
import { amendedWords, roles } from '../figure/figures.ts';
import type { Drawn } from '../files.ts';
import { page, scaleOn, smallestPt } from '../scene/legibility.ts';
import type { Scene } from '../scene/scene.ts';
import type { Chart } from '../state-chart/chart.ts';
import { textSize } from '../state-chart/label-text.ts';
import { chartJson } from '../text/formats.ts';
import { type Block, gap, heading, headRow, paragraph, type Row, row, type Table, wordsOf } from './blocks.ts';
import { transitionsTable } from './transition-table.ts';

export const annexTitle = 'State machines of security-method negotiation';

/** The letter of an annex is given by whoever puts it into a specification. */
const letter = 'X';

/** `since`: transitions have the names of those that they are a change of. */
export const annexOf = (drawn: readonly Drawn[], since = drawn): Block[] => [
  {
    ...paragraph('title', 'Heading8', `Annex ${letter} (informative):`),
    words: [{ text: `Annex ${letter} (informative):` }, 'line break', { text: annexTitle }],
  },
  ...general(drawn),
  ...drawn.flatMap((each, n) => chapter(each, since[n]?.chart ?? each.chart, `${letter}.${n + 2}`)),
];

function general(drawn: readonly Drawn[]): Block[] {
  const number = `${letter}.1`;
  const amended = drawn.find(({ chart }) => chart.amendments.length > 0)?.chart.amendments ?? [];
  return [
    heading('general', number, 'General'),
    paragraph(
      'computed',
      'Normal',
      'This annex shows the procedures of clause 6.7 and of the clauses that they rest on as state machines, in the notation of UML 2.5. All figures and tables are computed from the machines of capif-machines, which are also executed and exhaustively searched.',
    ),
    paragraph(
      'version',
      'Normal',
      amended.length === 0
        ? 'It shows them as written, without any amendment.'
        : `It shows them with the amendments of table ${number}-2, which a change request could make.`,
    ),
    paragraph(
      'notation',
      'Normal',
      'A clause is one of TS 33.122 unless another specification is named. A transition that is drawn dashed, and said to be assumed, is not stated there: the reason for the choice is given. Tables list the transitions of a state in the order in which they are tried.',
    ),
    paragraph(
      'digests',
      'Normal',
      `Table ${number}-1 says what the annex was computed from: of each chart, which is all that is known of a machine, the first digits of its SHA-256 digest.`,
    ),
    paragraph('machines', 'TH', `Table ${number}-1: The machines`),
    {
      kind: 'table',
      id: 'machines',
      widths: [42, 43, 17, 22, 18, 28],
      rows: [
        headRow(['Machine', 'Role', 'States', 'Transitions', 'Assumed', 'SHA-256 of its chart']),
        ...drawn.map(machineRow),
      ],
    },
    gap('machines'),
    ...(amended.length === 0
      ? []
      : [
          paragraph('amendments', 'TH', `Table ${number}-2: Amendments`),
          {
            kind: 'table',
            id: 'amendments',
            widths: [52, 118],
            rows: [
              headRow(['Amendment', 'What it changes']),
              ...amended.map((name) => row(name, [[wordsOf(name)], [wordsOf(amendments[name])]])),
            ],
          } satisfies Table,
          gap('amendments'),
        ]),
  ];
}

/** The digest is that of the `.chart.json` beside the figures; its first digits tell two versions apart. */
function machineRow({ chart }: Drawn): Row {
  const { machine, states, transitions } = chart;
  const assumed = transitions.filter(({ source }) => source?.assumed).length;
  const digest = createHash('sha256').update(chartJson(chart)).digest('hex').slice(0, 12);
  const counts = [states.length - 1, transitions.length, assumed].map(String);
  return row(
    machine,
    [machine, roles[roleOf[machine as MachineId]], ...counts, digest].map((text) => [wordsOf(text)]),
  );
}

function chapter({ chart, figures }: Drawn, since: Chart, number: string): Block[] {
  const { machine, states, transitions } = chart;
  const role = roles[roleOf[machine as MachineId]];
  const count = figures.length === 1 ? `Figure ${number}-1` : `Figures ${number}-1 to ${number}-${figures.length}`;
  const shown = figures.map(({ scene }, n) => ({ scene, scale: n === 0 ? scaleBelowHeading(scene) : scaleOn(scene) }));
  const [first] = shown;
  return [
    heading(machine, number, machine),
    {
      ...paragraph(
        `${machine} introduction`,
        'Normal',
        `This machine of the ${role} has ${states.length - 1} states and ${transitions.length} transitions. ${count} and table ${number}-1 show it.`,
      ),
      withNext: first !== undefined && first.scene.height * first.scale <= roomBelowHeading,
    },
    ...shown.flatMap(({ scene, scale }, n): Block[] => [
      { kind: 'figure', id: scene.id, name: `${variantOf(chart)}-${scene.id}`, scene, scale },
      paragraph(
        `${scene.id} caption`,
        'TF',
        `Figure ${number}-${n + 1}: ${scene.title.replace(`, ${amendedWords(chart)}`, '')}`,
      ),
    ]),
    paragraph(`${machine} transitions`, 'TH', `Table ${number}-1: Transitions of ${machine}`),
    transitionsTable(chart, since),
    gap(`${machine} transitions`),
  ];
}

/** What a page leaves for a figure with the heading of its chapter, the words before it, and the caption. */
const roomBelowHeading = page.height * 0.85;

/** Small enough for the page of its heading, if it can then still be read. */
function scaleBelowHeading(scene: Scene): number {
  const scale = Math.min(scaleOn(scene), roomBelowHeading / scene.height);
  return textSize * scale * 0.75 < smallestPt ? scaleOn(scene) : scale;
}

const variantOf = ({ amendments }: Chart) => (amendments.length === 0 ? 'as-written' : 'amended');
