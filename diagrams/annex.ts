/** The annex of a specification that shows the machines: what is in it, computed from the charts and their figures. */
import { createHash } from 'node:crypto';
import { type MachineId, roleOf } from '../machines/roles.ts';
import { amendments, type Source } from '../machines/vocabulary.ts';
import {
  type Block,
  type Cell,
  linesOf,
  type Paragraph,
  type Row,
  type Style,
  type Table,
  type Word,
  wordsOf,
} from './annex-blocks.ts';
import { changesOf } from './changes.ts';
import type { Chart, ChartTransition } from './chart.ts';
import { amendedWords, roles } from './figures.ts';
import type { Drawn } from './files.ts';
import { effectInFull, shortOf } from './tables.ts';
import { chartJson } from './text-forms.ts';
import { eventWords } from './words.ts';

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
      amended.length === 0 ? `It shows them as written.` : `It shows them with the amendments of table ${number}-2.`,
    ),
    paragraph(
      'notation',
      'Normal',
      'A clause is one of TS 33.122 unless another specification is named. A transition that is drawn dashed, and said to be assumed, is not stated there: the reason for the choice is given. Tables list the transitions of a state in the order in which they are tried.',
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
  return [
    heading(machine, number, machine),
    paragraph(
      `${machine} introduction`,
      'Normal',
      `This machine of the ${role} has ${states.length - 1} states and ${transitions.length} transitions. ${count} and table ${number}-1 show it.`,
    ),
    ...figures.flatMap(({ scene }, n): Block[] => [
      { kind: 'figure', id: scene.id, name: `${variantOf(chart)}-${scene.id}`, scene },
      paragraph(
        `${scene.id} caption`,
        'TF',
        `Figure ${number}-${n + 1}: ${scene.title.replace(`, ${amendedWords(chart)}`, '')}`,
      ),
    ]),
    paragraph(`${machine} transitions`, 'TH', `Table ${number}-1: Transitions of ${machine}`),
    transitionsOf(chart, since),
    gap(`${machine} transitions`),
  ];
}

const variantOf = ({ amendments }: Chart) => (amendments.length === 0 ? 'as-written' : 'amended');

/** The states in their order, and below each what can happen in it. */
function transitionsOf(chart: Chart, since: Chart): Table {
  const { machine, states, transitions } = chart;
  const names = namesSince(since, chart);
  return {
    kind: 'table',
    id: `${machine} transitions`,
    widths: [58, 45, 30, 37],
    rows: [
      headRow(['Event [guard]', 'Effects', 'Target', 'Clause, and what is assumed']),
      ...states.flatMap(({ id }) => {
        const own = transitions.filter(({ from }) => from === id);
        if (own.length === 0) return [];
        const words: Word[] = [{ text: 'In ' }, { text: shortOf(machine, id), face: 'bold' }];
        return [
          { id, cells: [{ style: 'TAL', words }] } satisfies Row,
          ...own.map((each) => transitionRow(machine, { ...each, id: names.get(each.id) ?? each.id })),
        ];
      }),
    ],
  };
}

const namesSince = (since: Chart, chart: Chart) =>
  new Map(
    changesOf(since, chart).transitions.flatMap((each): [string, string][] =>
      each.change === 'changed'
        ? [[each.now.id, each.old.id]]
        : each.change === 'added'
          ? [[each.now.id, `${each.now.id} added`]]
          : [],
    ),
  );

function transitionRow(machine: string, { id, event, guard, effects, to, source }: ChartTransition): Row {
  const trigger = [eventWords(event), ...(guard === undefined ? [] : [`[${guard}]`])].filter((line) => line !== '');
  const targets = to.map((target) => shortOf(machine, target).split(/(?<=\.)/));
  return row(id, [
    trigger.map((line) => wordsOf(line)),
    effects.map((effect) => wordsOf(effectInFull(effect))),
    targets.length === 0 ? [wordsOf('(stays)')] : targets.flat().map((part) => wordsOf(part)),
    sourceLines(source),
  ]);
}

const sourceLines = (source: Source | undefined): Word[][] =>
  source === undefined
    ? []
    : [
        wordsOf(source.clause),
        ...(source.assumed ? [wordsOf(`assumed: ${source.assumed}`)] : []),
        ...(source.amendment ? [wordsOf(`amendment: ${source.amendment}`)] : []),
      ];

const heading = (id: string, number: string, text: string): Paragraph => ({
  kind: 'paragraph',
  id: `${id} heading`,
  style: 'Heading1',
  words: [{ text: number }, 'tab', ...wordsOf(text)],
});

const paragraph = (id: string, style: Style, text: string): Paragraph => ({
  kind: 'paragraph',
  id,
  style,
  words: wordsOf(text),
});

/** Without a paragraph between them, a table would touch what follows. */
const gap = (id: string) => paragraph(`${id} end`, 'Normal', '');

const headRow = (texts: readonly string[]): Row => ({
  id: 'head',
  cells: texts.map((text): Cell => ({ style: 'TAH', words: wordsOf(text) })),
});

const row = (id: string, cells: readonly (readonly (readonly Word[])[])[]): Row => ({
  id,
  cells: cells.map((lines): Cell => ({ style: 'TAL', words: linesOf(lines) })),
});
