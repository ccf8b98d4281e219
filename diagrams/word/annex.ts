/** The content of the annex, computed from the state charts and their figures. */
import { createHash } from 'node:crypto';
import { type MachineId, roleOf } from '../../machines/roles.ts';
import { amendments } from '../../machines/vocabulary.ts';
import type { DrawnMachine } from '../figure/figures.ts';
import { textSize } from '../figure/label-text.ts';
import { pageRoom, scaleOn, smallestPt } from '../scene/legibility.ts';
import type { Scene } from '../scene/scene.ts';
import type { StateChart } from '../state-chart/chart.ts';
import { amendmentsText, roleNames } from '../state-chart/notation.ts';
import { chartJson } from '../text/formats.ts';
import {
  type Block,
  gap,
  heading,
  headRow,
  paragraph,
  type TableBlock,
  type TableRow,
  tableRow,
  wordsOf,
} from './blocks.ts';
import { transitionsBlock } from './transition-table.ts';

export const annexTitle = 'State machines of security-method negotiation';

/** The editor of the specification assigns the letter of the annex. */
const letter = 'X';

/** `since`: the version before, whose row ids the changed transitions keep. */
export const annexOf = (drawn: readonly DrawnMachine[], since = drawn): Block[] => [
  {
    ...paragraph('title', 'Heading8', `Annex ${letter} (informative):`),
    words: [{ text: `Annex ${letter} (informative):` }, 'line break', { text: annexTitle }],
  },
  ...general(drawn),
  ...drawn.flatMap((each, n) => chapter(each, since[n]?.chart ?? each.chart, `${letter}.${n + 2}`)),
];

function general(drawn: readonly DrawnMachine[]): Block[] {
  const number = `${letter}.1`;
  const amended = drawn.find(({ chart }) => chart.amendments.length > 0)?.chart.amendments ?? [];
  return [
    heading('general', number, 'General'),
    paragraph(
      'computed',
      'Normal',
      'This annex shows the procedures of clause 6.7, and of the clauses on which they depend, as state machines in the notation of UML 2.5. All figures and tables are computed from the machines of capif-machines. The same machines are executed over TLS and exhaustively model-checked.',
    ),
    paragraph(
      'version',
      'Normal',
      amended.length === 0
        ? 'The annex shows the machines as written, without any amendment.'
        : `The annex shows the machines with the amendments of table ${number}-2, which a change request could make.`,
    ),
    paragraph(
      'notation',
      'Normal',
      'Clauses are those of TS 33.122 unless another specification is named. A dashed transition is assumed: the standard does not state it, and the table gives the reason for the choice. Tables list the transitions of a state in the order in which they are tried.',
    ),
    paragraph(
      'digests',
      'Normal',
      `Table ${number}-1 identifies the machines from which the annex was computed, by the first digits of the SHA-256 digest of each state chart.`,
    ),
    paragraph('machines', 'TH', `Table ${number}-1: The machines`),
    {
      kind: 'table',
      id: 'machines',
      widths: [42, 43, 17, 22, 18, 28],
      rows: [
        headRow(['Machine', 'Role', 'States', 'Transitions', 'Assumed', 'SHA-256 of its state chart']),
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
              ...amended.map((name) => tableRow(name, [[wordsOf(name)], [wordsOf(amendments[name])]])),
            ],
          } satisfies TableBlock,
          gap('amendments'),
        ]),
  ];
}

/** The digest of the file that `capif draw --format chart-json` writes; its first digits tell two versions apart. */
function machineRow({ chart }: DrawnMachine): TableRow {
  const { machine, states, transitions } = chart;
  const assumed = transitions.filter(({ source }) => source?.assumed).length;
  const digest = createHash('sha256').update(chartJson(chart)).digest('hex').slice(0, 12);
  const counts = [states.length - 1, transitions.length, assumed].map(String);
  return tableRow(
    machine,
    [machine, roleNames[roleOf[machine as MachineId]], ...counts, digest].map((text) => [wordsOf(text)]),
  );
}

function chapter({ chart, figures }: DrawnMachine, since: StateChart, number: string): Block[] {
  const { machine, states, transitions } = chart;
  const role = roleNames[roleOf[machine as MachineId]];
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
        `Figure ${number}-${n + 1}: ${scene.title.replace(`, ${amendmentsText(chart)}`, '')}`,
      ),
    ]),
    paragraph(`${machine} transitions`, 'TH', `Table ${number}-1: Transitions of ${machine}`),
    transitionsBlock(chart, since),
    gap(`${machine} transitions`),
  ];
}

/** The room for a figure below the heading of its chapter and the introduction, above its caption. */
const roomBelowHeading = pageRoom.height * 0.85;

/** Small enough for the page of the heading, if the figure can still be read then. */
function scaleBelowHeading(scene: Scene): number {
  const scale = Math.min(scaleOn(scene), roomBelowHeading / scene.height);
  return textSize * scale * 0.75 < smallestPt ? scaleOn(scene) : scale;
}

const variantOf = ({ amendments }: StateChart) => (amendments.length === 0 ? 'as-written' : 'amended');
