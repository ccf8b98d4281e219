/** Message sequence charts as files by their names, and those that are committed. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Sequence, sequenceOf } from '../../properties/traces/sequence.ts';
import { sequenceOfTrace } from '../../properties/traces/trace-sequence.ts';
import type { Scene } from '../scene/scene.ts';
import { svgOf } from '../scene/svg.ts';
import { runIn, type Told } from '../state-chart/run-file.ts';
import { sequenceMermaid } from './mermaid.ts';
import { sequenceScenes } from './sequence.ts';

export const sequenceOfRun = (told: Told): Sequence =>
  told.kind === 'trace' ? sequenceOfTrace(told.lines) : sequenceOf(told.played);

export const sequenceFiles = (name: string, sequence: Sequence, scenes: readonly Scene[]): Map<string, string> =>
  new Map([
    ...scenes.map((scene): [string, string] => [`${scene.id}.svg`, svgOf(scene)]),
    [`${name}.mmd`, sequenceMermaid(sequence)],
  ]);

/** What has runs that are drawn: what each finding was found by, and the scenarios. */
const folders = ['findings', 'scenarios'] as const;

/** The runs of the findings and the scenarios, each as one picture, and a page that lists them; nothing where there are none. */
export function drawnSequences(): Map<string, string> {
  const files = new Map<string, string>();
  const rows: string[] = [];
  for (const folder of folders) {
    const path = fileURLToPath(new URL(`../../properties/${folder}`, import.meta.url));
    const runs = existsSync(path) ? readdirSync(path).filter((file) => file.endsWith('.txt')) : [];
    for (const file of runs.sort()) {
      const name = file.replace(/\.txt$/, '');
      const told = runIn(join(path, file));
      const sequence = sequenceOfRun(told);
      const named = { id: name, title: name, description: `Message sequence chart of properties/${folder}/${file}.` };
      for (const [each, text] of sequenceFiles(name, sequence, sequenceScenes(sequence, named, true))) {
        files.set(each, text);
      }
      rows.push(
        `| ${folder} | [${name}](${name}.svg) | [Mermaid](${name}.mmd) | [text](../../../properties/${folder}/${file}) |`,
      );
    }
  }
  if (rows.length === 0) return files;
  const table = ['| from | chart | as text that GitHub draws | the run |', '|---|---|---|---|', ...rows].join('\n');
  return files.set('index.md', `# Runs, drawn\n\n${about}\n\n${table}\n`);
}

const about = `Message sequence charts in the look of ITU-T Z.120: hexagons are states, a filled circle is a message that is lost, an empty one
where nobody sent it, or had given it up; a cross is a connection that fails; an hourglass is a timer. Made by \`capif draw\`; \`capif chart FILE\`
draws others, a recorded trace as well.`;
