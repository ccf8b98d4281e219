/** Message sequence charts as files, and the charts that `capif draw` makes of findings and scenarios. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sequence } from '../../properties/traces/sequence.ts';
import type { Scene } from '../scene/scene.ts';
import { svgOf } from '../scene/svg.ts';
import { markdownTable } from '../tables/tables.ts';
import { sequenceMermaid } from './mermaid.ts';
import { readRun, sequenceOfRun } from './run-file.ts';
import { sequenceScenes } from './scenes.ts';

export const sequenceFiles = (name: string, sequence: Sequence, scenes: readonly Scene[]): Map<string, string> =>
  new Map([
    ...scenes.map((scene): [string, string] => [`${scene.id}.svg`, svgOf(scene)]),
    [`${name}.mmd`, sequenceMermaid(sequence)],
  ]);

/** The folders of properties/ whose runs are drawn. */
const folders = ['findings', 'scenarios'] as const;

/** Each run of a finding or scenario as one picture, and an index; nothing in an installed package, which has no runs. */
export function drawnSequences(): Map<string, string> {
  const files = new Map<string, string>();
  const rows: string[][] = [];
  for (const folder of folders) {
    const path = fileURLToPath(new URL(`../../properties/${folder}`, import.meta.url));
    const runs = existsSync(path) ? readdirSync(path).filter((file) => file.endsWith('.txt')) : [];
    for (const file of runs.sort()) {
      const name = file.replace(/\.txt$/, '');
      const sequence = sequenceOfRun(readRun(join(path, file)));
      const captions = {
        id: name,
        title: name,
        description: `Message sequence chart of properties/${folder}/${file}.`,
      };
      for (const [each, text] of sequenceFiles(name, sequence, sequenceScenes(sequence, captions, true))) {
        files.set(each, text);
      }
      rows.push([
        folder,
        `[${name}](${name}.svg)`,
        `[Mermaid](${name}.mmd)`,
        `[text](../../../properties/${folder}/${file})`,
      ]);
    }
  }
  if (rows.length === 0) return files;
  const table = markdownTable(['source', 'sequence chart', 'Mermaid', 'run'], rows);
  return files.set('index.md', `# Sequence charts of runs\n\n${about}\n\n${table}`);
}

const about = `Message sequence charts in the notation of ITU-T Z.120. A hexagon is a state, and an hourglass is a timer. A message to a filled
circle is lost or delayed. A message from an empty circle is forged, or late because its sender has given it up. A cross is a
failed connection. Made by \`capif draw\`; \`capif chart FILE\` draws other runs, including recorded traces.`;
